//! How many commands of a turn were started, and whether the machine is why none was.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The commands of one turn.
#[derive(Debug, Default)]
pub(crate) struct CommandCount {
    ran: AtomicBool,
    refused: Mutex<Option<String>>,
}

impl CommandCount {
    /// One ran.
    pub(crate) fn ran(&self) {
        self.ran.store(true, Ordering::Relaxed);
    }

    /// One did not, because the machine cannot put its sandbox around it.
    pub(crate) fn refused_by_machine(&self, why: &str) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| why.to_owned());
    }

    /// Why no command could run at all; `None` when one did, or none was asked for (A19).
    pub(crate) fn none_could_run(&self) -> Option<String> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        refused.filter(|_| !self.ran.load(Ordering::Relaxed))
    }
}
