//! The form in which events and errors stand in a recording.
//!
//! Close to [`ResponseEvent`], with the server's item ids beside the items, which do not write them. Encrypted
//! reasoning is left out: it means something only to the server and account that made it.

use std::time::Duration;

use codex_protocol::{ResponseItem, TokenUsage};
use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, ModelError};
use crate::prompt::{ResponseEvent, Stop};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum RecordedEvent {
    Created,
    ItemAdded {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        item: ResponseItem,
    },
    Text {
        #[serde(default)]
        item_id: String,
        delta: String,
    },
    Reasoning {
        #[serde(default)]
        item_id: String,
        delta: String,
        #[serde(default)]
        summary_index: i64,
    },
    SectionBreak {
        #[serde(default)]
        item_id: String,
        #[serde(default)]
        summary_index: i64,
    },
    ItemDone {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        item: ResponseItem,
    },
    Rerouted {
        model: String,
    },
    Downgraded {
        message: String,
    },
    Completed {
        response_id: String,
        #[serde(default)]
        usage: Option<TokenUsage>,
        #[serde(default)]
        cut_by_limit: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop: Option<Stop>,
    },
}

impl RecordedEvent {
    /// The form of an event; `None` for rate limits, which belong to the account and the hour.
    pub(super) fn of(event: &ResponseEvent) -> Option<Self> {
        Some(match event.clone() {
            ResponseEvent::Created => Self::Created,
            ResponseEvent::ItemAdded(item) => {
                let (id, item) = split_id(item);
                Self::ItemAdded { id, item }
            }
            ResponseEvent::TextDelta { item_id, delta } => Self::Text { item_id, delta },
            ResponseEvent::ReasoningDelta { item_id, delta, summary_index } => Self::Reasoning { item_id, delta, summary_index },
            ResponseEvent::ReasoningSectionBreak { item_id, summary_index } => Self::SectionBreak { item_id, summary_index },
            ResponseEvent::ItemDone(item) => {
                let (id, item) = split_id(item);
                Self::ItemDone { id, item }
            }
            ResponseEvent::RateLimits(_) => return None,
            ResponseEvent::Rerouted { model } => Self::Rerouted { model },
            ResponseEvent::Downgraded { message } => Self::Downgraded { message },
            ResponseEvent::Completed { response_id, usage, stop } => Self::Completed {
                response_id,
                usage,
                cut_by_limit: stop == Stop::MaxTokens,
                stop: Some(stop).filter(|stop| !matches!(stop, Stop::EndTurn | Stop::ToolCalls | Stop::MaxTokens)),
            },
        })
    }

    /// Adds an event to a list. Pieces of one text become one, so that a path is never cut in two.
    pub(super) fn append(list: &mut Vec<Self>, event: &ResponseEvent) {
        let Some(event) = Self::of(event) else { return };
        match (list.last_mut(), event) {
            (Some(Self::Text { item_id, delta }), Self::Text { item_id: next, delta: piece }) if *item_id == next => delta.push_str(&piece),
            (
                Some(Self::Reasoning { item_id, delta, summary_index }),
                Self::Reasoning { item_id: next, delta: piece, summary_index: part },
            ) if *item_id == next && *summary_index == part => delta.push_str(&piece),
            (_, event) => list.push(event),
        }
    }

    pub(super) fn revive(self) -> ResponseEvent {
        match self {
            Self::Created => ResponseEvent::Created,
            Self::ItemAdded { id, item } => ResponseEvent::ItemAdded(with_id(id, item)),
            Self::Text { item_id, delta } => ResponseEvent::TextDelta { item_id, delta },
            Self::Reasoning { item_id, delta, summary_index } => ResponseEvent::ReasoningDelta { item_id, delta, summary_index },
            Self::SectionBreak { item_id, summary_index } => ResponseEvent::ReasoningSectionBreak { item_id, summary_index },
            Self::ItemDone { id, item } => ResponseEvent::ItemDone(with_id(id, item)),
            Self::Rerouted { model } => ResponseEvent::Rerouted { model },
            Self::Downgraded { message } => ResponseEvent::Downgraded { message },
            Self::Completed { response_id, usage, cut_by_limit, stop } => {
                let stop = stop.unwrap_or(if cut_by_limit { Stop::MaxTokens } else { Stop::EndTurn });
                ResponseEvent::Completed { response_id, usage, stop }
            }
        }
    }
}

fn id_of(item: &mut ResponseItem) -> Option<&mut Option<String>> {
    match item {
        ResponseItem::Message { id, .. }
        | ResponseItem::Reasoning { id, .. }
        | ResponseItem::LocalShellCall { id, .. }
        | ResponseItem::FunctionCall { id, .. }
        | ResponseItem::CustomToolCall { id, .. }
        | ResponseItem::WebSearchCall { id, .. } => Some(id),
        ResponseItem::FunctionCallOutput { .. }
        | ResponseItem::CustomToolCallOutput { .. }
        | ResponseItem::ImageGenerationCall { .. }
        | ResponseItem::Compaction { .. }
        | ResponseItem::Other => None,
    }
}

fn split_id(mut item: ResponseItem) -> (Option<String>, ResponseItem) {
    if let ResponseItem::Reasoning { encrypted_content, .. } = &mut item {
        *encrypted_content = None;
    }
    let id = id_of(&mut item).and_then(Option::take);
    (id, item)
}

fn with_id(id: Option<String>, mut item: ResponseItem) -> ResponseItem {
    if let Some(place) = id_of(&mut item) {
        *place = id;
    }
    item
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RecordedError {
    kind: ErrorKind,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    should_retry: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(default)]
    in_stream: bool,
}

impl RecordedError {
    pub(super) fn of(error: &ModelError) -> Self {
        Self {
            kind: error.kind,
            message: error.message.clone(),
            retry_after_ms: error.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            should_retry: error.should_retry,
            cause: error.cause.clone(),
            in_stream: error.in_stream,
        }
    }

    pub(super) fn revive(self) -> ModelError {
        ModelError {
            kind: self.kind,
            message: self.message,
            retry_after: self.retry_after_ms.map(Duration::from_millis),
            should_retry: self.should_retry,
            cause: self.cause,
            in_stream: self.in_stream,
        }
    }
}
