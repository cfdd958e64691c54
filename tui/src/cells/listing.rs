//! Answers to commands of the user's: the command itself, lists under a title, tips.

use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::mark;
use crate::text::{Indent, plain_text, sanitize, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// A command of the user's, as it was typed.
#[derive(Clone, Debug)]
pub struct EchoCell {
    command: String,
}

impl EchoCell {
    /// Such as `/status`.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into() }
    }
}

impl Cell for EchoCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        wrap(&Line::from(Span::styled(self.plain(), look.style(Role::Mode))), usize::from(width), &Indent::default())
    }

    fn plain(&self) -> String {
        sanitize_line(&self.command)
    }
}

/// A title and rows below it; rows that begin with blanks keep them when they wrap.
#[derive(Clone, Debug)]
pub struct ListingCell {
    title: String,
    rows: Vec<Line<'static>>,
}

impl ListingCell {
    /// A list. The rows are made by the caller, who sanitised what is in them.
    pub fn new(title: impl Into<String>, rows: Vec<Line<'static>>) -> Self {
        Self { title: title.into(), rows }
    }

    /// A list of plain rows.
    pub fn plain_rows(title: impl Into<String>, rows: impl IntoIterator<Item = String>) -> Self {
        Self::new(title, rows.into_iter().map(|row| Line::from(sanitize_line(&row))).collect())
    }
}

impl Cell for ListingCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let columns = usize::from(width);
        let mut lines = Vec::new();
        if !self.title.is_empty() {
            lines.extend(wrap(&Line::from(Span::styled(sanitize_line(&self.title), look.style(Role::Title))), columns, &Indent::default()));
            if !look.flat {
                lines.push(Line::default());
            }
        }
        for row in &self.rows {
            let text = plain_text(row);
            let depth = text.len() - text.trim_start().len();
            let rest = Line::from(" ".repeat((depth + 2).min(columns / 2)));
            lines.extend(wrap(row, columns, &Indent { first: Line::default(), rest }));
        }
        lines
    }

    fn plain(&self) -> String {
        std::iter::once(sanitize_line(&self.title)).chain(self.rows.iter().map(plain_text)).collect::<Vec<_>>().join("\n").trim().to_owned()
    }
}

/// A tip.
#[derive(Clone, Debug)]
pub struct TipCell {
    text: String,
}

impl TipCell {
    /// A tip in one or two sentences.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

impl Cell for TipCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let line = Line::from(vec![mark(look, "Tip: ", "Tip: ", look.style(Role::Strong)), Span::raw(sanitize_line(&self.text))]);
        wrap(&line, usize::from(width), &if look.flat { Indent::default() } else { Indent::blanks(2) })
    }

    fn plain(&self) -> String {
        sanitize(&format!("Tip: {}", self.text)).into_owned()
    }
}
