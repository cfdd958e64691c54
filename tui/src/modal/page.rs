//! The lines of a question, with where its choices, its text and what has to be read whole stand among them.
//!
//! Where there is too little room blank lines go first, then lines in the middle: the beginning of what is asked about, the selected
//! choice and what is behind it stay in sight. The cursor stands behind text that is written; for screen readers, which follow it, at the selected
//! choice where nothing is written. Flat, there are no blank lines.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::Choices;
use super::line::LineEdit;
use crate::text::{Indent, wrap};
use crate::theme::Look;

/// Lines of a question.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    columns: u16,
    look: &'a Look,
    lines: Vec<Line<'static>>,
    /// Line and column behind what is written.
    caret: Option<(usize, u16)>,
    /// The first line of the selected choice.
    selected: Option<usize>,
    /// The first line of what is asked about.
    subject: usize,
}

impl<'a> Page<'a> {
    pub(crate) fn new(columns: u16, look: &'a Look) -> Self {
        Self { columns, look, lines: Vec::new(), caret: None, selected: None, subject: 0 }
    }

    pub(crate) fn look(&self) -> &'a Look {
        self.look
    }

    pub(crate) fn columns(&self) -> u16 {
        self.columns
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(crate) fn blank(&mut self) {
        if !self.look.flat {
            self.lines.push(Line::default());
        }
    }

    /// A line, wrapped.
    pub(crate) fn wrapped(&mut self, line: &Line<'_>, indent: &Indent) {
        self.lines.extend(wrap(line, usize::from(self.columns), indent));
    }

    /// A line behind a margin, wrapped.
    pub(crate) fn words(&mut self, line: &Line<'_>) {
        self.wrapped(line, &Indent::blanks(self.margin()));
    }

    /// Columns before what is no choice.
    pub(crate) fn margin(&self) -> usize {
        if self.look.flat { 0 } else { 2 }
    }

    /// Lines that are laid out already; returns where they stand.
    pub(crate) fn extend(&mut self, lines: impl IntoIterator<Item = Line<'static>>) -> Range<usize> {
        let from = self.lines.len();
        self.lines.extend(lines);
        from..self.lines.len()
    }

    /// Choices, so many columns further in.
    pub(crate) fn choices(&mut self, choices: &Choices, inset: u16) {
        let inset = if self.look.flat { 0 } else { inset };
        for (at, mut rows) in choices.rows(self.columns.saturating_sub(inset), self.look).into_iter().enumerate() {
            if at == choices.selected() {
                self.selected = Some(self.lines.len());
            }
            if inset > 0 {
                rows.iter_mut().for_each(|row| row.spans.insert(0, Span::raw(" ".repeat(usize::from(inset)))));
            }
            self.lines.extend(rows);
        }
    }

    /// A line of text that is written, named by `label`, which stands where nothing is written yet.
    pub(super) fn edit(&mut self, line: &LineEdit, label: &str) {
        let (line, column) = line.line(label, self.columns, self.look);
        self.caret = Some((self.lines.len(), column));
        self.lines.push(line);
    }

    /// Text that is written stands in the line before, with so many columns before its end.
    pub(crate) fn caret(&mut self, column: u16) {
        self.caret = Some((self.lines.len().saturating_sub(1), column));
    }

    /// What is asked about begins here: where there is too little room, what stands before it goes first.
    pub(crate) fn begin_subject(&mut self) {
        self.subject = self.lines.len();
    }

    /// Which lines are shown in so many rows.
    pub(crate) fn visible(&self, rows: u16) -> Vec<usize> {
        let rows = usize::from(rows);
        let anchor = self.caret.map(|(line, _)| line).or(self.selected);
        let mut shown: Vec<usize> = (0..self.lines.len()).collect();
        if shown.len() > rows {
            shown.retain(|at| self.lines[*at].width() > 0);
        }
        let over = shown.len().saturating_sub(rows);
        let before = shown.iter().filter(|at| **at < self.subject).count();
        shown.drain(..over.min(before));
        if shown.len() <= rows {
            return shown;
        }
        let head = rows / 2;
        let anchor = anchor.and_then(|anchor| shown.iter().position(|at| *at == anchor)).unwrap_or(shown.len());
        let from = (shown.len() - rows + head).min(anchor).max(head);
        shown.drain(head..from);
        shown.truncate(rows);
        shown
    }

    /// Rows it takes of at most `most`.
    pub(crate) fn height(&self, most: u16) -> u16 {
        u16::try_from(self.lines.len()).unwrap_or(most).min(most)
    }

    /// Draws what fits; returns where the cursor stands.
    pub(crate) fn draw(&self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let mut place = None;
        let wanted = self.caret.or(self.selected.filter(|_| self.look.flat).map(|line| (line, 0)));
        for (y, at) in (area.y..area.bottom()).zip(self.visible(area.height)) {
            buffer.set_line(area.x, y, &self.lines[at], area.width);
            if let Some((_, column)) = wanted.filter(|(line, _)| *line == at) {
                place = Some(Position::new((area.x + column).min(area.right().saturating_sub(1)), y));
            }
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modal::Choice;

    fn page(look: &Look) -> Page<'_> {
        let mut page = Page::new(20, look);
        for text in ["one", "", "two", "three", ""] {
            page.extend([Line::from(text)]);
        }
        page.choices(&Choices::new(vec![Choice::plain("yes", ""), Choice::plain("no", "")]).select(1), 0);
        page.extend([Line::default(), Line::from("hint")]);
        page
    }

    #[test]
    fn blank_lines_go_before_others_and_the_selected_choice_stays() {
        let look = Look::default();
        let page = page(&look);
        let shown = |rows: u16| {
            let text = |at: &usize| crate::text::plain_text(&page.lines[*at]);
            page.visible(rows).iter().map(text).collect::<Vec<_>>().join("|")
        };
        assert_eq!(shown(9), "one||two|three||  1. yes|› 2. no||hint");
        assert_eq!(shown(6), "one|two|three|  1. yes|› 2. no|hint");
        assert_eq!(shown(4), "one|two|› 2. no|hint");
        assert_eq!(shown(2), "one|› 2. no");
        assert_eq!(shown(1), "› 2. no");
    }

    #[test]
    fn the_cursor_is_at_the_selected_choice_only_where_it_is_followed() {
        for (flat, expected) in [(false, None), (true, Some(Position::new(0, 6)))] {
            let look = Look { flat, ..Look::default() };
            let area = Rect::new(0, 0, 20, 9);
            assert_eq!(page(&look).draw(area, &mut Buffer::empty(area)), expected, "{flat}");
        }
    }
}
