//! What was denied in a turn: which call, by what, under which rule.
//!
//! Filled by whoever says no, read once when the turn ends. Not a policy: nothing is decided from it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use codex_protocol::event::{Denial, Denials};

/// Denials that are kept with their words; later ones are only counted.
const KEPT: usize = 100;
/// Longest command or message kept of one denial, in bytes.
const LONGEST: usize = 500;

/// The denials of one turn.
#[derive(Debug, Default)]
pub(crate) struct DenialLog {
    denials: Mutex<Denials>,
}

impl DenialLog {
    fn lock(&self) -> MutexGuard<'_, Denials> {
        self.denials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one.
    pub(crate) fn add(&self, mut denial: Denial) {
        tracing::info!(call = %denial.call_id, by = denial.by.as_str(), rule = %denial.rule, "denied");
        for text in [&mut denial.command, &mut denial.message, &mut denial.rule] {
            shorten(text, LONGEST);
        }
        let mut denials = self.lock();
        denials.count += 1;
        if denials.first.len() < KEPT {
            denials.first.push(denial);
        }
    }

    /// All of them so far.
    pub(crate) fn all(&self) -> Denials {
        self.lock().clone()
    }
}

/// Cuts a text to at most `longest` bytes, on a character, and says that it was cut.
pub(crate) fn shorten(text: &mut String, longest: usize) {
    const MARK: &str = "…";
    if text.len() > longest {
        text.truncate(text.floor_char_boundary(longest - MARK.len()));
        text.push_str(MARK);
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::event::DeniedBy;
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn every_denial_is_counted_and_the_first_hundred_are_kept_short() {
        let log = DenialLog::default();
        for _ in 0..KEPT + 5 {
            log.add(Denial {
                call_id: "c".into(),
                command: "ä".repeat(LONGEST),
                by: DeniedBy::Policy,
                rule: "never".to_owned(),
                message: "no".to_owned(),
            });
        }
        let denials = log.all();
        assert_eq!((denials.count, denials.first.len()), (KEPT + 5, KEPT));
        assert!(denials.first[0].command.len() <= LONGEST && denials.first[0].command.ends_with('…'));
    }
}
