//! When history is compacted, and the steps of it.

use std::sync::Arc;

use codex_model_client::{ErrorKind, ModelError};
use codex_protocol::event::{ContextCompacted, TaskComplete, TaskStarted};
use codex_protocol::rollout::{Compacted, RolloutItem};
use codex_protocol::{EventMsg, ResponseItem, TokenUsage, TokenUsageInfo};

use super::ask::summary;
use super::budget::Budget;
use super::observe::observe;
use super::rebuild::{message, replacement, with_server_summary};
use super::render::{render, room_for_texts};
use super::{CompactionState, Ledger};
use crate::context::{fragments, tokens};
use crate::error::TurnError;
use crate::session::Session;
use crate::turn::control::TurnControl;
use crate::turn::finish::finish;
use crate::turn::run::Turn;

/// What stands in the place of notes where the server made a summary of its own.
const SEALED: &str = "(The notes are in the server's own summary, which stands above.)";

/// Where in a session history is compacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before a turn tells anything: it tells everything anew afterwards.
    BeforeTurn,
    /// Between two requests: what the model was told of its surroundings is told again in front.
    MidTurn,
    /// As a turn of its own.
    Alone,
}

/// Whether history has come to the length at which it is compacted.
pub(crate) fn is_due(session: &Session) -> bool {
    let limit = session.services.model.get().auto_compact_limit;
    let overhead = overhead(session);
    let state = session.state();
    state.compaction.overflowed || (limit > 0 && state.history.tokens(overhead) >= limit.max(state.history.floor()))
}

/// Whether the next request would be above the window.
pub(crate) fn must_shrink(session: &Session) -> bool {
    let overhead = overhead(session);
    session.state().history.tokens(overhead) > session.services.model.get().max_window
}

/// Whether history takes a part of the window that makes it likely that a refusal was for its length.
pub(crate) fn is_long(session: &Session) -> bool {
    let overhead = overhead(session);
    session.state().history.tokens(overhead) > session.services.model.get().context_window / 4
}

/// Why a request is not sent that would be above the window although history was compacted.
pub(crate) fn window_exceeded(session: &Session) -> TurnError {
    let tokens = session.state().history.tokens(overhead(session));
    let window = session.services.model.get().max_window;
    let message = format!(
        "the conversation takes about {tokens} tokens, more than the model's window of {window}, also after it was compacted: \
         shorten the message, or start a new thread"
    );
    TurnError::Model(ModelError::new(ErrorKind::ContextOverflow, message))
}

/// What a request takes besides its items.
pub(crate) fn overhead(session: &Session) -> i64 {
    let model = session.services.model.get();
    tokens::of_text(&session.services.instructions.text) + tokens::of_json(&session.tools_on_offer(&model.tool_specs).as_ref())
}

/// Compacts history as a turn of its own.
pub(crate) async fn run_compaction(session: Arc<Session>, control: Arc<TurnControl>) {
    let mut turn = Turn::new(session, control, None);
    let started = TaskStarted {
        turn_id: turn.context.id.clone(),
        model_context_window: Some(turn.session.services.model.get().context_window),
        collaboration_mode_kind: "default".to_owned(),
    };
    turn.session.events.send(EventMsg::TaskStarted(started)).await;
    turn.repeat_token_count().await;
    if let Err(error) = compact(&mut turn, Place::Alone).await {
        finish(&mut turn, Err(error)).await;
        return;
    }
    let complete = TaskComplete { turn_id: turn.context.id.clone(), last_agent_message: None, error: None, denials: turn.host.denials() };
    let event = EventMsg::TaskComplete(complete);
    turn.session.events.record_event(&event).await;
    turn.session.events.flush().await;
    turn.session.events.show(event).await;
}

/// Puts a summary in the place of history.
pub(crate) async fn compact(turn: &mut Turn, place: Place) -> Result<(), TurnError> {
    if turn.session.state().history.items().is_empty() {
        return Ok(());
    }
    let short = by_server(turn).await?;
    let message = match &short {
        Some(_) => message(SEALED),
        None => message(&summary(turn).await?),
    };
    let budget = Budget::of(&turn.session.services.model.get());
    let (ledger, told) = noted(turn, tokens::bytes(budget.ledger)).await;
    let mut items = {
        let state = turn.session.state();
        let (history, former) = (state.history.items(), state.compaction.summary.as_deref());
        match short {
            Some(short) => with_server_summary(history, former, budget.user, short, message.clone(), told),
            None => replacement(history, former, budget.user, message.clone(), told),
        }
    };
    if place == Place::MidTurn {
        items.splice(0..0, opening(turn).await);
    }
    let line = Compacted { message: message.clone(), replacement_history: Some(items.clone()), ledger: serde_json::to_value(&ledger).ok() };
    adopt(turn, items, CompactionState { ledger, summary: Some(message), overflowed: false }, place);
    turn.session.events.record(RolloutItem::Compacted(line)).await;
    if place == Place::MidTurn {
        let context = Box::new(turn.context.line());
        turn.session.events.record(RolloutItem::TurnContext(context)).await;
    }
    turn.token_count().await;
    turn.session.events.send(EventMsg::ContextCompacted(ContextCompacted::default())).await;
    turn.session.events.flush().await;
    Ok(())
}

/// What the server makes of history, where it can. Whatever goes wrong with that, the model is asked for notes instead.
async fn by_server(turn: &mut Turn) -> Result<Option<Vec<ResponseItem>>, TurnError> {
    let history = turn.session.state().history.items().to_vec();
    let prompt = turn.context.prompt(&turn.session, &history);
    let cancel = turn.control.cancel.clone();
    match turn.session.services.client.compact(&prompt, &turn.context.request, &cancel).await {
        Ok(Some(short)) => {
            if let Some(usage) = short.usage {
                turn.tokens += usage.total_tokens;
                turn.session.add_usage(usage, turn.session.services.model.get().context_window);
                turn.token_count().await;
            }
            Ok(Some(short.items))
        }
        Ok(None) => Ok(None),
        Err(error) if error.kind == ErrorKind::Cancelled => Err(turn.control.limit().unwrap_or(TurnError::Interrupted)),
        Err(error) => {
            tracing::warn!(%error, "the server did not compact the conversation; the model is asked for notes");
            Ok(None)
        }
    }
}

/// The ledger of everything up to now, and how the model reads it. Looks at files, so it works aside.
async fn noted(turn: &Turn, most_bytes: usize) -> (Ledger, Option<String>) {
    let (items, stamps, mut ledger) = {
        let state = turn.session.state();
        (state.history.items().to_vec(), state.history.stamps().to_vec(), state.compaction.ledger.clone())
    };
    let cwd = turn.context.cwd.clone();
    let work = move || {
        observe(&mut ledger, &items, &stamps, &cwd);
        ledger.settle(room_for_texts(most_bytes));
        let told = render(&ledger, most_bytes);
        (ledger, told)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(noted) => noted,
        Err(error) => {
            tracing::error!(%error, "the ledger could not be made");
            (Ledger::default(), None)
        }
    }
}

async fn opening(turn: &Turn) -> Vec<ResponseItem> {
    let services = &turn.session.services;
    let skills = turn.session.skills.part(&turn.session).await;
    // What there is to warn of was said when the thread began.
    let docs = codex_config::agents_md::project_docs(&services.config);
    let own = services.config.developer_instructions.as_deref();
    fragments::opening(&turn.context.surroundings, &services.instructions, own, skills.as_deref(), docs.text.as_deref())
}

fn adopt(turn: &Turn, items: Vec<ResponseItem>, compaction: CompactionState, place: Place) {
    let model = turn.session.services.model.get();
    let overhead = overhead(&turn.session);
    let mut state = turn.session.state();
    state.history.replace(items);
    state.compaction = compaction;
    if place != Place::MidTurn {
        state.told = None;
    }
    let tokens = state.history.tokens(overhead);
    // What did not get shorter would be compacted again before every request.
    let floor = tokens + (model.context_window - tokens).max(0) / 4;
    if tokens * 10 > model.auto_compact_limit * 9 {
        state.history.set_floor(floor);
    }
    let total_token_usage = state.usage.map(|info| info.total_token_usage).unwrap_or_default();
    let last_token_usage = TokenUsage { total_tokens: tokens, ..TokenUsage::default() };
    state.usage = Some(TokenUsageInfo { total_token_usage, last_token_usage, model_context_window: Some(model.context_window) });
}
