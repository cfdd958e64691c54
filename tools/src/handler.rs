//! What a tool is: how it is offered, and how a call of it runs.

use async_trait::async_trait;
use codex_protocol::response_item::{LocalShellAction, ToolOutputBody};
use codex_protocol::{CallId, ToolSpec};
use tokio_util::sync::CancellationToken;

use crate::host::ToolHost;

/// What decides which tools are offered, and in which form. Fixed for a thread.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a model and of the configuration")]
pub struct ToolEnv {
    /// Feature `shell_tool`: off removes every tool that runs commands.
    pub shell_tool: bool,
    /// Feature `unified_exec`: `exec_command` and `write_stdin`.
    pub unified_exec: bool,
    /// Without `unified_exec`: `shell_command` (true) or `shell` (false), by model.
    pub prefers_shell_command: bool,
    /// Whether the freeform `apply_patch` is offered, by model or configuration.
    pub apply_patch: bool,
    /// Whether the model takes images.
    pub images: bool,
    /// Whether an MCP server is configured.
    pub mcp: bool,
    /// Experimental tools the model wants by name: `read_file`, `list_dir`, `grep_files`.
    pub extra_tools: Vec<String>,
    /// Whether a person answers questions: `request_user_input`.
    pub user_questions: bool,
    /// Feature `request_permissions_tool`: `request_permissions`.
    pub permission_requests: bool,
    /// Feature `exec_permission_approvals`: `additional_permissions` of the tools that run commands.
    pub additional_permissions: bool,
    /// The server's own tools, such as web search, as configured.
    pub hosted: Vec<ToolSpec>,
}

/// What the model handed to a tool.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolInput {
    /// JSON text of a function call, verbatim.
    Json(String),
    /// Text of a freeform call.
    Text(String),
    /// A local shell call.
    LocalShell(LocalShellAction),
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// Pairs call and output.
    pub id: CallId,
    /// Tool name as the model wrote it.
    pub name: String,
    /// What it was handed.
    pub input: ToolInput,
}

/// What a tool says to the model.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolOutput {
    /// Text or parts; already within the tool's own budget.
    pub body: ToolOutputBody,
    /// Whether it went well; not on the wire.
    pub success: bool,
}

impl ToolOutput {
    /// A text that tells of success.
    pub fn text(text: impl Into<String>) -> Self {
        Self { body: ToolOutputBody::Text(text.into()), success: true }
    }

    /// A text that tells of failure.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { body: ToolOutputBody::Text(text.into()), success: false }
    }
}

/// Why a call gave no output of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// Told to the model; the turn goes on.
    #[error("{0}")]
    Refused(String),
    /// Ends the turn with an error.
    #[error("{0}")]
    Fatal(String),
    /// The turn was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// One built-in tool.
#[async_trait]
pub trait ToolHandler: Send + Sync {
    /// Names that a call may use; the first is the one offered.
    fn names(&self) -> &'static [&'static str];

    /// Whether a call of this name is meant for it. Tools whose names come from elsewhere answer for themselves.
    fn is_called(&self, name: &str) -> bool {
        self.names().contains(&name)
    }

    /// How the tool is offered; `None` when it is not in this configuration. A tool that is not
    /// offered may still be called, see [`ToolHandler::callable`].
    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec>;

    /// Whether a call is served even when the tool is not offered.
    fn callable(&self, env: &ToolEnv) -> bool {
        self.spec(env).is_some()
    }

    /// Whether the tool can be called with this kind of input. JSON arguments are the usual one.
    fn accepts(&self, input: &ToolInput) -> bool {
        matches!(input, ToolInput::Json(_))
    }

    /// Whether calls of it may run beside other parallel ones.
    fn parallel(&self) -> bool {
        false
    }

    /// Runs one call.
    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError>;
}
