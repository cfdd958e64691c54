//! The user's own command line: run by their shell, unasked and without a sandbox, beside the conversation.
//!
//! A turn of its own, or a part of the running one. The model is not asked anything; what the command printed is in history
//! for its next request. **Not here:** commands of the model, which pass the gate of `crate::approval`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use codex_process::{CaptureMode, StdinMode, Stdio};
use codex_protocol::event::{AbortReason, CommandSource, CommandStatus, Denials, ExecCommandBegin, TaskComplete, TaskStarted, TurnAborted};
use codex_protocol::rollout::RolloutItem;
use codex_protocol::{CallId, EventMsg, ResponseItem};
use codex_shell_command::summarize;
use codex_tools::truncate::{history_policy, middle};
use tokio_util::sync::CancellationToken;

use super::run::{End, end_event, forward_output, kill, text_of};
use super::start::start;
use crate::approval::permit::Permit;
use crate::host::TurnHost;
use crate::session::Session;
use crate::turn::context::TurnContext;
use crate::turn::control::TurnControl;

/// What stands for an exit code when the command was ended by the user.
const INTERRUPTED: i32 = -1;

/// Runs the line as a turn of its own.
pub(crate) async fn run_turn(session: Arc<Session>, control: Arc<TurnControl>, line: String) {
    let context = TurnContext::freeze(&session, control.turn_id.clone(), None);
    let started = TaskStarted {
        turn_id: context.id.clone(),
        model_context_window: Some(session.services.model.get().context_window),
        collaboration_mode_kind: context.tool_turn.mode.as_str().to_owned(),
    };
    session.events.send(EventMsg::TaskStarted(started)).await;
    let item = run(&session, &control, &context, line).await;
    session.state().history.push(item.clone());
    session.events.record(RolloutItem::ResponseItem(item)).await;
    let end = if control.cancel.is_cancelled() {
        EventMsg::TurnAborted(TurnAborted { turn_id: Some(context.id), reason: AbortReason::Interrupted })
    } else {
        EventMsg::TaskComplete(TaskComplete { turn_id: context.id, last_agent_message: None, error: None, denials: Denials::default() })
    };
    session.events.record_event(&end).await;
    session.events.flush().await;
    session.events.show(end).await;
}

/// Runs the line beside the running turn. False, and nothing is run, when that turn is ending or is none of the model's.
pub(crate) fn begin_beside(session: &Arc<Session>, control: &Arc<TurnControl>, line: &str) -> bool {
    let (session, of_turn, line) = (Arc::clone(session), Arc::clone(control), line.to_owned());
    control.run_beside(async move {
        let context = TurnContext::freeze(&session, of_turn.turn_id.clone(), None);
        let item = run(&session, &of_turn, &context, line).await;
        session.state().beside.push(item);
    })
}

/// How the command ended.
struct Ended {
    output: String,
    exit_code: i32,
    duration: Duration,
}

/// Runs the line and returns what the model reads of it.
async fn run(session: &Arc<Session>, control: &Arc<TurnControl>, context: &TurnContext, line: String) -> ResponseItem {
    let host = TurnHost::new(Arc::clone(session), Arc::clone(control), context);
    let shell = session.services.runtime.shell.to_string_lossy().into_owned();
    let command = vec![shell, "-lc".to_owned(), line.clone()];
    let begin = ExecCommandBegin {
        call_id: CallId::generate(),
        process_id: None,
        turn_id: context.id.clone(),
        parsed_cmd: summarize(&command),
        command,
        cwd: context.cwd.clone(),
        source: CommandSource::UserShell,
    };
    session.events.show(EventMsg::ExecCommandBegin(begin.clone())).await;
    let (end, ended) = match carry_out(&host, &begin, &control.cancel).await {
        Ok(ended) if ended.exit_code == INTERRUPTED => {
            let end = End { output: ended.output.clone(), exit_code: INTERRUPTED, duration: ended.duration, status: CommandStatus::Failed };
            (end, ended)
        }
        Ok(ended) => (End::ran(ended.output.clone(), ended.exit_code, ended.duration), ended),
        Err(why) => {
            let ended = Ended { output: why.clone(), exit_code: INTERRUPTED, duration: Duration::ZERO };
            (End::not_started(why), ended)
        }
    };
    session.events.show(end_event(begin, end)).await;
    let output = middle(&ended.output, history_policy(session.services.model.get().truncation)).into_owned();
    ResponseItem::user_text(report(&line, &Ended { output, ..ended }))
}

async fn carry_out(host: &TurnHost, begin: &ExecCommandBegin, cancel: &CancellationToken) -> Result<Ended, String> {
    let permit = Permit::typed_by_user(begin.command.clone(), begin.cwd.clone());
    let stdio = Stdio::Pipes { stdin: StdinMode::Closed };
    let mut child = start(host, &begin.call_id, permit, stdio, false).map_err(|error| error.to_string())?;
    let began = Instant::now();
    let live = forward_output(host.session(), &mut child, begin);
    let exit_code = tokio::select! {
        biased;
        () = cancel.cancelled() => {
            kill(&child, host.hurry()).await;
            INTERRUPTED
        }
        status = child.wait() => status.shell_code(),
    };
    let duration = began.elapsed();
    let output = text_of(&child, CaptureMode::HeadTail);
    drop(child);
    if let Some(live) = live {
        let _ = live.await;
    }
    Ok(Ended { output, exit_code, duration })
}

/// The message that tells the model of it.
fn report(line: &str, ended: &Ended) -> String {
    format!(
        "<user_shell_command>\n<command>\n{line}\n</command>\n<result>\nExit code: {}\nDuration: {:.4} seconds\nOutput:\n{}\n</result>\n</user_shell_command>",
        ended.exit_code,
        ended.duration.as_secs_f64(),
        ended.output,
    )
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_report_has_the_shape_that_models_know() {
        let ended = Ended { output: "hi\n".to_owned(), exit_code: 0, duration: Duration::from_micros(20_300) };
        assert_eq!(
            report("echo hi", &ended),
            "<user_shell_command>\n<command>\necho hi\n</command>\n<result>\nExit code: 0\nDuration: 0.0203 seconds\nOutput:\nhi\n\n</result>\n</user_shell_command>"
        );
    }
}
