//! What can go wrong with a request, and of which kind it is for the retry decision.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The kind decides whether and how a request is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// 429 and its relatives.
    RateLimited,
    /// The server says it is full.
    Overloaded,
    /// 408, 409, 425, 5xx, HTML bodies.
    Server,
    /// The connection could not be made.
    Connect,
    /// The answer ended without its end mark, or nothing came for too long.
    StreamCut,
    /// A whole answer with nothing in it.
    EmptyResponse,
    /// Money or plan.
    Quota,
    /// 401.
    Auth,
    /// 403.
    Permission,
    /// 404.
    NotFound,
    /// The prompt is longer than the window.
    ContextOverflow,
    /// 413.
    TooLarge,
    /// The server could not read the tool call that its model wrote.
    MalformedToolCall,
    /// The server lost what an earlier request on the same connection had told it.
    ConnectionState,
    /// The answer was held back by a filter.
    ContentFilter,
    /// Any other refusal; the server's message is kept verbatim.
    BadRequest,
    /// Nothing was sent: configuration lacks something, such as a key.
    Configuration,
    /// A recording does not fit the run.
    Replay,
    /// The turn was cancelled.
    Cancelled,
}

/// A failed request.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// Which kind.
    pub kind: ErrorKind,
    /// One sentence for people; the server's own words where it gave any.
    pub message: String,
    /// How long the server asked us to wait.
    pub retry_after: Option<Duration>,
    /// The server overrode the kind's retry rule (`x-should-retry`).
    pub should_retry: Option<bool>,
    /// What to say while waiting for the next attempt, where it differs from `message`.
    pub cause: Option<String>,
    /// Whether the answer had begun (status 200) when it failed.
    pub in_stream: bool,
}

impl ModelError {
    /// An error without a named wait.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, should_retry: None, cause: None, in_stream: false }
    }

    /// The same error, said to have come after the answer had begun.
    #[must_use]
    pub fn in_stream(mut self) -> Self {
        self.in_stream = true;
        self
    }

    /// The same error with other words for the waiting line.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The turn was cancelled.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "interrupted")
    }
}
