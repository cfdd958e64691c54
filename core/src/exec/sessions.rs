//! Commands that outlive the call that started them: `exec_command` and `write_stdin`.
//!
//! Each live command has a watcher task that tells of its end exactly once, whether anybody polls
//! it or not. `settle` waits for the watchers of ended commands, so that no item is left open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use codex_process::{CaptureMode, Child, StdinMode, Stdio};
use codex_protocol::EventMsg;
use codex_protocol::event::{CommandSource, ExecCommandBegin, TerminalInteraction};
use codex_shell_command::{join, summarize};
use codex_tools::{SessionChunk, SessionRequest, SessionState, ToolError, WriteRequest};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::run::{End, KILL_GRACE, end_event, forward_output, kill, lossy, text_of};
use super::start::{StartError, start};
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
    /// Becomes true once the end was told.
    told: watch::Receiver<bool>,
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

    /// Starts a command and waits for it as long as the call allows.
    pub(crate) async fn open(
        &self,
        host: &TurnHost,
        request: SessionRequest,
        cancel: &CancellationToken,
    ) -> Result<SessionChunk, ToolError> {
        let id = self.next_id()?;
        let began = Instant::now();
        let begin = ExecCommandBegin {
            call_id: request.call_id.clone(),
            process_id: Some(id.to_string()),
            turn_id: host.turn_id(),
            command: request.command.clone(),
            cwd: request.cwd.clone(),
            parsed_cmd: summarize(&request.command),
            source: CommandSource::UnifiedExecStartup,
        };
        let stdio = if request.tty { PTY } else { Stdio::Pipes { stdin: StdinMode::Closed } };
        let child = start(host, &request.command, &request.cwd, stdio, true)
            .map_err(|error| ToolError::Refused(could_not_start(&request.command, &error)))?;
        let session = self.keep(host.session(), id, child, begin, request.tty).await;
        self.wait_for(&session, request.yield_time, began, cancel).await
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

    async fn keep(&self, session: &Arc<Session>, id: i64, mut child: Child, begin: ExecCommandBegin, tty: bool) -> Arc<LiveSession> {
        session.events.show(EventMsg::ExecCommandBegin(begin.clone())).await;
        let live = forward_output(session, &mut child, &begin);
        let (tell, told) = watch::channel(false);
        let kept = Arc::new(LiveSession { id, child, begin, tty, told });
        self.lock().by_id.insert(id, Arc::clone(&kept));
        tokio::spawn(watch_to_the_end(Arc::clone(session), Arc::clone(&kept), live, tell));
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
        self.wait_for(&session, request.yield_time, began, cancel).await
    }

    async fn wait_for(
        &self,
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
                self.lock().by_id.remove(&session.id);
                SessionState::Exited(code)
            }
            None => SessionState::Running(session.id),
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
    async fn wait_until_told(&self) {
        let _ = self.told.clone().wait_for(|told| *told).await;
    }
}

async fn watch_to_the_end(
    session: Arc<Session>,
    live: Arc<LiveSession>,
    output: Option<tokio::task::JoinHandle<()>>,
    tell: watch::Sender<bool>,
) {
    let began = Instant::now();
    let status = live.child.wait().await;
    let duration = began.elapsed();
    if let Some(output) = output {
        let _ = tokio::time::timeout(KILL_GRACE, output).await;
    }
    let text = text_of(&live.child, CaptureMode::HeadTail);
    session.events.show(end_event(live.begin.clone(), End::ran(text, status.shell_code(), duration))).await;
    tell.send_replace(true);
}

fn could_not_start(command: &[String], error: &StartError) -> String {
    let why = match error {
        StartError::Spawn(error) => match error.io() {
            Some(io) => format!("Failed to create unified exec process: {io}"),
            None => format!("Failed to create unified exec process: {error}"),
        },
        StartError::Sandbox(error) => error.to_string(),
    };
    refused(command, &why)
}

/// The frame around a refusal of `exec_command`.
pub(crate) fn refused(command: &[String], why: &str) -> String {
    format!("exec_command failed for `{}`: CreateProcess {{ message: {:?} }}", join(command), format!("Rejected({why:?})"))
}
