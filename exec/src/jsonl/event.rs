//! The lines themselves.

use codex_protocol::event::{Denials, ReviewOutput};
use serde::Serialize;

use super::item::Item;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(crate) enum Line<'a> {
    /// Always first.
    #[serde(rename = "thread.started")]
    ThreadStarted { thread_id: String },
    /// A turn began.
    #[serde(rename = "turn.started")]
    TurnStarted {},
    /// An item appeared.
    #[serde(rename = "item.started")]
    ItemStarted { item: Item<'a> },
    /// An item changed.
    #[serde(rename = "item.updated")]
    ItemUpdated { item: Item<'a> },
    /// An item is final.
    #[serde(rename = "item.completed")]
    ItemCompleted { item: Item<'a> },
    /// A turn ended well.
    #[serde(rename = "turn.completed")]
    TurnCompleted {
        usage: Usage,
        #[serde(skip_serializing_if = "Denials::is_empty")]
        denials: &'a Denials,
        /// What a review found.
        #[serde(skip_serializing_if = "Option::is_none")]
        review: Option<&'a ReviewOutput>,
    },
    /// A turn failed.
    #[serde(rename = "turn.failed")]
    TurnFailed {
        error: Failure<'a>,
        #[serde(skip_serializing_if = "Denials::is_empty")]
        denials: &'a Denials,
    },
    /// Something went wrong; retries are told this way too.
    #[serde(rename = "error")]
    Error { message: &'a str },
}

/// Tokens of the whole thread so far.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Usage {
    pub(crate) input_tokens: i64,
    pub(crate) cached_input_tokens: i64,
    pub(crate) output_tokens: i64,
}

/// Why a turn failed.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<'a> {
    pub(crate) message: &'a str,
    /// Stable; for programs.
    pub(crate) code: &'a str,
}
