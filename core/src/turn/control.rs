//! How a running turn is ended from outside.

use std::sync::{Mutex, MutexGuard, PoisonError};

use codex_protocol::TurnId;
use tokio_util::sync::CancellationToken;

use crate::error::TurnError;
use crate::thread::Thread;

/// Shared between the submission loop and the turn.
#[derive(Debug)]
pub(crate) struct TurnControl {
    pub(crate) turn_id: TurnId,
    /// Cancelled by an interrupt, or when the grace after a limit is over.
    pub(crate) cancel: CancellationToken,
    /// A second interrupt: children are killed without grace.
    pub(crate) hurry: CancellationToken,
    /// Cancelled when a limit was reached: no further step is begun, and none is waited for.
    pub(crate) stopping: CancellationToken,
    limit: Mutex<Option<(String, String)>>,
    reviewer: Mutex<Option<Thread>>,
}

impl TurnControl {
    pub(crate) fn new(cancel: CancellationToken) -> Self {
        Self {
            turn_id: TurnId::generate(),
            cancel,
            hurry: CancellationToken::new(),
            stopping: CancellationToken::new(),
            limit: Mutex::new(None),
            reviewer: Mutex::new(None),
        }
    }

    /// Ends the turn now; called twice, without grace for its children.
    pub(crate) fn interrupt(&self) {
        if self.cancel.is_cancelled() {
            self.hurry.cancel();
        }
        self.cancel.cancel();
    }

    /// Ends the turn after the step in flight. The first limit reached is the one that is told.
    pub(crate) fn stop_after_step(&self, code: String, message: String) {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((code, message));
        self.stopping.cancel();
    }

    /// The thread that does the work of this turn, while it does: answers to its questions go there.
    pub(crate) fn reviewer(&self) -> MutexGuard<'_, Option<Thread>> {
        self.reviewer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The limit that was reached, as an error.
    pub(crate) fn limit(&self) -> Option<TurnError> {
        let limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner).clone();
        limit.map(|(code, message)| TurnError::Limit { code, message })
    }
}
