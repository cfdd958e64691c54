//! Takes the last turns of a thread back: out of history, and in the session file by a line that says so.

use std::sync::Arc;

use codex_protocol::EventMsg;
use codex_protocol::event::{ThreadRolledBack, TokenCount, Warning};
use codex_state::Outline;

use super::Session;
use crate::resume::{Resumed, replay};

/// Takes back the last `turns` turns of the user; all when there are fewer. Only while no turn runs.
pub(crate) async fn take_back(session: &Arc<Session>, turns: u32) {
    if turns == 0 {
        let message = "a rollback takes back at least one turn".to_owned();
        session.events.show(EventMsg::Warning(Warning { message })).await;
        return;
    }
    let event = EventMsg::ThreadRolledBack(ThreadRolledBack { num_turns: turns });
    session.events.record_event(&event).await;
    session.events.flush().await;
    match from_file(session).await {
        Some(resumed) => {
            let mut state = session.state();
            state.history = resumed.history;
            state.told = resumed.told;
            state.compaction = resumed.compaction;
        }
        None => in_memory(session, turns),
    }
    session.events.show(event).await;
    let info = session.state().usage;
    session.events.send(EventMsg::TokenCount(TokenCount { info, rate_limits: None })).await;
}

/// The file knows also what was there before a compaction.
async fn from_file(session: &Arc<Session>) -> Option<Resumed> {
    let path = session.events.rollout_path()?;
    let owner = Arc::clone(session);
    let replay = move |outline: Outline| replay(&outline, &owner.services.runtime, &owner.services.instructions);
    let read = tokio::task::spawn_blocking(move || Outline::of(&path).and_then(replay));
    match read.await {
        Ok(Ok(resumed)) => Some(resumed),
        Ok(Err(error)) => {
            tracing::debug!(%error, "history is taken back from memory");
            None
        }
        Err(_) => None,
    }
}

/// Without a file, what was compacted is gone: then what came since is taken back.
fn in_memory(session: &Session, turns: u32) {
    let mut state = session.state();
    let turns = usize::try_from(turns).unwrap_or(usize::MAX);
    if !state.history.take_back(turns) {
        let known = state.history.turns();
        state.history.take_back(known);
    }
    if state.history.items().is_empty() {
        state.told = None;
    }
}
