//! Runs a command to its end: the gate before it, events around it, a time limit, and the kill ladder.

use std::sync::Arc;
use std::time::{Duration, Instant};

use codex_process::{CaptureMode, Child, StdinMode, Stdio};
use codex_protocol::EventMsg;
use codex_protocol::event::{CommandStatus, ExecCommandBegin, ExecCommandEnd, ExecCommandOutputDelta, OutputStream};
use codex_sandbox::looks_denied;
use codex_shell_command::summarize;
use codex_tools::{ExecOutcome, ExecRequest, ToolError};
use tokio_util::sync::CancellationToken;

use super::outcome::{note_end, note_refused_start};
use super::start::start;
use crate::approval::decide::{AfterDenial, Asker};
use crate::approval::gate::{Asked, Passage, REJECTED, TurnedDown, gate, retry};
use crate::approval::permit::Permit;
use crate::host::TurnHost;
use crate::session::Session;

/// Exit code of a command that was ended by its time limit.
const TIMED_OUT: i32 = 124;
/// Exit code of a command that did not run.
const DID_NOT_RUN: i32 = -1;
/// How long a command may take to end after TERM.
pub(super) const KILL_GRACE: Duration = Duration::from_millis(500);
/// Live output that front-ends are sent of one command; the end event carries the rest.
const LIVE_BYTES: usize = 1 << 20;

/// What is known of a command before it ends.
pub(crate) fn begin_event(host: &TurnHost, request: &ExecRequest) -> ExecCommandBegin {
    ExecCommandBegin {
        call_id: request.call_id.clone(),
        process_id: None,
        turn_id: host.turn_id(),
        command: request.command.clone(),
        cwd: request.cwd.clone(),
        parsed_cmd: summarize(&request.command),
        source: request.source,
    }
}

/// How a command ended, for its end event.
pub(crate) struct End {
    pub(crate) output: String,
    pub(crate) exit_code: i32,
    pub(crate) duration: Duration,
    pub(crate) status: CommandStatus,
}

impl End {
    /// It ran.
    pub(crate) fn ran(output: String, exit_code: i32, duration: Duration) -> Self {
        let status = if exit_code == 0 { CommandStatus::Completed } else { CommandStatus::Failed };
        Self { output, exit_code, duration, status }
    }

    /// It could not be started.
    pub(crate) fn not_started(why: String) -> Self {
        Self { output: why, exit_code: DID_NOT_RUN, duration: Duration::ZERO, status: CommandStatus::Failed }
    }

    /// It was not allowed to run.
    pub(crate) fn declined(why: String) -> Self {
        Self { output: why, exit_code: DID_NOT_RUN, duration: Duration::ZERO, status: CommandStatus::Declined }
    }
}

/// The end event that belongs to a begin event.
pub(crate) fn end_event(begin: ExecCommandBegin, end: End) -> EventMsg {
    EventMsg::ExecCommandEnd(Box::new(ExecCommandEnd {
        call_id: begin.call_id,
        process_id: begin.process_id,
        turn_id: begin.turn_id,
        command: begin.command,
        cwd: begin.cwd,
        parsed_cmd: begin.parsed_cmd,
        source: begin.source,
        stdout: end.output.clone(),
        stderr: String::new(),
        aggregated_output: end.output.clone(),
        exit_code: end.exit_code,
        duration: end.duration,
        formatted_output: end.output,
        status: end.status,
    }))
}

/// Ends a command: asks it to, and kills it when it takes too long or `hurry` is cancelled.
pub(crate) async fn kill(child: &Child, hurry: &CancellationToken) {
    tokio::select! {
        biased;
        () = hurry.cancelled() => child.kill(Duration::ZERO).await,
        () = child.kill(KILL_GRACE) => {}
    }
}

/// How one start of a command came out.
enum Attempt {
    /// It ran to its end, or to its time limit.
    Ran(ExecOutcome),
    /// It did not start; the text is for the model.
    NotStarted(String),
    /// The turn ended first.
    Cancelled { output: String, duration: Duration },
}

/// Runs a command, if it may.
pub(crate) async fn exec(host: &TurnHost, request: ExecRequest, cancel: &CancellationToken) -> Result<ExecOutcome, ToolError> {
    let events = &host.session().events;
    let begin = begin_event(host, &request);
    if request.command.is_empty() {
        let why = "command args are empty";
        events.show(EventMsg::ExecCommandBegin(begin.clone())).await;
        events.show(end_event(begin, End::declined(why.to_owned()))).await;
        return Err(ToolError::Refused(why.to_owned()));
    }
    let asked =
        Asked { call_id: &request.call_id, command: &request.command, cwd: &request.cwd, wants: &request.escalation, asker: Asker::Shell };
    let passage = gate(host, asked);
    if let Passage::RefuseRequest(why) = passage {
        return Err(ToolError::Refused(why));
    }
    events.show(EventMsg::ExecCommandBegin(begin.clone())).await;
    let (permit, after_denial) = match passage {
        Passage::Open(permit, after_denial) => (permit, after_denial),
        Passage::RefuseRequest(why) | Passage::Decline(why) => {
            events.show(end_event(begin, End::declined(why.clone()))).await;
            return Err(ToolError::Refused(why));
        }
        Passage::Ask(question) => match question.put(host, cancel).await {
            Ok(allowed) => allowed,
            Err(turned_down) => {
                events.show(end_event(begin, End::declined(turned_down.text().to_owned()))).await;
                return Err(turned_down.into());
            }
        },
    };
    let mut attempt = run(host, &request, permit, &begin, cancel).await;
    if let Attempt::Ran(outcome) = &attempt
        && after_denial == AfterDenial::Ask
        && host.sandbox().needs_sandbox()
        && !outcome.timed_out
        && looks_denied(outcome.exit_code, outcome.output.as_bytes())
        && let Some(question) = retry(host, asked)
    {
        attempt = match question.put(host, cancel).await {
            Ok((permit, _)) => run(host, &request, permit, &begin, cancel).await,
            Err(TurnedDown::ByUser) => Attempt::Ran(not_run_again(outcome)),
            Err(TurnedDown::WithTurn) => Attempt::Cancelled { output: outcome.output.clone(), duration: outcome.duration },
        };
    }
    let (end, result) = match attempt {
        Attempt::Ran(outcome) => (End::ran(outcome.output.clone(), outcome.exit_code, outcome.duration), Ok(outcome)),
        Attempt::NotStarted(why) => (End::not_started(why.clone()), Err(ToolError::Refused(why))),
        Attempt::Cancelled { output, duration } => {
            (End { output, exit_code: DID_NOT_RUN, duration, status: CommandStatus::Failed }, Err(ToolError::Cancelled))
        }
    };
    events.show(end_event(begin, end)).await;
    result
}

/// The first end of a command that the user does not want to run again.
fn not_run_again(outcome: &ExecOutcome) -> ExecOutcome {
    ExecOutcome { output: with_rejection(&outcome.output), ..outcome.clone() }
}

/// What a command printed, and that it will not be run without the sandbox.
pub(super) fn with_rejection(output: &str) -> String {
    let newline = if output.is_empty() || output.ends_with('\n') { "" } else { "\n" };
    format!("{output}{newline}{REJECTED}: it was not run again without the sandbox\n")
}

async fn run(host: &TurnHost, request: &ExecRequest, permit: Permit, begin: &ExecCommandBegin, cancel: &CancellationToken) -> Attempt {
    let session = host.session();
    let effect = permit.effect();
    let stdio = Stdio::Pipes { stdin: StdinMode::Closed };
    session.undo.before_writes(host, &host.confinement_of(&permit).policy).await;
    let mut child = match start(host, &request.call_id, permit, stdio, false) {
        Ok(child) => child,
        Err(error) => {
            note_refused_start(host, begin, &error);
            return Attempt::NotStarted(error.for_model());
        }
    };
    let began = Instant::now();
    let live = forward_output(&session.clone(), &mut child, begin);
    let ending = tokio::select! {
        biased;
        () = cancel.cancelled() => Ending::Cancelled,
        status = child.wait() => Ending::Exited(status.shell_code()),
        () = session.services.network.time_limit(&request.call_id, request.timeout) => Ending::TimedOut,
    };
    if !matches!(ending, Ending::Exited(_)) {
        kill(&child, host.hurry()).await;
    }
    let duration = began.elapsed();
    let output = text_of(&child, CaptureMode::Head);
    drop(child);
    if let Some(live) = live {
        let _ = live.await;
    }
    let exit_code = match ending {
        Ending::Exited(code) => code,
        Ending::TimedOut => TIMED_OUT,
        Ending::Cancelled => return Attempt::Cancelled { output, duration },
    };
    note_end(host, begin, effect, exit_code, &output);
    Attempt::Ran(ExecOutcome { exit_code, output, duration, timed_out: ending == Ending::TimedOut })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Exited(i32),
    TimedOut,
    Cancelled,
}

/// What the child printed, as text.
pub(crate) fn text_of(child: &Child, mode: CaptureMode) -> String {
    lossy(child.capture().snapshot(mode).bytes)
}

/// Bytes as text without copying when they are UTF-8 already.
pub(crate) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Sends live output to the front-ends until enough was sent.
pub(crate) fn forward_output(session: &Arc<Session>, child: &mut Child, begin: &ExecCommandBegin) -> Option<tokio::task::JoinHandle<()>> {
    let mut chunks = child.output()?;
    let (session, call_id) = (Arc::clone(session), begin.call_id.clone());
    Some(tokio::spawn(async move {
        let mut sent = 0;
        let mut carry: Vec<u8> = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            let text = whole_characters(&mut carry, chunk.bytes);
            if text.is_empty() {
                continue;
            }
            sent += text.len();
            let delta = ExecCommandOutputDelta { call_id: call_id.clone(), stream: OutputStream::Stdout, chunk: text };
            session.events.show(EventMsg::ExecCommandOutputDelta(delta)).await;
            if sent >= LIVE_BYTES {
                return;
            }
        }
    }))
}

/// Decodes what came, keeping a character that was cut at the end for the next piece.
fn whole_characters(carry: &mut Vec<u8>, bytes: Vec<u8>) -> String {
    carry.extend_from_slice(&bytes);
    let keep = match std::str::from_utf8(carry) {
        Ok(_) => 0,
        Err(error) if error.error_len().is_none() => carry.len() - error.valid_up_to(),
        Err(_) => 0,
    };
    let rest = carry.split_off(carry.len() - keep);
    lossy(std::mem::replace(carry, rest))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::whole_characters;

    #[test]
    fn a_character_cut_between_two_pieces_arrives_whole() {
        let mut carry = Vec::new();
        assert_eq!(whole_characters(&mut carry, vec![b'a', 0xc3]), "a");
        assert_eq!(whole_characters(&mut carry, vec![0xa4, b'b']), "äb");
        assert_eq!(whole_characters(&mut carry, vec![0xff, b'c']), "\u{fffd}c");
    }
}
