//! Decides when to let a fast stream gather for a moment before it is read again.
//!
//! Thousands of tiny packets cost a wake-up each. Where the transport hands over all that has come at once, waiting a
//! few milliseconds turns hundreds of them into one. Where it does not (each chunk on its own), waiting would only
//! slow the stream down. So it is tried now and then, and kept up as long as the pieces get larger by it.

use std::time::Duration;

/// Too short to see, long enough to save wake-ups.
pub(crate) const GATHER: Duration = Duration::from_millis(4);
/// Short answers are never held up.
const FIRST_TRIAL: u64 = 64;
/// After a trial that did not help, so many pieces pass before the next.
const BETWEEN_TRIALS: u64 = 1024;
/// Gathering helps when a piece is so many times the usual one.
const WORTH: u64 = 4;

/// The sizes seen so far, and whether gathering helps.
#[derive(Debug)]
pub(crate) struct Pace {
    pieces: u64,
    /// Mean size of pieces that were not gathered.
    usual: u64,
    next_trial: u64,
    gathering: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { pieces: 0, usual: 0, next_trial: FIRST_TRIAL, gathering: false }
    }
}

impl Pace {
    /// Whether to wait for [`GATHER`] before the next piece is asked for.
    pub(crate) fn gathers(&self) -> bool {
        self.gathering
    }

    /// Takes note of a piece.
    pub(crate) fn saw(&mut self, size: usize) {
        let size = size as u64;
        self.pieces += 1;
        if self.gathering {
            if size < self.usual.saturating_mul(WORTH) {
                self.gathering = false;
                self.next_trial = self.pieces + BETWEEN_TRIALS;
            }
            return;
        }
        self.usual = if self.usual == 0 { size } else { (self.usual * 7 + size) / 8 };
        self.gathering = self.pieces >= self.next_trial;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_answers_are_never_held_up() {
        let mut pace = Pace::default();
        for _ in 0..FIRST_TRIAL - 1 {
            pace.saw(200);
            assert!(!pace.gathers());
        }
    }

    #[test]
    fn gathering_goes_on_while_it_helps() {
        let mut pace = Pace::default();
        (0..FIRST_TRIAL).for_each(|_| pace.saw(200));
        for _ in 0..100 {
            assert!(pace.gathers());
            pace.saw(40_000);
        }
        pace.saw(200);
        assert!(!pace.gathers());
    }

    #[test]
    fn where_it_does_not_help_it_is_tried_rarely() {
        let mut pace = Pace::default();
        let held = (0..20_000).filter(|_| {
            pace.saw(200);
            pace.gathers()
        });
        assert!(held.count() <= 20);
    }
}
