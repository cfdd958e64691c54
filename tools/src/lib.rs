//! The built-in tools, one file each with its prose beside it, and the registry that finds them.
//!
//! **Not here:** sessions, turns, history or the loop (`codex-core`); approvals and the sandbox
//! (behind [`ToolHost`]).

pub mod handler;
pub mod host;

pub use handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolInput, ToolOutput};
pub use host::{
    Escalation, ExecOutcome, ExecRequest, PatchOutcome, PatchRequest, SessionChunk, SessionRequest, SessionState, ToolHost, ToolTurn,
    WriteRequest,
};
