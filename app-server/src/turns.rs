//! Turns: starting, steering, interrupting.

use std::sync::Arc;

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_core::StartOptions;
use codex_protocol::event::ReviewTarget;
use codex_protocol::op::{TurnOverrides, UserTurn};
use codex_protocol::user_input::UserInput;
use codex_protocol::{Op, TurnId};
use codex_state::Archive;
use serde_json::json;

use crate::connection::{Connection, Responder};
use crate::convert;
use crate::error::Failure;
use crate::loaded::{LoadedThread, Starting};
use crate::server::Server;

/// Characters of text in one request.
const MOST_CHARS: usize = 1 << 20;

/// A turn as the wire has it, without its items.
pub(crate) fn turn(id: &str, status: wire::TurnStatus, error: Option<wire::TurnError>) -> wire::Turn {
    wire::Turn { error, id: id.to_owned(), items: Vec::new(), status }
}

fn gone() -> Failure {
    Failure::invalid("the thread has ended")
}

impl Server {
    /// `turn/start`: answered when the turn has begun, before anything is told of it.
    pub(crate) async fn turn_start(&self, params: wire::TurnStartParams, responder: Responder) {
        match self.turn_start_checked(params) {
            Ok((thread, turn)) => submit_turn(&thread, turn, responder).await,
            Err(failure) => responder.fail(failure),
        }
    }

    fn turn_start_checked(&self, params: wire::TurnStartParams) -> Result<(Arc<LoadedThread>, UserTurn), Failure> {
        let thread = self.loaded(&params.thread_id)?;
        let input = checked_input(params.input)?;
        let sandbox_policy = params.sandbox_policy.map(convert::sandbox_policy).transpose().map_err(Failure::invalid)?;
        let overrides = TurnOverrides {
            cwd: params.cwd.map(|cwd| thread.config.cwd.join(cwd)),
            model: params.model,
            effort: params.effort.map(convert::effort),
            summary: params.summary.map(convert::summary),
            approval_policy: params.approval_policy.as_ref().map(convert::approval_policy),
            sandbox_policy,
            mode: params.collaboration_mode.map(convert::collaboration_mode),
            service_tier: None,
            personality: params.personality.map(convert::personality),
        };
        Ok((thread, UserTurn { input, overrides, output_schema: params.output_schema }))
    }

    /// `review/start`: answered when the review has begun; in a thread of its own when it is detached.
    pub(crate) async fn review_start(self: &Arc<Self>, params: wire::ReviewStartParams, responder: Responder) {
        let detached = params.delivery == Some(wire::ReviewDelivery::Detached);
        let (thread, target) = match self.review_checked(params, detached) {
            Ok(checked) => checked,
            Err(failure) => return responder.fail(failure),
        };
        let thread = match detached {
            false => thread,
            true => match self.detach(&thread, &responder.connection).await {
                Ok(thread) => thread,
                Err(failure) => return responder.fail(failure),
            },
        };
        let hint = target.hint();
        match thread.core.submit(Op::Review(target)).await {
            Err(_) => responder.fail(gone()),
            Ok(submission) => thread.await_turn(submission, Starting::Review(responder, hint)),
        }
    }

    fn review_checked(&self, params: wire::ReviewStartParams, detached: bool) -> Result<(Arc<LoadedThread>, ReviewTarget), Failure> {
        let thread = self.loaded(&params.thread_id)?;
        let target = review_target(params.target)?;
        if !detached && thread.state().turn.is_some() {
            return Err(Failure::invalid("a turn is running: a review is a turn of its own"));
        }
        Ok((thread, target))
    }

    /// A thread with the same settings and, as far as they are stored, the same turns.
    async fn detach(self: &Arc<Self>, thread: &LoadedThread, connection: &Arc<Connection>) -> Result<Arc<LoadedThread>, Failure> {
        let config = Arc::clone(&thread.config);
        let manager = self.manager(Arc::clone(&config), connection);
        let options = StartOptions { ephemeral: thread.ephemeral, ..StartOptions::default() };
        let file = self.store.file(thread.id, Archive::Without).ok().filter(|_| !thread.ephemeral);
        let core = match file {
            Some(file) => manager.fork(&file.path, None, options).await,
            None => manager.start(options).await,
        };
        let core = core.map_err(|error| Failure::internal(format!("failed to start the review thread: {error}")))?;
        let preview = thread.state().preview.clone();
        let detached = self.load(core, config, thread.ephemeral, preview);
        detached.state().subscribers.insert(connection.id);
        let told = wire::ThreadStartedNotification { thread: self.current(&detached) };
        self.broadcast(&ServerNotification::ThreadStarted(told));
        self.follow(Arc::clone(&detached));
        Ok(detached)
    }

    /// `turn/steer`.
    pub(crate) async fn turn_steer(&self, params: wire::TurnSteerParams) -> Result<wire::TurnSteerResponse, Failure> {
        let thread = self.loaded(&params.thread_id)?;
        let input = checked_input(params.input)?;
        let Some(active) = thread.state().turn.clone() else {
            return Err(Failure::invalid("no active turn to steer"));
        };
        if active != params.expected_turn_id {
            return Err(Failure::invalid(format!("expected active turn id `{}` but found `{active}`", params.expected_turn_id)));
        }
        if thread.state().reviewing {
            let message = "cannot steer a review turn";
            let info = json!({ "activeTurnNotSteerable": { "turnKind": "review" } });
            let data = json!({ "message": message, "codexErrorInfo": info, "additionalDetails": null });
            return Err(Failure::invalid(message).with_data(data));
        }
        thread.core.submit(Op::Steer { expected: TurnId::new(&*active), input }).await.map_err(|_| gone())?;
        Ok(wire::TurnSteerResponse { turn_id: active })
    }

    /// `turn/interrupt`: answered once the turn has ended; at once when none runs.
    pub(crate) async fn turn_interrupt(&self, params: wire::TurnInterruptParams, responder: Responder) {
        let thread = match self.loaded(&params.thread_id) {
            Ok(thread) => thread,
            Err(failure) => return responder.fail(failure),
        };
        {
            let mut state = thread.state();
            match &state.turn {
                None => {
                    drop(state);
                    return responder.fail(Failure::invalid("no active turn to interrupt"));
                }
                Some(active) if *active != params.turn_id => {
                    let failure = Failure::invalid(format!("expected active turn id `{}` but found `{active}`", params.turn_id));
                    drop(state);
                    return responder.fail(failure);
                }
                Some(_) => state.interrupting.push(responder),
            }
        }
        if thread.core.submit(Op::Interrupt).await.is_err() {
            tracing::debug!("the thread ended before it could be interrupted");
        }
    }
}

fn review_target(target: wire::ReviewTarget) -> Result<ReviewTarget, Failure> {
    let present = |text: &str, name: &str| {
        if text.trim().is_empty() { Err(Failure::invalid(format!("{name} must not be empty"))) } else { Ok(text.trim().to_owned()) }
    };
    Ok(match target {
        wire::ReviewTarget::UncommittedChanges => ReviewTarget::UncommittedChanges,
        wire::ReviewTarget::BaseBranch { branch } => ReviewTarget::BaseBranch { branch: present(&branch, "branch")? },
        wire::ReviewTarget::Commit { sha, title } => ReviewTarget::Commit { sha: present(&sha, "sha")?, title },
        wire::ReviewTarget::Custom { instructions } => ReviewTarget::Custom { instructions: present(&instructions, "instructions")? },
    })
}

/// Hands a turn in. The request is answered by whoever follows the thread; at once when the input joins a running turn.
async fn submit_turn(thread: &LoadedThread, user: UserTurn, responder: Responder) {
    let joined = thread.state().turn.clone();
    match thread.core.submit(Op::UserTurn(user)).await {
        Err(_) => responder.fail(gone()),
        Ok(submission) => match joined {
            Some(id) => responder.succeed(&wire::TurnStartResponse { turn: turn(&id, wire::TurnStatus::InProgress, None) }),
            None => thread.await_turn(submission, Starting::Turn(responder)),
        },
    }
}

/// The input in the agent's words.
pub(crate) fn checked_input(input: Vec<wire::UserInput>) -> Result<Vec<UserInput>, Failure> {
    if input.is_empty() {
        return Err(Failure::invalid("input must not be empty"));
    }
    let text = |piece: &wire::UserInput| match piece {
        wire::UserInput::Text { text, .. } => text.chars().count(),
        _ => 0,
    };
    let actual: usize = input.iter().map(text).sum();
    if actual > MOST_CHARS {
        let message = format!("Input exceeds the maximum length of {MOST_CHARS} characters.");
        let data = json!({ "input_error_code": "input_too_large", "max_chars": MOST_CHARS, "actual_chars": actual });
        return Err(Failure::params(message).with_data(data));
    }
    Ok(input.into_iter().map(convert::user_input).collect())
}
