//! When a frame is drawn: at once where a key asked for it, else no more often than [`FRAME`], and never while nothing changed.
//!
//! Pure: what the loop waits for and whether it draws, from what is there and the time.

use std::time::{Duration, Instant};

use super::clock;
use super::state::App;

/// Least time between two frames that no key asked for: 25 a second.
pub(super) const FRAME: Duration = Duration::from_millis(40);

impl App {
    /// When the loop has to go on though nothing came from outside; `None` while nothing moves and nothing waits.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        let frame = self.dirty.then(|| self.drawn + FRAME);
        [frame, self.next_move(), self.composer.next_deadline()].into_iter().flatten().min()
    }

    /// Whether a frame is to be drawn now; `urgent` when a person waits for it.
    pub(super) fn frame_is_due(&self, urgent: bool) -> bool {
        let now = clock::now();
        (self.dirty && (urgent || now >= self.drawn + FRAME)) || self.next_move().is_some_and(|at| now >= at)
    }

    /// Whether the loop listens to news now. While a frame waits for its time nothing more is heard: what comes meanwhile is heard
    /// together with the next, so that a piece of an answer costs no wake-up of its own.
    pub(super) fn listens(&self) -> bool {
        !self.dirty
    }

    /// When something that moves by itself looks otherwise.
    fn next_move(&self) -> Option<Instant> {
        if self.overlay.is_none() { self.chat.next_tick(self.animated, self.drawn) } else { None }
    }
}
