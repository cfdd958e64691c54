//! Why a server cannot be used, and why a call gave nothing.

use std::time::Duration;

/// Why a server is not ready.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It did not answer in time.
    #[error(
        "MCP client for `{server}` timed out after {} seconds. Add or adjust `startup_timeout_sec` in your config.toml:\n[mcp_servers.{server}]\nstartup_timeout_sec = XX{tail}",
        waited.as_secs()
    )]
    TimedOut {
        /// Server name.
        server: String,
        /// How long it was given.
        waited: Duration,
        /// What it wrote to standard error last.
        tail: String,
    },
    /// It could not be started, or answered with an error.
    #[error("MCP client for `{server}` failed to start: MCP startup failed: {cause}{tail}")]
    Failed {
        /// Server name.
        server: String,
        /// Why.
        cause: String,
        /// What it wrote to standard error last.
        tail: String,
        /// Whether trying again may help.
        may_heal: bool,
    },
    /// It wants a sign-in.
    #[error("The {server} MCP server is not logged in. Run `codex mcp login {server}`.")]
    NotLoggedIn {
        /// Server name.
        server: String,
    },
    /// A project brings it and nobody allowed it.
    #[error("{reason}")]
    NotAllowed {
        /// Why, with the way out.
        reason: String,
    },
    /// It was ready and ended.
    #[error("MCP server `{server}` ended: {cause}{tail}")]
    Ended {
        /// Server name.
        server: String,
        /// Why.
        cause: String,
        /// What it wrote to standard error last.
        tail: String,
    },
}

impl StartError {
    /// Whether trying again may help.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::Failed { may_heal, .. } => *may_heal,
            Self::TimedOut { .. } | Self::Ended { .. } => true,
            Self::NotLoggedIn { .. } | Self::NotAllowed { .. } => false,
        }
    }
}

/// Why a request to a server gave nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// There is no server of this name.
    #[error("unknown MCP server '{0}'")]
    UnknownServer(String),
    /// The server is not ready.
    #[error("{0}")]
    NotReady(StartError),
    /// The server answered with an error.
    #[error("Mcp error: {code}: {message}")]
    Server {
        /// JSON-RPC code.
        code: i32,
        /// Its message, made fit.
        message: String,
        /// What came with it, where it names pages to be opened first.
        data: Option<serde_json::Value>,
    },
    /// No answer in time.
    #[error("timed out awaiting {method} after {waited:?}")]
    TimedOut {
        /// The request.
        method: &'static str,
        /// How long it was given.
        waited: Duration,
    },
    /// The connection ended.
    #[error("{0}")]
    Closed(String),
    /// The request could not be sent, or the answer not be understood.
    #[error("{0}")]
    Transport(String),
    /// The turn was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Servers without which nothing starts did not come up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("required MCP servers failed to initialize: {}", failed.iter().map(|(name, why)| format!("{name}: {why}")).collect::<Vec<_>>().join("; "))]
pub struct RequiredFailed {
    /// Name and reason of each.
    pub failed: Vec<(String, String)>,
}
