//! What can go wrong above a single tool call, and the stable codes that programs see.

use codex_model_client::{ErrorKind, ModelError};
use codex_protocol::event::TurnFailure;

/// A thread could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The session file of a resumed thread cannot be read.
    #[error(transparent)]
    State(#[from] codex_state::StateError),
    /// The recording cannot be read or written.
    #[error("{0}")]
    Recording(String),
    /// The settings name a host that is none.
    #[error("sandbox_workspace_write.network_access: {0}")]
    Network(#[from] codex_network_proxy::RuleError),
    /// MCP servers without which nothing starts did not come up.
    #[error("Fatal error: Failed to initialize session: {0}")]
    Mcp(#[from] codex_mcp_client::RequiredFailed),
    /// The project's instructions cannot be read.
    #[error("{0}")]
    Instructions(String),
}

/// The thread has ended; nothing can be submitted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the thread has ended")]
pub struct ThreadClosed;

/// Why a turn ended early.
#[derive(Clone, Debug)]
pub(crate) enum TurnError {
    /// The model server.
    Model(ModelError),
    /// A tool said that the turn cannot go on.
    Tool(String),
    /// The same call gave the same result too often.
    Loop(String),
    /// A limit set by the user.
    Limit { code: String, message: String },
    /// The server cut two answers in a row at its output limit.
    OutputLimit,
    /// No command of the turn could run, because the machine cannot build the sandbox.
    NoSandbox(String),
    /// The user interrupted.
    Interrupted,
}

impl TurnError {
    /// What programs and people are told. `None` for an interrupt, which is no failure.
    pub(crate) fn failure(&self) -> Option<TurnFailure> {
        let (message, code) = match self {
            Self::Model(error) => (error.message.clone(), model_code(error.kind).to_owned()),
            Self::Tool(message) => (message.clone(), "tool_failed".to_owned()),
            Self::Loop(message) => (message.clone(), "loop_detected".to_owned()),
            Self::Limit { code, message } => (message.clone(), code.clone()),
            Self::OutputLimit => ("the model's answer was cut at its output limit twice in a row".to_owned(), "output_limit".to_owned()),
            Self::NoSandbox(why) => (format!("no command could run: {why}"), "sandbox_unavailable".to_owned()),
            Self::Interrupted => return None,
        };
        Some(TurnFailure { message, code })
    }
}

impl From<ModelError> for TurnError {
    fn from(error: ModelError) -> Self {
        if error.kind == ErrorKind::Cancelled { Self::Interrupted } else { Self::Model(error) }
    }
}

/// The stable code of an error kind.
pub(crate) fn model_code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Overloaded => "overloaded",
        ErrorKind::Server => "server_error",
        ErrorKind::Connect => "connection_failed",
        ErrorKind::StreamCut => "stream_cut",
        ErrorKind::EmptyResponse => "empty_response",
        ErrorKind::Quota => "quota_exceeded",
        ErrorKind::Auth => "unauthorized",
        ErrorKind::Permission => "forbidden",
        ErrorKind::NotFound => "not_found",
        ErrorKind::ContextOverflow => "context_window_exceeded",
        ErrorKind::TooLarge => "request_too_large",
        ErrorKind::MalformedToolCall => "malformed_tool_call",
        ErrorKind::ConnectionState => "connection_state",
        ErrorKind::ContentFilter => "content_filter",
        ErrorKind::BadRequest => "bad_request",
        ErrorKind::Configuration => "configuration",
        ErrorKind::Replay => "replay_mismatch",
        ErrorKind::Cancelled => "cancelled",
        _ => "other",
    }
}
