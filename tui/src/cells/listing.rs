//! Answers to commands of the user's: the command itself, lists under a title, tips.

use ratatui::text::{Line, Span};

use super::Cell;
use super::frame::mark;
use crate::text::{Indent, sanitize, sanitize_line, width, wrap};
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

/// Columns that the last part of a row in columns has at least.
const NARROWEST: usize = 24;

/// A row of a list.
#[derive(Clone, Debug)]
pub enum ListingRow {
    /// A line; one that begins with blanks keeps them when it wraps.
    Line(String),
    /// Three parts, in columns where there is room for them.
    Columns([String; 3]),
}

/// A title and rows below it.
#[derive(Clone, Debug)]
pub struct ListingCell {
    title: String,
    rows: Vec<ListingRow>,
}

impl ListingCell {
    /// A list.
    pub fn new(title: impl Into<String>, rows: Vec<ListingRow>) -> Self {
        Self { title: title.into(), rows }
    }

    /// A list of plain rows.
    pub fn plain_rows(title: impl Into<String>, rows: impl IntoIterator<Item = String>) -> Self {
        Self::new(title, rows.into_iter().map(ListingRow::Line).collect())
    }

    /// Columns of the first two parts of rows in columns.
    fn sizes(&self) -> [usize; 2] {
        let parts = self.rows.iter().filter_map(|row| match row {
            ListingRow::Columns([first, second, _]) => Some([width(first), width(second)]),
            ListingRow::Line(_) => None,
        });
        parts.fold([0, 0], |most, sizes| [most[0].max(sizes[0]), most[1].max(sizes[1])])
    }
}

fn in_columns(parts: &[String; 3], sizes: [usize; 2], columns: usize, look: &Look) -> Vec<Line<'static>> {
    let [first, second, third] = parts.each_ref().map(|part| sanitize_line(part));
    if look.flat {
        return wrap(&Line::from(format!("{first}, {second}: {third}")), columns, &Indent::default());
    }
    let before = sizes[0] + sizes[1] + 4;
    if before + NARROWEST <= columns {
        let padded = |text: String, size: usize| format!("{text}{}", " ".repeat(size + 2 - width(&text).min(size)));
        let head = format!("{}{}", padded(first, sizes[0]), padded(second, sizes[1]));
        return wrap(&Line::from(third), columns, &Indent::hanging(Line::from(head)));
    }
    let mut lines = wrap(&Line::from(format!("{first}  {second}")), columns, &Indent { first: Line::default(), rest: Line::from("    ") });
    lines.extend(wrap(&Line::from(third), columns, &Indent::blanks(4)));
    lines
}

impl Cell for ListingCell {
    fn lines(&self, columns: u16, look: &Look) -> Vec<Line<'static>> {
        let columns = usize::from(columns);
        let mut lines = Vec::new();
        if !self.title.is_empty() {
            lines.extend(wrap(&Line::from(Span::styled(sanitize_line(&self.title), look.style(Role::Title))), columns, &Indent::default()));
            if !look.flat {
                lines.push(Line::default());
            }
        }
        let sizes = self.sizes();
        for row in &self.rows {
            match row {
                ListingRow::Columns(parts) => lines.extend(in_columns(parts, sizes, columns, look)),
                ListingRow::Line(text) => {
                    let text = sanitize_line(text);
                    let depth = text.len() - text.trim_start().len();
                    let rest = Line::from(" ".repeat((depth + 2).min(columns / 2)));
                    lines.extend(wrap(&Line::from(text), columns, &Indent { first: Line::default(), rest }));
                }
            }
        }
        lines
    }

    fn plain(&self) -> String {
        let row = |row: &ListingRow| match row {
            ListingRow::Line(text) => sanitize_line(text),
            ListingRow::Columns(parts) => parts.each_ref().map(|part| sanitize_line(part)).join("  "),
        };
        std::iter::once(sanitize_line(&self.title)).chain(self.rows.iter().map(row)).collect::<Vec<_>>().join("\n").trim().to_owned()
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
