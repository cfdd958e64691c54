//! The end of a turn: nothing stays open, everything is in the file, and then it is told.

use codex_protocol::EventMsg;
use codex_protocol::event::{AbortReason, ErrorEvent, TaskComplete, TurnAborted, Warning};

use super::run::Turn;
use crate::context::fragments;
use crate::error::TurnError;
use crate::notify;

/// Ends the turn.
pub(crate) async fn finish(turn: &mut Turn, outcome: Result<(), TurnError>) {
    let sessions = &turn.session.services.command_sessions;
    let interrupted = matches!(outcome, Err(TurnError::Interrupted));
    if interrupted || turn.session.options.end_sessions_with_turn {
        sessions.end_all(&turn.control.hurry).await;
    }
    sessions.settle().await;
    turn.control.end_commands().await;
    if outcome.is_err() && !(interrupted && turn.control.keeps_input()) {
        // No turn follows by itself, and nothing that was said may be lost.
        turn.join_steered_input().await;
    }
    turn.join_what_happened_beside().await;
    turn.session.undo.end(&turn.session, &turn.context.id).await;
    turn.session.sandbox_notice.told().await;
    if interrupted {
        aborted(turn).await;
        return;
    }
    let failure = outcome.err().or_else(|| no_sandbox(turn)).and_then(|error| error.failure());
    if let Some(failure) = &failure {
        let error =
            ErrorEvent { message: failure.message.clone(), codex_error_info: Some(serde_json::Value::String(failure.code.clone())) };
        turn.session.events.show(EventMsg::Error(error)).await;
    }
    if failure.is_none() && turn.last_message.is_none() {
        let message = "the model ended its turn without a message".to_owned();
        turn.session.events.show(EventMsg::Warning(Warning { message })).await;
    }
    if failure.is_none() && turn.session.services.subagent.is_none() {
        notify::turn_completed(&turn.session, &turn.context, &turn.user_texts, turn.last_message.as_deref());
    }
    let complete = TaskComplete {
        turn_id: turn.context.id.clone(),
        last_agent_message: turn.last_message.take(),
        error: failure,
        denials: turn.host.denials(),
    };
    let event = EventMsg::TaskComplete(complete);
    turn.session.events.record_event(&event).await;
    turn.session.events.flush().await;
    turn.session.events.show(event).await;
}

/// A turn whose commands were all refused, because this machine cannot put the sandbox around them, has failed (A19).
fn no_sandbox(turn: &Turn) -> Option<TurnError> {
    turn.host.commands().none_could_run().map(TurnError::NoSandbox)
}

async fn aborted(turn: &Turn) {
    turn.append(fragments::turn_aborted()).await;
    let event = EventMsg::TurnAborted(TurnAborted { turn_id: Some(turn.context.id.clone()), reason: AbortReason::Interrupted });
    turn.session.events.record_event(&event).await;
    turn.session.events.flush().await;
    turn.session.events.show(event).await;
}
