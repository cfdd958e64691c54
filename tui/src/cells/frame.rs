//! What cells are built of: marks with a hanging indent, trees under them, boxes, folding of long output.

use std::time::Duration;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::text::{Indent, line_width, sanitize, truncate_line, width, wrap};
use crate::theme::{Look, Role};

/// Wraps `text`, which may have several lines, behind a mark; all other rows are indented as wide as the mark is.
pub(super) fn hanging(mark: Span<'static>, text: &str, style: Style, columns: u16) -> Vec<Line<'static>> {
    let columns = usize::from(columns);
    // A word in the place of a mark is no column to hang below.
    let rest = if width(&mark.content) > 2 { Line::default() } else { Line::from(" ".repeat(width(&mark.content))) };
    let mut indent = Indent { first: Line::from(mark), rest };
    let mut rows = Vec::new();
    for line in sanitize(text).lines() {
        rows.extend(wrap(&Line::from(Span::styled(line.to_owned(), style)), columns, &indent));
        indent.first = indent.rest.clone();
    }
    if rows.is_empty() {
        rows.push(indent.first);
    }
    rows
}

/// A mark, or the word that stands for it where nobody sees marks.
pub(super) fn mark(look: &Look, mark: &'static str, word: &'static str, style: Style) -> Span<'static> {
    if look.flat { Span::raw(word) } else { Span::styled(mark, style) }
}

/// Rows below a head: the first behind `└`, the others below it.
pub(super) struct Tree<'a> {
    look: &'a Look,
    columns: usize,
    pub(super) rows: Vec<Line<'static>>,
    begun: bool,
}

impl<'a> Tree<'a> {
    pub(super) fn below(rows: Vec<Line<'static>>, columns: u16, look: &'a Look) -> Self {
        Self { look, columns: usize::from(columns), rows, begun: false }
    }

    /// Adds one line, wrapped.
    pub(super) fn push(&mut self, line: &Line<'_>) {
        let indent = self.indent(0);
        self.rows.extend(wrap(line, self.columns, &indent));
    }

    /// Adds one line, wrapped, whose other rows stand `extra` columns further in.
    pub(super) fn push_hanging(&mut self, line: &Line<'_>, extra: usize) {
        let indent = self.indent(extra);
        self.rows.extend(wrap(line, self.columns, &indent));
    }

    /// Adds lines of output, dim; of very long ones only the first rows.
    pub(super) fn output(&mut self, line: &str) {
        const ROWS: usize = 4;
        let dim = self.look.style(Role::Dim);
        let most = self.columns.saturating_sub(4).max(1) * ROWS;
        let short = if width(line) > most { crate::text::truncate(line, most) } else { line.to_owned() };
        self.push(&Line::from(Span::styled(short, dim)));
    }

    fn indent(&mut self, extra: usize) -> Indent {
        if self.look.flat {
            return Indent::default();
        }
        let rest = Line::from(" ".repeat(4 + extra));
        let first = if std::mem::replace(&mut self.begun, true) {
            Line::from(" ".repeat(4))
        } else {
            Line::from(Span::styled("  └ ", self.look.style(Role::Dim)))
        };
        Indent { first, rest }
    }
}

/// Which lines of output are shown: `head` first ones, then a row for `hidden` others, then `tail` last ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fold {
    pub(super) head: usize,
    pub(super) hidden: usize,
    pub(super) tail: usize,
}

impl Fold {
    /// For `count` lines in `most` rows, the row that tells of the hidden ones included; 0 is no limit.
    pub(super) fn of(count: usize, most: usize) -> Self {
        if most == 0 || count <= most {
            return Self { head: count, hidden: 0, tail: 0 };
        }
        let head = most / 2;
        let tail = (most - 1) - head;
        Self { head, hidden: count - head - tail, tail }
    }

    /// The row that stands for the hidden lines.
    pub(super) fn row(self) -> String {
        format!("… +{} lines (ctrl + t to view)", self.hidden)
    }
}

/// Rows in a box that fits them and the terminal; rows that do not fit are cut. Flat, the rows alone.
pub fn boxed(rows: Vec<Line<'static>>, columns: u16, look: &Look) -> Vec<Line<'static>> {
    if look.flat {
        return rows.into_iter().filter(|row| line_width(row) > 0).collect();
    }
    let dim = look.style(Role::Dim);
    let most = usize::from(columns).saturating_sub(4);
    let rows: Vec<Line<'static>> = rows.into_iter().map(|row| truncate_line(row, most)).collect();
    let inner = rows.iter().map(line_width).max().unwrap_or_default();
    let edge = |left: &str, right: &str| Line::from(Span::styled(format!("{left}{}{right}", "─".repeat(inner + 2)), dim));
    let mut lines = vec![edge("╭", "╮")];
    for row in rows {
        let free = inner - line_width(&row);
        let mut spans = vec![Span::styled("│ ", dim)];
        spans.extend(row.spans);
        spans.push(Span::raw(" ".repeat(free)));
        spans.push(Span::styled(" │", dim));
        lines.push(Line::from(spans));
    }
    lines.push(edge("╰", "╯"));
    lines
}

/// How long something took: `12ms`, `3.4s`, `1m 05s`, `1h 02m 03s`.
pub fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{}ms", time.as_millis()),
        1..60 => format!("{:.1}s", time.as_secs_f64()),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m {:02}s", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn folding_keeps_both_ends() {
        for (count, most, fold) in [
            (5, 5, Fold { head: 5, hidden: 0, tail: 0 }),
            (40, 5, Fold { head: 2, hidden: 36, tail: 2 }),
            (6, 4, Fold { head: 2, hidden: 3, tail: 1 }),
            (9, 1, Fold { head: 0, hidden: 9, tail: 0 }),
            (1000, 0, Fold { head: 1000, hidden: 0, tail: 0 }),
        ] {
            assert_eq!(Fold::of(count, most), fold);
            assert_eq!(fold.head + fold.hidden + fold.tail, count);
        }
    }

    #[test]
    fn times_are_short() {
        for (millis, text) in [(0, "0ms"), (999, "999ms"), (1_000, "1.0s"), (3_449, "3.4s"), (65_000, "1m 05s"), (3_723_000, "1h 02m 03s")]
        {
            assert_eq!(elapsed(Duration::from_millis(millis)), text);
        }
    }
}
