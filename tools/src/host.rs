//! What a tool may ask of its session. `codex-core` implements it; tests use `FakeHost`.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use codex_apply_patch::PatchPlan;
use codex_protocol::event::{CommandSource, EventMsg, PermissionProfile, PermissionsResponse, UserInputQuestion, UserInputResponse};
use codex_protocol::mode::ModeKind;
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::rollout::TruncationPolicy;
use codex_protocol::{CallId, TurnId};
use tokio_util::sync::CancellationToken;

use crate::handler::ToolError;

/// What a tool may know of the turn.
#[derive(Clone, Debug)]
pub struct ToolTurn {
    /// The turn.
    pub turn_id: TurnId,
    /// Working directory.
    pub cwd: PathBuf,
    /// The user's shell, absolute.
    pub shell: PathBuf,
    /// Whether a command may ask for a login shell.
    pub allow_login_shell: bool,
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// What commands may do.
    pub sandbox: SandboxPolicy,
    /// How output is shortened for the model.
    pub truncation: TruncationPolicy,
    /// Whether the model takes images.
    pub images: bool,
    /// Whether `shell` answers as text (true) or as JSON.
    pub structured_shell_output: bool,
    /// Longest wait of an empty `write_stdin`.
    pub max_poll: Duration,
    /// How the model works with the user.
    pub mode: ModeKind,
    /// Whether the model may ask the user to choose also outside plan mode.
    pub asks_in_every_mode: bool,
    /// Feature `exec_permission_approvals`: whether a command may ask for more than the sandbox gives, for itself alone.
    pub additional_permissions: bool,
    /// Files and folders that no tool reads, absolute: credentials. Compared after links are resolved.
    pub denied_reads: Vec<PathBuf>,
}

/// What a command asks for beyond the sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Escalation {
    /// `sandbox_permissions`: `use_default`, `require_escalated` or `with_additional_permissions`; `None` is the first.
    pub permissions: Option<String>,
    /// Why, for a person.
    pub justification: Option<String>,
    /// A rule the user may want to keep.
    pub prefix_rule: Option<Vec<String>>,
    /// What the command alone should be able to do beyond the sandbox, absolute paths; set with `with_additional_permissions`.
    pub additional: Option<PermissionProfile>,
}

/// A command that runs to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecRequest {
    /// The call.
    pub call_id: CallId,
    /// argv, not empty.
    pub command: Vec<String>,
    /// Where it runs, absolute.
    pub cwd: PathBuf,
    /// When it is ended.
    pub timeout: Duration,
    /// What it asks for beyond the sandbox.
    pub escalation: Escalation,
    /// For events.
    pub source: CommandSource,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecOutcome {
    /// Exit code; 128 + N for signal N, 124 for a time-out.
    pub exit_code: i32,
    /// Both streams in order, at most 1 MiB (the head of it).
    pub output: String,
    /// How long it ran.
    pub duration: Duration,
    /// Whether it was ended by its time limit.
    pub timed_out: bool,
}

/// A command that may outlive the call that starts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRequest {
    /// The call.
    pub call_id: CallId,
    /// argv, not empty.
    pub command: Vec<String>,
    /// Where it runs, absolute.
    pub cwd: PathBuf,
    /// Whether it gets a terminal (80 columns) and an open stdin.
    pub tty: bool,
    /// How long the call waits for it.
    pub yield_time: Duration,
    /// What it asks for beyond the sandbox.
    pub escalation: Escalation,
}

/// Input to, or a look at, a running command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRequest {
    /// The call.
    pub call_id: CallId,
    /// Which session.
    pub session_id: i64,
    /// What to write; empty only looks.
    pub chars: String,
    /// How long the call waits for output.
    pub yield_time: Duration,
}

/// Whether a session's command goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It runs; write to it under this id.
    Running(i64),
    /// It ended with this exit code.
    Exited(i32),
}

/// What a session printed since it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionChunk {
    /// argv of the command.
    pub command: Vec<String>,
    /// Output since the last look, head and tail of it when it was more than 1 MiB.
    pub output: String,
    /// How many bytes there were before any cut.
    pub total_bytes: u64,
    /// How many lines there were before any cut, when something was cut from `output`; else `None`.
    pub total_lines: Option<u64>,
    /// How long the call waited.
    pub wall_time: Duration,
    /// Whether it goes on.
    pub state: SessionState,
}

/// A patch to carry out.
#[derive(Debug)]
pub struct PatchRequest {
    /// The call.
    pub call_id: CallId,
    /// Checked against the disk already.
    pub plan: PatchPlan,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchOutcome {
    /// 0 or 1.
    pub exit_code: i32,
    /// The summary, or what could not be written.
    pub output: String,
    /// How long it took.
    pub duration: Duration,
}

/// What is asked of MCP servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum McpRequest {
    /// A tool, by the name the model knows, with its arguments as the model wrote them.
    Tool {
        /// `mcp__SERVER__TOOL`.
        name: String,
        /// JSON text, or nothing.
        arguments: String,
    },
    /// Resources, of one server or of all.
    Resources {
        /// Server name.
        server: Option<String>,
    },
    /// Templates of resources, of one server or of all.
    ResourceTemplates {
        /// Server name.
        server: Option<String>,
    },
    /// What a resource holds.
    ReadResource {
        /// Server name.
        server: String,
        /// Its address.
        uri: String,
    },
    /// Tools that fit some words; they are offered from then on.
    Search {
        /// The words.
        query: String,
        /// Most tools.
        limit: usize,
    },
}

/// What a tool may ask of its session.
#[async_trait]
pub trait ToolHost: Send + Sync {
    /// What it may know.
    fn turn(&self) -> &ToolTurn;

    /// Runs a command to its end: approval, sandbox and events inside. Refusals come back as
    /// [`ToolError::Refused`] with the text for the model.
    async fn exec(&self, request: ExecRequest, cancel: &CancellationToken) -> Result<ExecOutcome, ToolError>;

    /// Starts a command that may outlive the call.
    async fn start_session(&self, request: SessionRequest, cancel: &CancellationToken) -> Result<SessionChunk, ToolError>;

    /// Writes to a running command, or looks at it.
    async fn write_session(&self, request: WriteRequest, cancel: &CancellationToken) -> Result<SessionChunk, ToolError>;

    /// Applies a patch: approval, protected paths and events inside.
    async fn apply(&self, request: PatchRequest, cancel: &CancellationToken) -> Result<PatchOutcome, ToolError>;

    /// Asks the user to choose, and waits for the answers. None when nobody can be asked.
    async fn ask_user(
        &self,
        call_id: CallId,
        questions: Vec<UserInputQuestion>,
        cancel: &CancellationToken,
    ) -> Result<UserInputResponse, ToolError>;

    /// Asks for permissions, absolute paths, and puts what is granted in force.
    async fn ask_permissions(
        &self,
        call_id: CallId,
        reason: Option<String>,
        wanted: PermissionProfile,
        cancel: &CancellationToken,
    ) -> Result<PermissionsResponse, ToolError>;

    /// Asks MCP servers: approval and events inside. Result objects of servers come back as they are, lists of this program as
    /// the model reads them. Refusals and failures are [`ToolError::Refused`] with the text for the model.
    async fn mcp(&self, call_id: CallId, request: McpRequest, cancel: &CancellationToken) -> Result<serde_json::Value, ToolError>;

    /// Tells the front-end something.
    async fn emit(&self, event: EventMsg);
}
