//! Commands that outlive the call that started them: `exec_command` and `write_stdin`.
//!
//! Each live command has a watcher task that tells of its end exactly once, whether anybody polls
//! it or not. `settle` waits for the watchers of ended commands, so that no item is left open.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use codex_process::{CaptureMode, Child, StdinMode, Stdio};
use codex_protocol::EventMsg;
use codex_protocol::event::{CommandSource, ExecCommandBegin, SandboxEffect, TerminalInteraction};
use codex_sandbox::looks_denied;
use codex_shell_command::{join, summarize};
use codex_tools::{SessionChunk, SessionRequest, SessionState, ToolError, WriteRequest};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::outcome::{note_end, note_refused_start};
use super::run::{End, KILL_GRACE, end_event, forward_output, kill, lossy, text_of, with_rejection};
use super::start::{StartError, start};
use crate::approval::decide::{AfterDenial, Asker};
use crate::approval::gate::{Asked, Passage, REJECTED, TurnedDown, before_input, gate, retry};
use crate::approval::permit::Permit;
use crate::host::TurnHost;
use crate::session::Session;

/// Live commands of one thread; more are refused.
const MOST_SESSIONS: usize = 64;
/// Session ids start here, so that they do not look like process ids of init or counters.
const FIRST_ID: i64 = 1000;
/// Size of a terminal.
const PTY: Stdio = Stdio::Pty { cols: 80, rows: 24 };

/// One command.
struct LiveSession {
    id: i64,
    child: Child,
    begin: ExecCommandBegin,
    tty: bool,
    /// Whether the sandbox is around it.
    effect: SandboxEffect,
    /// Whether the turn knows how it ended.
    noted: AtomicBool,
    /// Becomes true once the end was told.
    told: watch::Receiver<bool>,
}

/// What becomes of the end of a command that may be run a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndOfFirst {
    /// It is the end, and told.
    Told,
    /// The command runs again; its second end is told.
    LeftToSecond,
}

/// A command as front-ends see it, before it lives.
struct Item {
    begin: ExecCommandBegin,
    is_shown: bool,
}

impl Item {
    async fn show(&mut self, host: &TurnHost) {
        if !std::mem::replace(&mut self.is_shown, true) {
            host.session().events.show(EventMsg::ExecCommandBegin(self.begin.clone())).await;
        }
    }

    async fn end(self, host: &TurnHost, end: End) {
        host.session().events.show(end_event(self.begin, end)).await;
    }
}

/// The live commands of a thread.
#[derive(Default)]
pub(crate) struct CommandSessions {
    live: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    by_id: HashMap<i64, Arc<LiveSession>>,
    made: i64,
}

impl CommandSessions {
    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<Arc<LiveSession>> {
        self.lock().by_id.values().cloned().collect()
    }

    /// Ends every command, without grace once `hurry` is cancelled, and waits until that was told.
    pub(crate) async fn end_all(&self, hurry: &CancellationToken) {
        let all = self.all();
        let killing: Vec<_> = all.iter().map(|session| kill(&session.child, hurry)).collect();
        futures::future::join_all(killing).await;
        for session in &all {
            session.wait_until_told().await;
        }
        self.lock().by_id.clear();
    }

    /// Waits until the end of every ended command was told.
    pub(crate) async fn settle(&self) {
        for session in self.all() {
            if session.child.status().is_some() {
                session.wait_until_told().await;
            }
        }
    }

    /// Starts a command, if it may, and waits for it as long as the call allows.
    pub(crate) async fn open(
        &self,
        host: &TurnHost,
        request: SessionRequest,
        cancel: &CancellationToken,
    ) -> Result<SessionChunk, ToolError> {
        let asked = Asked {
            call_id: &request.call_id,
            command: &request.command,
            cwd: &request.cwd,
            wants: &request.escalation,
            asker: Asker::Session,
        };
        let mut item = Item { begin: self.begin(host, &request)?, is_shown: false };
        let (permit, after_denial) = match gate(host, asked) {
            Passage::Open(permit, after_denial) => (permit, after_denial),
            Passage::RefuseRequest(why) => return Err(ToolError::Refused(why)),
            Passage::Decline(why) => return Err(ToolError::Refused(refused(&request.command, &why))),
            Passage::Ask(question) => {
                item.show(host).await;
                match question.put(host, cancel).await {
                    Ok(allowed) => allowed,
                    Err(turned_down) => {
                        item.end(host, End::declined(turned_down.text().to_owned())).await;
                        return Err(match turned_down {
                            TurnedDown::ByUser => ToolError::Refused(refused(&request.command, REJECTED)),
                            TurnedDown::WithTurn => ToolError::Cancelled,
                        });
                    }
                }
            }
        };
        if after_denial == AfterDenial::Ask && host.sandbox().needs_sandbox() {
            return self.open_with_second_try(host, &request, asked, item, permit, cancel).await;
        }
        let began = Instant::now();
        let session = self.launch(host, &request, &mut item, permit, None).await?;
        self.wait_for(host, &session, request.yield_time, began, cancel).await
    }

    /// The same, where a command that ends at once and seems to have been denied something may be run again without the
    /// sandbox. Its end is not told before that is settled, for it is one item.
    async fn open_with_second_try(
        &self,
        host: &TurnHost,
        request: &SessionRequest,
        asked: Asked<'_>,
        mut item: Item,
        permit: Permit,
        cancel: &CancellationToken,
    ) -> Result<SessionChunk, ToolError> {
        let began = Instant::now();
        let (tell_end, may_tell) = oneshot::channel();
        let session = self.launch(host, request, &mut item, permit, Some(may_tell)).await?;
        let denied = tokio::select! {
            biased;
            () = cancel.cancelled() => false,
            status = session.child.wait() => session.was_denied(status.shell_code()),
            () = tokio::time::sleep(request.yield_time) => false,
        };
        let Some(question) = denied.then(|| retry(host, asked)).flatten() else {
            let _ = tell_end.send(EndOfFirst::Told);
            let left = request.yield_time.saturating_sub(began.elapsed());
            return self.wait_for(host, &session, left, began, cancel).await;
        };
        session.note(host);
        match question.put(host, cancel).await {
            Ok((permit, _)) => {
                let _ = tell_end.send(EndOfFirst::LeftToSecond);
                session.wait_until_told().await;
                let began = Instant::now();
                let session = self.launch(host, request, &mut item, permit, None).await?;
                self.wait_for(host, &session, request.yield_time, began, cancel).await
            }
            Err(TurnedDown::ByUser) => {
                let _ = tell_end.send(EndOfFirst::Told);
                let mut chunk = self.wait_for(host, &session, Duration::ZERO, began, cancel).await?;
                chunk.output = with_rejection(&chunk.output);
                Ok(chunk)
            }
            Err(TurnedDown::WithTurn) => Err(ToolError::Cancelled),
        }
    }

    fn begin(&self, host: &TurnHost, request: &SessionRequest) -> Result<ExecCommandBegin, ToolError> {
        Ok(ExecCommandBegin {
            call_id: request.call_id.clone(),
            process_id: Some(self.next_id()?.to_string()),
            turn_id: host.turn_id(),
            command: request.command.clone(),
            cwd: request.cwd.clone(),
            parsed_cmd: summarize(&request.command),
            source: CommandSource::UnifiedExecStartup,
        })
    }

    /// Starts a command and keeps it. It is shown once it runs; what did not start shows only where it was shown before.
    async fn launch(
        &self,
        host: &TurnHost,
        request: &SessionRequest,
        item: &mut Item,
        permit: Permit,
        may_tell: Option<oneshot::Receiver<EndOfFirst>>,
    ) -> Result<Arc<LiveSession>, ToolError> {
        let effect = permit.effect();
        let stdio = if request.tty { PTY } else { Stdio::Pipes { stdin: StdinMode::Closed } };
        host.session().undo.before_writes(host, &host.confinement_of(&permit).policy).await;
        match start(host, &request.call_id, permit, stdio, true) {
            Ok(child) => {
                item.show(host).await;
                Ok(self.keep(host.session(), child, item.begin.clone(), request.tty, effect, may_tell))
            }
            Err(error) => {
                note_refused_start(host, &item.begin, &error);
                let why = could_not_start(&request.command, &error);
                if item.is_shown {
                    host.session().events.show(end_event(item.begin.clone(), End::not_started(why.clone()))).await;
                }
                Err(ToolError::Refused(why))
            }
        }
    }

    fn next_id(&self) -> Result<i64, ToolError> {
        let mut live = self.lock();
        if live.by_id.len() >= MOST_SESSIONS {
            return Err(ToolError::Refused(format!(
                "exec_command failed: {MOST_SESSIONS} commands are running already; end some of them first (write \\u0003 to a tty session, or poll those that have ended)"
            )));
        }
        live.made += 1;
        Ok(FIRST_ID + live.made)
    }

    fn keep(
        &self,
        session: &Arc<Session>,
        mut child: Child,
        begin: ExecCommandBegin,
        tty: bool,
        effect: SandboxEffect,
        may_tell: Option<oneshot::Receiver<EndOfFirst>>,
    ) -> Arc<LiveSession> {
        let live = forward_output(session, &mut child, &begin);
        let (tell, told) = watch::channel(false);
        let id = begin.process_id.as_deref().and_then(|id| id.parse().ok()).unwrap_or_default();
        let kept = Arc::new(LiveSession { id, child, begin, tty, effect, noted: AtomicBool::new(false), told });
        self.lock().by_id.insert(id, Arc::clone(&kept));
        tokio::spawn(watch_to_the_end(Arc::clone(session), Arc::clone(&kept), live, may_tell, tell));
        kept
    }

    /// Writes to a command, or looks at it.
    pub(crate) async fn write(
        &self,
        host: &TurnHost,
        request: WriteRequest,
        cancel: &CancellationToken,
    ) -> Result<SessionChunk, ToolError> {
        let began = Instant::now();
        let session = self.lock().by_id.get(&request.session_id).cloned();
        let Some(session) = session else {
            return Err(ToolError::Refused(format!("write_stdin failed: Unknown process id {}", request.session_id)));
        };
        if !request.chars.is_empty() {
            if !session.tty {
                return Err(ToolError::Refused(
                    "write_stdin failed: stdin is closed for this session; rerun exec_command with tty=true to keep stdin open".to_owned(),
                ));
            }
            before_input(host, &session.begin, session.effect, &request.chars, cancel).await?;
            let interaction = TerminalInteraction {
                call_id: session.begin.call_id.clone(),
                process_id: session.id.to_string(),
                stdin: request.chars.clone(),
            };
            host.session().events.show(EventMsg::TerminalInteraction(interaction)).await;
            // A command that has ended takes no input; what it printed last is still worth telling.
            if session.child.status().is_none()
                && let Err(error) = session.child.write(request.chars.as_bytes()).await
            {
                tracing::debug!(session = session.id, %error, "a terminal took no input");
            }
        }
        self.wait_for(host, &session, request.yield_time, began, cancel).await
    }

    async fn wait_for(
        &self,
        host: &TurnHost,
        session: &Arc<LiveSession>,
        patience: Duration,
        began: Instant,
        cancel: &CancellationToken,
    ) -> Result<SessionChunk, ToolError> {
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(ToolError::Cancelled),
            status = session.child.wait() => Some(status.shell_code()),
            () = tokio::time::sleep(patience) => None,
        };
        let wall_time = began.elapsed();
        let new = session.child.capture().take_new();
        let state = match ended {
            Some(code) => {
                session.wait_until_told().await;
                session.note(host);
                self.lock().by_id.remove(&session.id);
                SessionState::Exited(code)
            }
            None => {
                host.commands().ran();
                SessionState::Running(session.id)
            }
        };
        Ok(SessionChunk {
            command: session.begin.command.clone(),
            total_bytes: new.total,
            total_lines: None,
            output: lossy(new.bytes),
            wall_time,
            state,
        })
    }
}

impl LiveSession {
    fn was_denied(&self, exit_code: i32) -> bool {
        self.effect == SandboxEffect::Inside && looks_denied(exit_code, text_of(&self.child, CaptureMode::HeadTail).as_bytes())
    }

    /// Notes how the command ended, once.
    fn note(&self, host: &TurnHost) {
        if let Some(status) = self.child.status()
            && !self.noted.swap(true, Ordering::Relaxed)
        {
            note_end(host, &self.begin, self.effect, status.shell_code(), &text_of(&self.child, CaptureMode::HeadTail));
        }
    }

    async fn wait_until_told(&self) {
        let _ = self.told.clone().wait_for(|told| *told).await;
    }
}

async fn watch_to_the_end(
    session: Arc<Session>,
    live: Arc<LiveSession>,
    output: Option<tokio::task::JoinHandle<()>>,
    may_tell: Option<oneshot::Receiver<EndOfFirst>>,
    tell: watch::Sender<bool>,
) {
    let began = Instant::now();
    let status = live.child.wait().await;
    let duration = began.elapsed();
    if let Some(output) = output {
        let _ = tokio::time::timeout(KILL_GRACE, output).await;
    }
    let text = text_of(&live.child, CaptureMode::HeadTail);
    let end = match may_tell {
        // Whoever gave up on settling it left it to be told.
        Some(may_tell) => may_tell.await.unwrap_or(EndOfFirst::Told),
        None => EndOfFirst::Told,
    };
    if end == EndOfFirst::Told {
        session.events.show(end_event(live.begin.clone(), End::ran(text, status.shell_code(), duration))).await;
    }
    tell.send_replace(true);
}

fn could_not_start(command: &[String], error: &StartError) -> String {
    let why = match error {
        StartError::Spawn(error) => match error.io() {
            Some(io) => format!("Failed to create unified exec process: {io}"),
            None => format!("Failed to create unified exec process: {error}"),
        },
        StartError::Sandbox(error) => error.to_string(),
        StartError::Network(error) => error.to_string(),
    };
    refused(command, &why)
}

/// The frame around a refusal of `exec_command`.
pub(crate) fn refused(command: &[String], why: &str) -> String {
    format!("exec_command failed for `{}`: CreateProcess {{ message: {:?} }}", join(command), format!("Rejected({why:?})"))
}
