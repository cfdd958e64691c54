//! Keys that come faster than anyone types, in terminals that do not mark pastes.
//!
//! Characters are never held back, so none can be lost. Held back is only an Enter among them, for a moment: if more text follows
//! it was pasted and begins a line; if none does it was pressed, unless the text had several lines already.

use std::time::{Duration, Instant};

/// At most so long after its predecessor does a character belong to a burst.
const GAP: Duration = Duration::from_millis(8);
/// How long an Enter is held, and after which silence a burst is over.
const PATIENCE: Duration = Duration::from_millis(30);
/// Characters from which on it is one.
const FEWEST: usize = 3;

/// What is known of the keys of late.
#[derive(Clone, Debug, Default)]
pub(super) struct Burst {
    last: Option<Instant>,
    count: usize,
    /// Where in the text it began.
    start: usize,
    lines: usize,
    held: Option<Instant>,
}

/// What an Enter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enter {
    /// Pressed by a person.
    Pressed,
    /// Not known yet: it is held.
    Held,
    /// The same, and the one that was held before it begins a line.
    HeldAfterAnother,
}

impl Burst {
    /// Notes a typed character at a place in the text, before it is inserted. Whether a held Enter goes before it as a line end.
    pub(super) fn typed(&mut self, at: usize, now: Instant) -> bool {
        let after_enter = self.held.take().is_some();
        let follows = after_enter || self.last.is_some_and(|last| now.saturating_duration_since(last) <= GAP);
        if follows {
            self.count += 1;
        } else {
            self.count = 1;
            self.start = at;
            self.lines = 0;
        }
        self.lines += usize::from(after_enter);
        self.last = Some(now);
        after_enter
    }

    /// Notes an Enter.
    pub(super) fn entered(&mut self, now: Instant) -> Enter {
        let follows = self.last.is_some_and(|last| now.saturating_duration_since(last) <= GAP);
        if !follows || self.count < FEWEST {
            *self = Self::default();
            return Enter::Pressed;
        }
        self.last = Some(now);
        if self.held.replace(now).is_some() {
            self.lines += 1;
            return Enter::HeldAfterAnother;
        }
        Enter::Held
    }

    /// Whether an Enter is held.
    pub(super) fn is_holding(&self) -> bool {
        self.held.is_some()
    }

    /// Whether characters come as a burst now, so that they are one step to undo.
    pub(super) fn is_on(&self) -> bool {
        self.count >= FEWEST
    }

    /// When it is over if nothing else comes.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.last.filter(|_| self.is_on()).map(|last| last + PATIENCE)
    }

    /// Ends it. Where it began and whether a held Enter was pressed by a person (`Some(true)`) or begins a line (`Some(false)`);
    /// `None` when there was none to end.
    pub(super) fn end(&mut self) -> Option<(usize, Option<bool>)> {
        let ended = self.is_on().then(|| (self.start, self.held.map(|_| self.lines == 0)));
        *self = Self::default();
        ended
    }
}
