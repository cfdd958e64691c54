//! The time at which a key was pressed or a question appeared: what tells a paste from typing, and keys typed ahead from an
//! answer. Tests have a clock of their own, which only they move.

/// Now.
#[cfg(not(test))]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
pub(crate) use by_hand::{advance, now};

#[cfg(test)]
mod by_hand {
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    thread_local! {
        static NOW: Cell<Instant> = Cell::new(Instant::now());
    }

    pub(crate) fn now() -> Instant {
        NOW.get()
    }

    /// Lets time pass, for this thread alone.
    pub(crate) fn advance(time: Duration) {
        NOW.set(NOW.get() + time);
    }
}
