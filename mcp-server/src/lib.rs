//! This program as an MCP server on standard input and output: a session is a tool call, its events are notifications,
//! its approvals are elicitations.
//!
//! One JSON-RPC message a line. Calls run side by side, each under its own request id. **Not here:** what a session does
//! (`codex-core`), servers that we use (`codex-mcp-client`).

mod answer;
mod approvals;
mod arguments;
mod calls;
mod outgoing;
mod sandboxed;
mod server;
mod settings;
mod stdio;
mod tools;
mod turn;

use std::sync::Arc;

use codex_config::LoadOptions;
use codex_core::Runtime;

/// What the server was started in.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// What the process knows of its surroundings.
    pub runtime: Arc<Runtime>,
    /// What configurations are read from.
    pub load: LoadOptions,
    /// `TERM_PROGRAM`, else `TERM`.
    pub terminal: Option<String>,
}

/// Which tools are offered beside `codex` and `codex-reply`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FurtherTools {
    /// None.
    #[default]
    None,
    /// `exec` and `apply_patch` under the configured sandbox.
    Sandboxed,
}

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what}: {source}")]
pub struct ServeError {
    what: &'static str,
    #[source]
    source: std::io::Error,
}

/// Serves until standard input ends. Running turns are ended then. Returns the exit code.
///
/// # Errors
/// When the system refuses what the server needs.
pub async fn run(surroundings: Surroundings, further: FurtherTools) -> Result<u8, ServeError> {
    server::serve(surroundings, further).await
}
