//! The built-in tools, one file each with its prose beside it, and the registry that finds them.
//!
//! **Not here:** sessions, turns, history or the loop (`codex-core`); approvals and the sandbox
//! (behind [`ToolHost`]); starting processes (`codex-process`, behind the host too).
//!
//! ```
//! use codex_tools::{ToolEnv, ToolInput, ToolRegistry};
//!
//! let registry = ToolRegistry::builtin();
//! let env = ToolEnv {
//!     shell_tool: true,
//!     unified_exec: true,
//!     prefers_shell_command: false,
//!     apply_patch: true,
//!     images: true,
//!     mcp: false,
//!     extra_tools: vec![],
//!     user_questions: false,
//!     permission_requests: false,
//!     additional_permissions: false,
//!     hosted: vec![],
//! };
//! let names: Vec<String> = registry.specs(&env).iter().map(|spec| spec.name().to_owned()).collect();
//! assert_eq!(names, ["exec_command", "write_stdin", "update_plan", "apply_patch", "view_image"]);
//! let refused = registry.find("teleport", &ToolInput::Json("{}".into()), &env).err().map(|error| error.to_string());
//! assert_eq!(refused.as_deref(), Some("unsupported call: teleport"));
//! ```

mod arguments;
mod blocking;
mod builtin;
mod denied;
#[cfg(test)]
mod fake_host;
pub mod handler;
pub mod host;
pub mod image_file;
pub mod mcp_result;
pub mod output;
mod patch_call;
mod readable;
pub mod registry;
mod schema;
mod shells;
pub mod truncate;

pub use builtin::tool_search_spec;
pub use handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolInput, ToolOutput};
pub use host::{
    Escalation, ExecOutcome, ExecRequest, McpRequest, PatchOutcome, PatchRequest, SessionChunk, SessionRequest, SessionState, ToolHost,
    ToolTurn, WriteRequest,
};
pub use registry::{BroughtTools, ToolRegistry};
