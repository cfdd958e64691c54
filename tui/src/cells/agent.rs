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
        marked(markdown::render(&self.source, width.saturating_sub(MARK).max(1), look), true, look)
    }

    fn plain(&self) -> String {
        sanitize(&self.source).into_owned()
    }
}

/// Puts the mark of a message before its first line, when these are its first ones, and blanks before the others; flat, a row
/// says whose message it is. So lines that [`markdown::Stream`] hands out over time become a message; the stream has to be two
/// columns narrower than the terminal.
pub fn marked(mut lines: Vec<Line<'static>>, is_first: bool, look: &Look) -> Vec<Line<'static>> {
    if look.flat {
        if is_first && !lines.is_empty() {
            lines.insert(0, Line::from("Codex:"));
        }
        return lines;
    }
    if look.raw {
        return lines;
    }
    for (at, line) in lines.iter_mut().enumerate() {
        if at == 0 && is_first {
            line.spans.insert(0, Span::styled("• ", look.style(Role::Bullet)));
        } else if !plain_text(line).is_empty() {
            line.spans.insert(0, Span::raw("  "));
        }
    }
    lines
}
