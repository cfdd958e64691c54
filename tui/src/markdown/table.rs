//! Tables: columns aligned by what is shown, cells wrapped; too narrow for that, one record a row.

use pulldown_cmark::Alignment;
use ratatui::text::{Line, Span};

use crate::text::{Indent, line_width, plain_text, width, wrap};
use crate::theme::{Look, Role};

/// Columns between two columns.
const GAP: usize = 2;
/// A column is not made narrower than its longest word, or than this when the word is longer.
const LEAST: usize = 12;

/// A table as it was written.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) alignments: Vec<Alignment>,
    pub(super) head: Vec<Line<'static>>,
    pub(super) rows: Vec<Vec<Line<'static>>>,
}

impl Table {
    /// The table in at most `columns` columns.
    pub(super) fn lines(&self, columns: usize, look: &Look) -> Vec<Line<'static>> {
        if look.flat {
            return self.records(columns, look);
        }
        match self.widths(columns) {
            Some(widths) => self.grid(&widths, look),
            None => self.records(columns, look),
        }
    }

    fn widths(&self, columns: usize) -> Option<Vec<usize>> {
        let count = self.head.len();
        let cells = |at: usize| std::iter::once(&self.head).chain(&self.rows).filter_map(move |row| row.get(at));
        let mut widths: Vec<usize> = (0..count).map(|at| cells(at).map(line_width).max().unwrap_or(0).max(1)).collect();
        let longest_word = |cell: &Line<'_>| plain_text(cell).split(' ').map(width).max().unwrap_or(0);
        let least: Vec<usize> = (0..count).map(|at| cells(at).map(longest_word).max().unwrap_or(0).clamp(1, LEAST)).collect();
        let room = columns.checked_sub(GAP * count.saturating_sub(1))?;
        if least.iter().sum::<usize>() > room {
            return None;
        }
        let mut over = widths.iter().sum::<usize>().saturating_sub(room);
        while over > 0 {
            let widest = (0..count).filter(|at| widths[*at] > least[*at]).max_by_key(|at| widths[*at])?;
            // Down to the next narrower column at once; cells can be very long.
            let next = (0..count).map(|at| widths[at]).filter(|other| *other < widths[widest]).max().unwrap_or(0);
            let step = (widths[widest] - next.max(least[widest])).clamp(1, over);
            widths[widest] -= step;
            over -= step;
        }
        Some(widths)
    }

    fn grid(&self, widths: &[usize], look: &Look) -> Vec<Line<'static>> {
        let bold = look.style(Role::Strong);
        let head: Vec<Line<'static>> = self.head.iter().map(|cell| cell.clone().patch_style(bold)).map(flatten).collect();
        let mut lines = self.grid_row(&head, widths);
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        lines.push(Line::from(Span::styled(rule.join("  "), look.style(Role::Dim))));
        for row in &self.rows {
            lines.extend(self.grid_row(row, widths));
        }
        lines
    }

    fn grid_row(&self, row: &[Line<'static>], widths: &[usize]) -> Vec<Line<'static>> {
        let empty = Line::default();
        let cells: Vec<Vec<Line<'static>>> =
            widths.iter().enumerate().map(|(at, width)| wrap(row.get(at).unwrap_or(&empty), *width, &Indent::default())).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        (0..height)
            .map(|n| {
                let mut spans: Vec<Span<'static>> = Vec::new();
                let mut owed = 0;
                for (at, width) in widths.iter().enumerate() {
                    let cell = cells[at].get(n).cloned().unwrap_or_default();
                    let free = width.saturating_sub(line_width(&cell));
                    let before = match self.alignments.get(at) {
                        Some(Alignment::Right) => free,
                        Some(Alignment::Center) => free / 2,
                        _ => 0,
                    };
                    if !cell.spans.is_empty() {
                        spans.push(Span::raw(" ".repeat(owed + before)));
                        spans.extend(cell.spans);
                        owed = free - before + GAP;
                    } else {
                        owed += width + GAP;
                    }
                }
                spans.retain(|span| !span.content.is_empty());
                Line::from(spans)
            })
            .collect()
    }

    fn records(&self, columns: usize, look: &Look) -> Vec<Line<'static>> {
        let bold = look.style(Role::Strong);
        let indent = Indent { first: Line::default(), rest: Line::from("  ") };
        let mut lines = Vec::new();
        for row in &self.rows {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            for (head, cell) in self.head.iter().zip(row) {
                let mut record = Line::from(Span::styled(format!("{}: ", plain_text(head)), bold));
                record.spans.extend(cell.spans.clone());
                lines.extend(wrap(&record, columns, &indent));
            }
        }
        if self.rows.is_empty() {
            lines.extend(self.head.iter().flat_map(|head| wrap(head, columns, &indent)));
        }
        lines
    }
}

/// Moves the style of a line into its spans, where wrapping keeps it.
fn flatten(line: Line<'static>) -> Line<'static> {
    let style = line.style;
    Line::from(line.spans.into_iter().map(|span| Span::styled(span.content, style.patch(span.style))).collect::<Vec<_>>())
}
