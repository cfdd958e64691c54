//! What tools may ask of their session, answered for one turn.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use codex_protocol::event::{
    Denial, Denials, EventMsg, PermissionProfile, PermissionsResponse, SandboxEffect, UserInputQuestion, UserInputResponse,
};
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::{CallId, TurnId};
use codex_tools::{
    ExecOutcome, ExecRequest, McpRequest, PatchOutcome, PatchRequest, SessionChunk, SessionRequest, ToolError, ToolHost, ToolTurn,
    WriteRequest,
};
use tokio_util::sync::CancellationToken;

use crate::approval::additional::resolved;
use crate::approval::denials::DenialLog;
use crate::approval::permissions::{Confinement, Granted, widened};
use crate::approval::permit::Permit;
use crate::approval::wishes;
use crate::exec::count::CommandCount;
use crate::exec::run;
use crate::patch;
use crate::session::Session;
use crate::turn::context::TurnContext;
use crate::turn::control::TurnControl;
use crate::turn_diff::TurnDiffTracker;

/// The session as the tools of one turn see it.
pub(crate) struct TurnHost {
    session: Arc<Session>,
    control: Arc<TurnControl>,
    turn: ToolTurn,
    writable_roots: Vec<PathBuf>,
    diff: Mutex<TurnDiffTracker>,
    progress: AtomicBool,
    denials: Arc<DenialLog>,
    commands: CommandCount,
}

impl TurnHost {
    pub(crate) fn new(session: Arc<Session>, control: Arc<TurnControl>, context: &TurnContext) -> Self {
        Self {
            session,
            control,
            turn: context.tool_turn.clone(),
            writable_roots: context.writable_roots.clone(),
            diff: Mutex::new(TurnDiffTracker::default()),
            progress: AtomicBool::new(false),
            denials: Arc::default(),
            commands: CommandCount::default(),
        }
    }

    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    pub(crate) fn turn_id(&self) -> TurnId {
        self.turn.turn_id.clone()
    }

    pub(crate) fn sandbox(&self) -> &SandboxPolicy {
        &self.turn.sandbox
    }

    pub(crate) fn cwd(&self) -> &Path {
        &self.turn.cwd
    }

    /// Where the turn may write: by its policy, and what was granted on top.
    pub(crate) fn writable_roots(&self) -> Vec<PathBuf> {
        let mut roots = self.writable_roots.clone();
        if matches!(self.turn.sandbox, SandboxPolicy::ReadOnly { .. } | SandboxPolicy::WorkspaceWrite { .. }) {
            roots.extend(self.granted().write);
        }
        roots
    }

    /// What the user granted to commands of this turn.
    pub(crate) fn granted(&self) -> Granted {
        self.session.approvals.permissions.of_turn(&self.turn.turn_id)
    }

    /// What is around patches, and around a command that asks for nothing more.
    pub(crate) fn confinement(&self) -> Confinement {
        self.widened(&self.granted())
    }

    fn widened(&self, granted: &Granted) -> Confinement {
        let own = Confinement { policy: self.turn.sandbox.clone(), workspace: self.turn.cwd.clone() };
        if granted.write.is_empty() {
            return widened(own, granted, &[]);
        }
        let places = [Some(self.turn.cwd.clone()), codex_git::find_root(&self.turn.cwd)];
        let places: Vec<PathBuf> = places.into_iter().flatten().map(|place| resolved(&place)).collect();
        widened(own, granted, &places)
    }

    /// What patches changed in this turn.
    pub(crate) fn diff(&self) -> MutexGuard<'_, TurnDiffTracker> {
        self.diff.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cancelled when children are to be killed without grace.
    pub(crate) fn hurry(&self) -> &CancellationToken {
        &self.control.hurry
    }

    /// What ends the turn.
    pub(crate) fn control(&self) -> &Arc<TurnControl> {
        &self.control
    }

    /// Where what is denied is noted, for those who outlive this.
    pub(crate) fn denial_log(&self) -> &Arc<DenialLog> {
        &self.denials
    }

    /// What was denied in this turn.
    pub(crate) fn denials(&self) -> Denials {
        self.denials.all()
    }

    /// Says that the workspace changed.
    pub(crate) fn made_progress(&self) {
        self.progress.store(true, Ordering::Relaxed);
    }

    /// Whether the workspace changed since the last time somebody asked.
    pub(crate) fn take_progress(&self) -> bool {
        self.progress.swap(false, Ordering::Relaxed)
    }

    /// Notes that something was denied.
    pub(crate) fn denied(&self, denial: Denial) {
        self.denials.add(denial);
    }

    /// Notes how a command's start came out, for the end of the turn.
    pub(crate) fn commands(&self) -> &CommandCount {
        &self.commands
    }

    pub(crate) fn approval(&self) -> ApprovalPolicy {
        self.turn.approval
    }

    /// What is around a command that has this permit.
    pub(crate) fn confinement_of(&self, permit: &Permit) -> Confinement {
        match permit.effect() {
            SandboxEffect::Inside => self.widened(&self.granted().and(permit.widening())),
            SandboxEffect::Outside => Confinement { policy: SandboxPolicy::DangerFullAccess, workspace: self.turn.cwd.clone() },
        }
    }
}

#[async_trait]
impl ToolHost for TurnHost {
    fn turn(&self) -> &ToolTurn {
        &self.turn
    }

    async fn exec(&self, request: ExecRequest, cancel: &CancellationToken) -> Result<ExecOutcome, ToolError> {
        run::exec(self, request, cancel).await
    }

    async fn start_session(&self, request: SessionRequest, cancel: &CancellationToken) -> Result<SessionChunk, ToolError> {
        self.session.services.command_sessions.open(self, request, cancel).await
    }

    async fn write_session(&self, request: WriteRequest, cancel: &CancellationToken) -> Result<SessionChunk, ToolError> {
        self.session.services.command_sessions.write(self, request, cancel).await
    }

    async fn apply(&self, request: PatchRequest, cancel: &CancellationToken) -> Result<PatchOutcome, ToolError> {
        patch::apply(self, request, cancel).await
    }

    async fn ask_user(
        &self,
        call_id: CallId,
        questions: Vec<UserInputQuestion>,
        cancel: &CancellationToken,
    ) -> Result<UserInputResponse, ToolError> {
        wishes::choose(self, &call_id, questions, cancel).await
    }

    async fn ask_permissions(
        &self,
        call_id: CallId,
        reason: Option<String>,
        wanted: PermissionProfile,
        cancel: &CancellationToken,
    ) -> Result<PermissionsResponse, ToolError> {
        wishes::permit(self, &call_id, reason, wanted, cancel).await
    }

    async fn mcp(&self, call_id: CallId, request: McpRequest, cancel: &CancellationToken) -> Result<serde_json::Value, ToolError> {
        crate::mcp::ask(self, call_id, request, cancel).await
    }

    async fn emit(&self, event: EventMsg) {
        self.session.events.send(event).await;
    }
}
