//! The canonical request and the canonical events of an answer. Each wire translates both.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::usage::RateLimits;
use codex_protocol::{ResponseItem, ThreadId, TokenUsage, ToolSpec, TurnId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::error::ModelError;

/// How a model should reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reasoning {
    /// How hard.
    pub effort: Option<ReasoningEffort>,
    /// How much of it is summarised; `None` leaves the key out.
    pub summary: Option<ReasoningSummaryMode>,
}

/// One request, before any wire has spelt it. Everything but `input` stays the same for the
/// whole thread, so that a server's prompt cache hits.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Model slug as the user gave it.
    pub model: String,
    /// Base instructions.
    pub instructions: Arc<str>,
    /// The whole conversation.
    pub input: Vec<ResponseItem>,
    /// Tools on offer, in order.
    pub tools: Arc<[ToolSpec]>,
    /// Whether the model may call several tools at once.
    pub parallel_tools: bool,
    /// `None` for models that do not reason.
    pub reasoning: Option<Reasoning>,
    /// `low`, `medium` or `high`.
    pub verbosity: Option<String>,
    /// Wire value, such as `priority`.
    pub service_tier: Option<String>,
    /// JSON schema of the final message.
    pub output_schema: Option<Value>,
    /// Groups requests for the server's cache: the thread id.
    pub cache_key: String,
    /// Most tokens that the model can answer with, where that is known.
    pub max_output_tokens: Option<i64>,
}

/// Who asks: goes into headers, not into the body.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The thread.
    pub thread_id: ThreadId,
    /// The turn.
    pub turn_id: TurnId,
    /// `x-codex-turn-metadata`, a JSON text.
    pub turn_metadata: Option<String>,
    /// `review`, `collab_spawn` and so on.
    pub subagent: Option<String>,
    /// `x-codex-turn-state` of an earlier answer in the same turn; shared by its requests.
    pub turn_state: Arc<Mutex<Option<String>>>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The model was done. Calls, where there are any, say for themselves that there is more to do.
    #[default]
    EndTurn,
    /// The model called tools.
    ToolCalls,
    /// The server cut the answer at its output limit.
    MaxTokens,
    /// The server held back the rest.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The server wants the same history again to go on.
    Pause,
    /// The window was full before the answer was whole.
    ContextWindow,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseEvent {
    /// The server began.
    Created,
    /// An item begins; its id (if any) is the one that deltas name.
    ItemAdded(ResponseItem),
    /// Text of a message.
    TextDelta {
        /// Server's id of the item.
        item_id: String,
        /// The piece.
        delta: String,
    },
    /// Text of a reasoning summary.
    ReasoningDelta {
        /// Server's id of the item.
        item_id: String,
        /// The piece.
        delta: String,
        /// Which part of the summary.
        summary_index: i64,
    },
    /// Another part of a reasoning summary begins.
    ReasoningSectionBreak {
        /// Server's id of the item.
        item_id: String,
        /// Which part.
        summary_index: i64,
    },
    /// An item is final. The only source of items for history.
    ItemDone(ResponseItem),
    /// Rate limits as the server told them.
    RateLimits(RateLimits),
    /// The server answers with another model than asked for.
    Rerouted {
        /// The model it names.
        model: String,
    },
    /// One request feature was left out because the server refused it; said once.
    Downgraded {
        /// For people.
        message: String,
    },
    /// The answer is whole. Nothing follows.
    Completed {
        /// Server's id of the answer.
        response_id: String,
        /// Counts; `None` where the server gave none.
        usage: Option<TokenUsage>,
        /// Why it ended.
        stop: Stop,
    },
}

/// An answer as it comes. Ends with `Completed` or an error, never silently: a channel that
/// closes without either is a bug. The bound keeps the socket from running ahead of the turn.
pub type ResponseStream = mpsc::Receiver<Result<ResponseEvent, ModelError>>;

/// Bound of a [`ResponseStream`]: enough to hide scheduling, small enough to push back.
pub const STREAM_BOUND: usize = 32;

/// A connection to one provider.
#[async_trait]
pub trait ModelClient: Send + Sync {
    /// Opens one sampling request: one attempt, no retries (see `retry`). An error of the
    /// connection or a non-2xx status is returned here; errors after that come in the stream.
    async fn stream(&self, prompt: &Prompt, context: &RequestContext, cancel: &CancellationToken) -> Result<ResponseStream, ModelError>;

    /// Has the server shorten a conversation, where it has an endpoint for that; `None` where it has not. One attempt.
    async fn compact(
        &self,
        prompt: &Prompt,
        context: &RequestContext,
        cancel: &CancellationToken,
    ) -> Result<Option<ShortConversation>, ModelError> {
        let _ = (prompt, context, cancel);
        Ok(None)
    }
}

/// What a server made of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ShortConversation {
    /// What stands for all of it; at least one item is of the server's own making.
    pub items: Vec<ResponseItem>,
    /// Counts; `None` where the server gave none.
    pub usage: Option<TokenUsage>,
}
