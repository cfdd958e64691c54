//! A message of the model.

use ratatui::text::{Line, Span};

use super::Cell;
use crate::markdown;
use crate::text::{plain_text, sanitize};
use crate::theme::{Look, Role};

/// Columns of the mark before a message.
const MARK: u16 = 2;

/// A message of the model, as markdown.
#[derive(Clone, Debug)]
pub struct AgentCell {
    source: String,
}

impl AgentCell {
    /// A whole message.
    pub fn new(source: impl Into<String>) -> Self {
        Self { source: source.into() }
    }
}

impl Cell for AgentCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let width = if look.flat { width } else { width.saturating_sub(MARK).max(1) };
        marked(markdown::render(&self.source, width, look), true, look)
    }

    fn plain(&self) -> String {
        sanitize(&self.source).into_owned()
    }
}

/// Puts the mark of a message before its first line, when these are its first ones, and blanks before the others. Lines that
/// [`markdown::Stream`] hands out over time become a message that way; it has to be [`MARK`] columns narrower than the terminal.
pub fn marked(mut lines: Vec<Line<'static>>, is_first: bool, look: &Look) -> Vec<Line<'static>> {
    for (at, line) in lines.iter_mut().enumerate() {
        let first = at == 0 && is_first;
        match (first, look.flat) {
            (true, true) => line.spans.insert(0, Span::raw("Codex: ")),
            (true, false) => line.spans.insert(0, Span::styled("• ", look.style(Role::Bullet))),
            (false, false) if !plain_text(line).is_empty() => line.spans.insert(0, Span::raw("  ")),
            (false, _) => {}
        }
    }
    lines
}
