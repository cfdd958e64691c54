//! What a person decided, or what was decided in their place.

use ratatui::text::Line;

use super::Cell;
use super::frame::mark;
use crate::text::{Indent, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// A decision about a command, a patch or what else was asked.
#[derive(Clone, Debug)]
pub struct DecisionCell {
    yes: bool,
    words: String,
}

impl DecisionCell {
    /// Whether it was a yes, and a sentence that says to what.
    pub fn new(yes: bool, words: &str) -> Self {
        Self { yes, words: sanitize_line(words) }
    }
}

impl Cell for DecisionCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let (sign, word, role) = if self.yes { ("✔ ", "Approved: ", Role::Success) } else { ("✗ ", "Refused: ", Role::Failure) };
        let indent = Indent::hanging(mark(look, sign, word, look.style(role)));
        wrap(&Line::from(self.words.clone()), usize::from(width), &indent)
    }

    fn plain(&self) -> String {
        self.words.clone()
    }
}
