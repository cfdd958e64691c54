//! What is known of the rows above the live ones: the newest lines that were printed, and how many of their rows are certainly on the
//! screen still.
//!
//! Where overlays have no screen of their own they are drawn over these rows, and the lines are printed again when the overlay is
//! closed: so they stand on the screen again, and in the scrollback once. Which row of the screen the live ones begin in is never
//! known. It need not be: whatever it was at the start, rows that were printed leave the screen only where the rows below them have
//! no room left. After a change of size fewer rows are believed to be there rather than more.

use std::collections::VecDeque;

use ratatui::text::Line;
use unicode_width::UnicodeWidthChar;

use super::screen::{Habits, RowsKept, Size};

/// Lines that are kept; no terminal shows more.
const KEPT: usize = 400;

/// A printed line and the rows it takes.
#[derive(Clone, Debug)]
struct Kept {
    line: Line<'static>,
    rows: usize,
}

/// The rows above the live ones.
#[derive(Debug, Default)]
pub(super) struct Above {
    /// The newest is the last.
    lines: VecDeque<Kept>,
    /// Rows directly above the live ones that are ours and on the screen; never more than there are.
    rows: usize,
    /// Rows from the first live one to the lowest that was ever used; never fewer than there are.
    below: usize,
}

impl Above {
    /// A line was printed.
    pub(super) fn printed(&mut self, line: &Line<'_>, columns: u16) {
        let Some(rows) = rows_of(line, columns) else {
            // Nobody can tell how the terminal broke it: what stands above it is out of reach.
            self.below = self.below.saturating_sub(line.width() / usize::from(columns.max(1)));
            self.lines.clear();
            self.rows = 0;
            return;
        };
        self.below = self.below.saturating_sub(rows);
        self.rows += rows;
        if self.lines.len() >= KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(Kept { line: owned(line), rows });
    }

    /// So many live rows were drawn below what was printed.
    pub(super) fn drawn(&mut self, live: u16, size: Size) {
        self.below = self.below.max(usize::from(live));
        self.rows = self.rows.min(usize::from(size.rows).saturating_sub(self.below));
    }

    /// The terminal has another size. `live` is how many rows the live ones took before, and take now.
    pub(super) fn resized(&mut self, from: Size, to: Size, live: (usize, usize), habits: Habits) {
        let mut rows = self.rows;
        if habits.reflows && from.columns != to.columns {
            rows = self.counted_anew(to.columns);
        }
        if habits.rows == RowsKept::Unknown {
            (self.rows, self.below) = (0, usize::from(to.rows));
            return;
        }
        if habits.rows == RowsKept::Refilled {
            let unused = self.below.saturating_sub(live.0);
            let all = self.lines.iter().map(|kept| kept.rows).sum::<usize>();
            self.rows = all.min(usize::from(to.rows).saturating_sub(live.1 + unused));
            self.below = usize::from(to.rows).saturating_sub(self.rows).min(live.1 + unused);
            return;
        }
        let pushed = live.1.saturating_sub(live.0) + usize::from(from.rows.saturating_sub(to.rows));
        self.rows = rows.min(self.rows.saturating_sub(pushed));
        self.below = usize::from(to.rows).saturating_sub(self.rows);
    }

    /// The lines whose rows are all on the screen, and how many rows these are. They are not above the live rows any more.
    pub(super) fn take(&mut self) -> (Vec<Line<'static>>, usize) {
        let mut rows = 0;
        let fitting = self.lines.iter().rev().take_while(|kept| {
            rows += kept.rows;
            rows <= self.rows
        });
        let first = self.lines.len() - fitting.count();
        let taken: Vec<Kept> = self.lines.drain(first..).collect();
        let rows = taken.iter().map(|kept| kept.rows).sum();
        self.rows -= rows;
        self.below += rows;
        (taken.into_iter().map(|kept| kept.line).collect(), rows)
    }

    /// Counts the lines that are on the screen as the terminal breaks them at another width; returns their rows.
    fn counted_anew(&mut self, columns: u16) -> usize {
        let (mut before, mut now) = (0, 0);
        let mut known = 0;
        for kept in self.lines.iter_mut().rev() {
            let Some(rows) = rows_of(&kept.line, columns) else { break };
            before += kept.rows;
            kept.rows = rows;
            known += 1;
            if before <= self.rows {
                now += rows;
            }
        }
        self.lines.drain(..self.lines.len() - known);
        now
    }
}

/// Rows that a terminal breaks a line into; `None` where that depends on how wide the terminal takes its characters to be.
fn rows_of(line: &Line<'_>, columns: u16) -> Option<usize> {
    let (width, columns) = (line.width(), usize::from(columns.max(1)));
    if width <= columns {
        return Some(1);
    }
    let is_plain = |c: char| c == '\t' || c.width() == Some(1);
    line.spans.iter().all(|span| span.content.chars().all(is_plain)).then(|| width.div_ceil(columns))
}

fn owned(line: &Line<'_>) -> Line<'static> {
    let spans = line.spans.iter().map(|span| ratatui::text::Span::styled(span.content.to_string(), span.style)).collect();
    Line { spans, style: line.style, alignment: line.alignment }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(above: &mut Above, lines: usize, columns: u16) {
        for n in 0..lines {
            above.printed(&Line::from(format!("line {n}")), columns);
        }
    }

    #[test]
    fn rows_leave_only_where_those_below_have_no_room() {
        let size = Size::new(40, 12);
        let mut above = Above::default();
        above.drawn(3, size);
        print(&mut above, 5, 40);
        above.drawn(3, size);
        assert_eq!(above.rows, 5);
        print(&mut above, 10, 40);
        above.drawn(5, size);
        assert_eq!(above.rows, 7);
        // The live rows are fewer now, and nothing comes back for that.
        above.drawn(2, size);
        assert_eq!((above.rows, above.below), (7, 5));
        print(&mut above, 1, 40);
        above.drawn(2, size);
        assert_eq!(above.rows, 8);
    }

    #[test]
    fn a_line_that_is_half_on_the_screen_stays_where_it_is() {
        let size = Size::new(10, 6);
        let mut above = Above::default();
        above.printed(&Line::from("x".repeat(35)), 10);
        print(&mut above, 2, 10);
        above.drawn(2, size);
        let (lines, rows) = above.take();
        assert_eq!((lines.len(), rows, above.rows), (2, 2, 2));
    }

    #[test]
    fn nothing_is_known_above_a_line_that_terminals_break_in_several_ways() {
        let mut above = Above::default();
        print(&mut above, 2, 10);
        above.printed(&Line::from("日本語日本語日本語"), 10);
        print(&mut above, 1, 10);
        above.drawn(1, Size::new(10, 20));
        assert_eq!(above.take().1, 1);
    }

    #[test]
    fn after_a_change_of_size_fewer_rows_are_known_rather_than_more() {
        let size = Size::new(40, 12);
        let mut above = Above::default();
        print(&mut above, 20, 40);
        above.drawn(4, size);
        assert_eq!(above.rows, 8);
        let habits = Habits { reflows: true, rows: RowsKept::AsFarAsFit };
        above.resized(size, Size::new(40, 10), (4, 4), habits);
        assert_eq!((above.rows, above.below), (6, 4));
        above.resized(Size::new(40, 10), Size::new(4, 10), (4, 6), habits);
        // Each line takes two rows now, and the live ones two more.
        assert_eq!((above.rows, above.below), (4, 6));
        assert_eq!(above.take().1, 4);
    }

    #[test]
    fn where_rows_come_back_the_screen_is_full_again() {
        let size = Size::new(40, 12);
        let mut above = Above::default();
        print(&mut above, 20, 40);
        above.drawn(4, size);
        let habits = Habits { reflows: true, rows: RowsKept::Refilled };
        above.resized(size, Size::new(40, 8), (4, 4), habits);
        assert_eq!((above.rows, above.below), (4, 4));
        above.resized(Size::new(40, 8), Size::new(40, 16), (4, 4), habits);
        assert_eq!((above.rows, above.below), (12, 4));
        above.resized(Size::new(40, 16), Size::new(40, 40), (4, 4), habits);
        assert_eq!((above.rows, above.below), (20, 4));
    }
}
