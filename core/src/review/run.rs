//! The turn of a review: starts the reviewer, shows what it does, brings back what it found.

use std::sync::Arc;

use codex_protocol::event::{
    AbortReason, AgentMessage, Denials, EnteredReviewMode, ExitedReviewMode, ReviewOutput, ReviewTarget, TaskComplete, TaskStarted,
    TurnAborted, TurnFailure,
};
use codex_protocol::op::UserTurn;
use codex_protocol::response_item::ContentItem;
use codex_protocol::rollout::RolloutItem;
use codex_protocol::user_input::UserInput;
use codex_protocol::{EventMsg, Op, ResponseItem};

use super::{output, target};
use crate::context::fragments;
use crate::manager::start_reviewer;
use crate::notify;
use crate::session::Session;
use crate::thread::Thread;
use crate::turn::context::TurnContext;
use crate::turn::control::TurnControl;

/// What stands for the result of a review that broke off.
const BROKEN_OFF: &str = "Review was interrupted. Please re-run /review and wait for it to complete.";

/// How the reviewer's turn ended.
enum Verdict {
    Answered(String, Denials),
    Failed(TurnFailure, Denials),
    Interrupted,
}

/// Runs the review and tells how it ended.
pub(crate) async fn run_review(session: Arc<Session>, control: Arc<TurnControl>, target: ReviewTarget) {
    let context = TurnContext::freeze(&session, control.turn_id.clone(), None);
    let started = TaskStarted {
        turn_id: context.id.clone(),
        model_context_window: Some(session.services.model.get().context_window),
        collaboration_mode_kind: "default".to_owned(),
    };
    session.events.send(EventMsg::TaskStarted(started)).await;
    session.events.record(RolloutItem::TurnContext(Box::new(context.line()))).await;
    let hint = target.hint();
    session.events.send(EventMsg::EnteredReviewMode(EnteredReviewMode { target: target.clone(), user_facing_hint: hint.clone() })).await;
    let cwd = context.cwd.clone();
    let task = tokio::task::spawn_blocking(move || target::task(&target, &cwd)).await.unwrap_or_default();
    let verdict = match start_reviewer(&session).await {
        Ok(reviewer) => {
            *control.reviewer() = Some(reviewer.clone());
            let verdict = follow(&session, &control, &reviewer, task).await;
            *control.reviewer() = None;
            verdict
        }
        Err(error) => Verdict::Failed(failure(error.to_string(), "other"), Denials::default()),
    };
    conclude(&session, &context, verdict, &hint).await;
}

/// Lets the reviewer work, until its thread is gone.
async fn follow(session: &Session, control: &TurnControl, reviewer: &Thread, task: String) -> Verdict {
    let turn = UserTurn { input: vec![UserInput::text(&task)], ..UserTurn::default() };
    let mut verdict = Verdict::Failed(failure("the reviewer ended without an answer".to_owned(), "other"), Denials::default());
    let (mut interrupted, mut hurried, mut stopped, mut began) = (false, false, false, false);
    // A thread that is gone already needs no asking: its events end, and the loop with them.
    let _ = reviewer.submit(Op::UserTurn(turn)).await;
    loop {
        tokio::select! {
            biased;
            () = control.hurry.cancelled(), if interrupted && !hurried => {
                hurried = true;
                let _ = reviewer.submit(Op::Interrupt).await;
            }
            () = control.cancel.cancelled(), if !interrupted => {
                interrupted = true;
                let _ = reviewer.submit(Op::Interrupt).await;
            }
            () = control.stopping.cancelled(), if !stopped => {
                stopped = true;
                if let Some(TurnFailure { code, message }) = control.limit().and_then(|limit| limit.failure()) {
                    let _ = reviewer.submit(Op::StopAfterStep { code, message }).await;
                }
            }
            event = reviewer.next_event() => match event.map(|event| event.msg) {
                None | Some(EventMsg::ShutdownComplete) => return verdict,
                Some(EventMsg::TaskStarted(_)) => began = true,
                Some(EventMsg::TaskComplete(complete)) => {
                    verdict = match complete.error {
                        Some(failure) => Verdict::Failed(failure, complete.denials),
                        None => Verdict::Answered(complete.last_agent_message.unwrap_or_default(), complete.denials),
                    };
                    let _ = reviewer.submit(Op::Shutdown).await;
                }
                Some(EventMsg::TurnAborted(_)) => {
                    verdict = Verdict::Interrupted;
                    let _ = reviewer.submit(Op::Shutdown).await;
                }
                // What comes before the turn was told when this thread began.
                Some(event) if began && is_shown(&event) => session.events.show(event).await,
                Some(_) => {}
            },
        }
    }
}

/// Whether people see this of a reviewer: what it does, not its raw answer nor its bookkeeping.
fn is_shown(event: &EventMsg) -> bool {
    !matches!(
        event,
        EventMsg::UserMessage(_)
            | EventMsg::AgentMessage(_)
            | EventMsg::AgentMessageContentDelta(_)
            | EventMsg::TokenCount(_)
            | EventMsg::SessionConfigured(_)
    )
}

async fn conclude(session: &Session, context: &TurnContext, verdict: Verdict, hint: &str) {
    let (result, failure, denials) = match verdict {
        Verdict::Answered(answer, denials) => (Some(output::read(&answer)), None, denials),
        Verdict::Failed(failure, denials) => (None, Some(failure), denials),
        Verdict::Interrupted => (None, None, Denials::default()),
    };
    let interrupted = result.is_none() && failure.is_none();
    let text = result.as_ref().map_or_else(|| BROKEN_OFF.to_owned(), output::show);
    append(session, ResponseItem::user_text(action(result.as_ref(), &text))).await;
    session.events.send(EventMsg::ExitedReviewMode(Box::new(ExitedReviewMode { review_output: result }))).await;
    if interrupted {
        append(session, fragments::turn_aborted()).await;
        let aborted = TurnAborted { turn_id: Some(context.id.clone()), reason: AbortReason::Interrupted };
        finish(session, EventMsg::TurnAborted(aborted)).await;
        return;
    }
    append(session, ResponseItem::input_message("assistant", vec![ContentItem::OutputText { text: text.clone() }])).await;
    let message = AgentMessage { message: text.clone(), phase: None, memory_citation: None, item_id: None };
    session.events.send(EventMsg::AgentMessage(message)).await;
    if failure.is_none() {
        notify::turn_completed(session, context, &[hint.to_owned()], Some(&text));
    }
    let complete = TaskComplete { turn_id: context.id.clone(), last_agent_message: Some(text), error: failure, denials };
    finish(session, EventMsg::TaskComplete(complete)).await;
}

async fn finish(session: &Session, end: EventMsg) {
    session.events.record_event(&end).await;
    session.events.flush().await;
    session.events.show(end).await;
}

async fn append(session: &Session, item: ResponseItem) {
    session.state().history.push(item.clone());
    session.events.record(RolloutItem::ResponseItem(item)).await;
}

/// What the conversation keeps of the review, for its later turns.
fn action(result: Option<&ReviewOutput>, text: &str) -> String {
    let context = match result {
        Some(_) => {
            "The user had changes reviewed by a reviewer that did not see this conversation. These are its findings; the user may ask you to act on some of them."
        }
        None => "The user had begun a review of changes; it broke off before it had a result.",
    };
    format!("<user_action>\n<context>{context}</context>\n<action>review</action>\n<results>\n{text}\n</results>\n</user_action>")
}

fn failure(message: String, code: &str) -> TurnFailure {
    TurnFailure { message, code: code.to_owned() }
}
