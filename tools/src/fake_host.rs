//! A session for tests of tools: keeps what it is asked, answers as it was told.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use codex_protocol::event::{
    EventMsg, PermissionProfile, PermissionScope, PermissionsResponse, UserInputAnswer, UserInputQuestion, UserInputResponse,
};
use codex_protocol::mode::ModeKind;
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::response_item::ToolOutputBody;
use codex_protocol::rollout::TruncationPolicy;
use codex_protocol::{CallId, TurnId};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::handler::{ToolCall, ToolEnv, ToolError, ToolInput, ToolOutput};
use crate::host::{
    ExecOutcome, ExecRequest, McpRequest, PatchOutcome, PatchRequest, SessionChunk, SessionRequest, SessionState, ToolHost, ToolTurn,
    WriteRequest,
};
use crate::registry::ToolRegistry;

/// What a tool asked of its session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    Exec(ExecRequest),
    Start(SessionRequest),
    Write(WriteRequest),
    /// The summary of the plan: path and whether something stands there afterwards.
    Apply(Vec<(PathBuf, Option<String>)>),
    Mcp(McpRequest),
    Emit(EventMsg),
    User(Vec<UserInputQuestion>),
    Permissions(Option<String>, PermissionProfile),
}

pub(crate) struct FakeHost {
    pub(crate) turn: ToolTurn,
    pub(crate) env: ToolEnv,
    /// Answer to `exec`.
    pub(crate) outcome: ExecOutcome,
    /// Answer to `start_session` and `write_session`; the command of the former is put in.
    pub(crate) state: SessionState,
    /// Answer of MCP servers.
    pub(crate) mcp: Value,
    asked: Mutex<Vec<Asked>>,
    folder: tempfile::TempDir,
}

impl FakeHost {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cwd = folder.path().canonicalize().unwrap();
        Self {
            turn: ToolTurn {
                turn_id: TurnId::from("turn"),
                cwd,
                shell: PathBuf::from("/bin/bash"),
                allow_login_shell: true,
                approval: ApprovalPolicy::Never,
                sandbox: SandboxPolicy::workspace_write(),
                truncation: TruncationPolicy::Tokens(10_000),
                images: true,
                structured_shell_output: true,
                max_poll: Duration::from_secs(300),
                mode: ModeKind::Default,
                asks_in_every_mode: false,
                additional_permissions: false,
                denied_reads: Vec::new(),
            },
            env: ToolEnv {
                shell_tool: true,
                unified_exec: true,
                prefers_shell_command: false,
                apply_patch: true,
                images: true,
                mcp: false,
                extra_tools: Vec::new(),
                user_questions: false,
                permission_requests: false,
                additional_permissions: false,
                hosted: Vec::new(),
            },
            outcome: ExecOutcome { exit_code: 0, output: "hi\n".into(), duration: Duration::from_millis(104), timed_out: false },
            state: SessionState::Exited(0),
            mcp: Value::Null,
            asked: Mutex::default(),
            folder,
        }
    }

    pub(crate) fn cwd(&self) -> &Path {
        &self.turn.cwd
    }

    /// Writes a file below the working directory.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().canonicalize().unwrap().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn events(&self) -> Vec<EventMsg> {
        let events = self.asked().into_iter().filter_map(|asked| match asked {
            Asked::Emit(event) => Some(event),
            _ => None,
        });
        events.collect()
    }

    /// Calls a tool by way of the registry, as the loop does.
    pub(crate) async fn call_with(&self, name: &str, input: ToolInput, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let tool = ToolRegistry::builtin().find(name, &input, &self.env)?;
        tool.run(ToolCall { id: CallId::from("call"), name: name.to_owned(), input }, self, cancel).await
    }

    pub(crate) async fn call(&self, name: &str, arguments: Value) -> Result<ToolOutput, ToolError> {
        self.call_with(name, ToolInput::Json(arguments.to_string()), &CancellationToken::new()).await
    }

    pub(crate) async fn custom(&self, name: &str, text: &str) -> Result<ToolOutput, ToolError> {
        self.call_with(name, ToolInput::Text(text.to_owned()), &CancellationToken::new()).await
    }

    /// The text of a call that answers.
    pub(crate) async fn answer(&self, name: &str, arguments: Value) -> String {
        text(self.call(name, arguments).await.unwrap())
    }

    /// The text of a call that is refused.
    pub(crate) async fn refusal(&self, name: &str, arguments: Value) -> String {
        self.refusal_of_text(name, &arguments.to_string()).await
    }

    /// The same, for arguments as a model spells them: messages count columns.
    pub(crate) async fn refusal_of_text(&self, name: &str, arguments: &str) -> String {
        match self.call_with(name, ToolInput::Json(arguments.to_owned()), &CancellationToken::new()).await {
            Err(ToolError::Refused(text)) => text,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    fn keep(&self, asked: Asked) {
        self.asked.lock().unwrap().push(asked);
    }

    fn chunk(&self, command: Vec<String>) -> SessionChunk {
        let output = self.outcome.output.clone();
        let total_bytes = output.len() as u64;
        let wall_time = Duration::ZERO;
        SessionChunk { command, output, total_bytes, total_lines: None, wall_time, state: self.state }
    }
}

/// The text of an output.
pub(crate) fn text(output: ToolOutput) -> String {
    match output.body {
        ToolOutputBody::Text(text) => text,
        ToolOutputBody::Content(parts) => panic!("expected a text, got {parts:?}"),
    }
}

#[async_trait]
impl ToolHost for FakeHost {
    fn turn(&self) -> &ToolTurn {
        &self.turn
    }

    async fn exec(&self, request: ExecRequest, _cancel: &CancellationToken) -> Result<ExecOutcome, ToolError> {
        self.keep(Asked::Exec(request));
        Ok(self.outcome.clone())
    }

    async fn start_session(&self, request: SessionRequest, _cancel: &CancellationToken) -> Result<SessionChunk, ToolError> {
        let command = request.command.clone();
        self.keep(Asked::Start(request));
        Ok(self.chunk(command))
    }

    async fn write_session(&self, request: WriteRequest, _cancel: &CancellationToken) -> Result<SessionChunk, ToolError> {
        self.keep(Asked::Write(request));
        Ok(self.chunk(vec!["cat".to_owned()]))
    }

    async fn apply(&self, request: PatchRequest, _cancel: &CancellationToken) -> Result<PatchOutcome, ToolError> {
        let changes = request.plan.changes().iter().map(|change| {
            let new = change.new_content().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            (change.path.absolute.clone(), new)
        });
        self.keep(Asked::Apply(changes.collect()));
        Ok(PatchOutcome { exit_code: 0, output: "Success.\n".into(), duration: Duration::from_millis(60) })
    }

    async fn ask_user(
        &self,
        _call_id: CallId,
        questions: Vec<UserInputQuestion>,
        _cancel: &CancellationToken,
    ) -> Result<UserInputResponse, ToolError> {
        let answers = questions.iter().map(|question| (question.id.clone(), UserInputAnswer { answers: vec!["A".into()] })).collect();
        self.keep(Asked::User(questions));
        Ok(UserInputResponse { answers })
    }

    async fn ask_permissions(
        &self,
        _call_id: CallId,
        reason: Option<String>,
        wanted: PermissionProfile,
        _cancel: &CancellationToken,
    ) -> Result<PermissionsResponse, ToolError> {
        self.keep(Asked::Permissions(reason, wanted.clone()));
        Ok(PermissionsResponse { permissions: wanted, scope: PermissionScope::Turn })
    }

    async fn mcp(&self, _call_id: CallId, request: McpRequest, _cancel: &CancellationToken) -> Result<Value, ToolError> {
        self.keep(Asked::Mcp(request));
        Ok(self.mcp.clone())
    }

    async fn emit(&self, event: EventMsg) {
        self.keep(Asked::Emit(event));
    }
}
