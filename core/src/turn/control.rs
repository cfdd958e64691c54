//! How a running turn is ended from outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use codex_protocol::TurnId;
use tokio::task::JoinHandle;
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
    /// Set before `cancel`: what was said meanwhile is left for the next turn.
    keeps_input: AtomicBool,
    limit: Mutex<Option<(String, String)>>,
    reviewer: Mutex<Option<Thread>>,
    /// Commands of the user that run beside the turn, which waits for them; `None` while it takes none.
    beside: Mutex<Option<Vec<JoinHandle<()>>>>,
}

impl TurnControl {
    pub(crate) fn new(cancel: CancellationToken) -> Self {
        Self {
            turn_id: TurnId::generate(),
            cancel,
            hurry: CancellationToken::new(),
            stopping: CancellationToken::new(),
            keeps_input: AtomicBool::new(false),
            limit: Mutex::new(None),
            reviewer: Mutex::new(None),
            beside: Mutex::new(None),
        }
    }

    /// Ends the turn now; called twice, without grace for its children.
    pub(crate) fn interrupt(&self) {
        if self.cancel.is_cancelled() {
            self.hurry.cancel();
        }
        self.cancel.cancel();
    }

    /// Ends the turn now, and leaves what was said meanwhile for the next one.
    pub(crate) fn interrupt_for_input(&self) {
        self.keeps_input.store(true, Ordering::Release);
        self.interrupt();
    }

    /// Whether what was said meanwhile is left for the next turn.
    pub(crate) fn keeps_input(&self) -> bool {
        self.keeps_input.load(Ordering::Acquire)
    }

    /// From now on commands of the user may run beside the turn.
    pub(crate) fn take_commands(&self) {
        self.beside().get_or_insert_default();
    }

    /// Runs something beside the turn; false, and it does not begin, when the turn takes nothing any more.
    pub(crate) fn run_beside(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        match self.beside().as_mut() {
            Some(running) => {
                running.push(tokio::spawn(work));
                true
            }
            None => false,
        }
    }

    /// Takes nothing more beside the turn, and waits for what runs there.
    pub(crate) async fn end_commands(&self) {
        let running = self.beside().take().unwrap_or_default();
        for command in running {
            if command.await.is_err() {
                tracing::error!("a command of the user ended by panic");
            }
        }
    }

    fn beside(&self) -> MutexGuard<'_, Option<Vec<JoinHandle<()>>>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
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
