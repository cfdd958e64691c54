//! What tools may ask of their session, answered for one turn.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use codex_protocol::event::{Denial, Denials, DeniedBy, EventMsg};
use codex_protocol::policy::SandboxPolicy;
use codex_protocol::{CallId, TurnId, event::ExecCommandBegin};
use codex_tools::{
    ExecOutcome, ExecRequest, PatchOutcome, PatchRequest, SessionChunk, SessionRequest, ToolError, ToolHost, ToolTurn, WriteRequest,
};
use tokio_util::sync::CancellationToken;

use crate::approval::decide::{Asker, Verdict, decide};
use crate::approval::denials::DenialLog;
use crate::exec::run::{End, begin_event, end_event, run};
use crate::exec::sessions::refused;
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
    denials: DenialLog,
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
            denials: DenialLog::default(),
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

    pub(crate) fn writable_roots(&self) -> &[PathBuf] {
        &self.writable_roots
    }

    /// What patches changed in this turn.
    pub(crate) fn diff(&self) -> MutexGuard<'_, TurnDiffTracker> {
        self.diff.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cancelled when children are to be killed without grace.
    pub(crate) fn hurry(&self) -> &CancellationToken {
        &self.control.hurry
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

    fn denied(&self, call: &CallId, command: &[String], message: &str) {
        self.denials.add(Denial {
            call_id: call.clone(),
            command: codex_shell_command::join(command),
            by: DeniedBy::Policy,
            rule: "never".to_owned(),
            message: message.to_owned(),
        });
    }

    async fn decline(&self, request: &ExecRequest, why: &str) {
        let begin: ExecCommandBegin = begin_event(self, request);
        self.session.events.show(EventMsg::ExecCommandBegin(begin.clone())).await;
        self.session.events.show(end_event(begin, End::declined(why.to_owned()))).await;
    }
}

#[async_trait]
impl ToolHost for TurnHost {
    fn turn(&self) -> &ToolTurn {
        &self.turn
    }

    async fn exec(&self, request: ExecRequest, cancel: &CancellationToken) -> Result<ExecOutcome, ToolError> {
        if request.command.is_empty() {
            let why = "command args are empty";
            self.decline(&request, why).await;
            return Err(ToolError::Refused(why.to_owned()));
        }
        match decide(&request.command, self.turn.approval, &self.turn.sandbox, &request.escalation, Asker::Shell) {
            Verdict::Run => run(self, request, cancel).await,
            Verdict::RefuseRequest(why) => {
                self.denied(&request.call_id, &request.command, &why);
                Err(ToolError::Refused(why))
            }
            Verdict::Decline(why) => {
                self.denied(&request.call_id, &request.command, &why);
                self.decline(&request, &why).await;
                Err(ToolError::Refused(why))
            }
        }
    }

    async fn start_session(&self, request: SessionRequest, cancel: &CancellationToken) -> Result<SessionChunk, ToolError> {
        match decide(&request.command, self.turn.approval, &self.turn.sandbox, &request.escalation, Asker::Session) {
            Verdict::Run => self.session.services.command_sessions.open(self, request, cancel).await,
            Verdict::RefuseRequest(why) => {
                self.denied(&request.call_id, &request.command, &why);
                Err(ToolError::Refused(why))
            }
            Verdict::Decline(why) => {
                self.denied(&request.call_id, &request.command, &why);
                Err(ToolError::Refused(refused(&request.command, &why)))
            }
        }
    }

    async fn write_session(&self, request: WriteRequest, cancel: &CancellationToken) -> Result<SessionChunk, ToolError> {
        self.session.services.command_sessions.write(self, request, cancel).await
    }

    async fn apply(&self, request: PatchRequest, cancel: &CancellationToken) -> Result<PatchOutcome, ToolError> {
        patch::apply(self, request, cancel).await
    }

    async fn emit(&self, event: EventMsg) {
        self.session.events.send(event).await;
    }
}
