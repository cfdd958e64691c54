//! The inline part: the few live rows below the printed history, on the main screen.
//!
//! Everything is relative to the cursor, which stays inside the live rows between updates. Lines of history are printed from
//! the first live row on, over the live rows, and these follow below: where there is no room the terminal scrolls by itself,
//! and what scrolls off is in its scrollback. Nothing above the first live row is touched again, but by an overlay where it has no
//! screen of its own: the rows it is drawn over are printed again after it, see [`above`](super::above).
//!
//! After a change of width a terminal may have broken rows anew. The rows between the first live one and the cursor are then
//! counted as it breaks them, so that clearing begins at the first live row and not above it.

use std::io::{self, Write};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::above::Above;
use super::paint::{Paint, extent, has_wide};
use super::screen::{Habits, Size};

/// The live rows.
#[derive(Debug)]
pub struct Inline {
    /// What they show; no rows before the first update.
    shown: Buffer,
    /// Where the cursor is, from the first column of the first live row.
    cursor: Position,
    /// Whether the cursor is seen there.
    seen: bool,
    size: Size,
    /// Columns when `shown` was painted, if they changed since.
    was: Option<u16>,
    habits: Habits,
    /// The rows above, where overlays are drawn over them.
    above: Option<Above>,
    /// Lines that an overlay is drawn over, while it is.
    covered: Option<Vec<Line<'static>>>,
    /// Of what is on the screen from the first live row on nothing is left.
    stale: bool,
    #[cfg(test)]
    covered_rows: usize,
}

impl Inline {
    /// No live rows yet: they begin where the cursor is. `covers` says whether overlays are drawn over what was printed.
    pub fn new(size: Size, habits: Habits, covers: bool) -> Self {
        let shown = Buffer::empty(Rect::new(0, 0, size.columns, 0));
        let above = covers.then(Above::default);
        Self {
            shown,
            cursor: Position::ORIGIN,
            seen: true,
            size,
            was: None,
            habits,
            above,
            covered: None,
            stale: false,
            #[cfg(test)]
            covered_rows: 0,
        }
    }

    /// The terminal has another size now.
    pub fn resized(&mut self, size: Size) {
        let live = |columns: u16| (0..self.shown.area.height).map(|row| self.rows_of(row, columns)).sum();
        let live = (live(self.size.columns), live(size.columns));
        if let Some(above) = &mut self.above {
            above.resized(self.size, size, live, self.habits);
        }
        self.was.get_or_insert(self.size.columns);
        self.size = size;
    }

    /// Prints lines above the live rows and shows `view` as those, with the cursor at `caret`.
    pub fn update(&mut self, out: &mut impl Write, history: &[Line<'static>], view: Buffer, caret: Option<Position>) -> io::Result<()> {
        match self.uncovered() {
            lines if lines.is_empty() => self.show(out, history, view, caret),
            mut lines => {
                // They were laid out for another width, perhaps: what fills a row with its background is no text.
                lines.iter_mut().for_each(|line| cut_blanks(line, usize::from(self.size.columns)));
                lines.extend_from_slice(history);
                self.show(out, &lines, view, caret)
            }
        }
    }

    /// Shows an overlay, also over those rows above the live ones that can be printed again.
    pub fn cover(&mut self, out: &mut impl Write, view: Buffer, caret: Option<Position>) -> io::Result<()> {
        if let (None, Some(above)) = (&self.covered, &mut self.above) {
            let (lines, rows) = above.take();
            #[cfg(test)]
            {
                self.covered_rows = rows;
            }
            let rows = self.rows_above_cursor() + u16::try_from(rows).unwrap_or(u16::MAX);
            (self.cursor, self.was, self.stale, self.covered) = (Position::new(0, rows), None, true, Some(lines));
        }
        self.show(out, &[], view, caret)
    }

    /// Takes the lines that an overlay is drawn over; they have to be printed again.
    pub fn uncovered(&mut self) -> Vec<Line<'static>> {
        self.covered.take().unwrap_or_default()
    }

    fn show(&mut self, out: &mut impl Write, history: &[Line<'_>], view: Buffer, caret: Option<Position>) -> io::Result<()> {
        let mut paint = Paint::new();
        let resized = std::mem::take(&mut self.stale) || self.was.is_some() || view.area.width != self.shown.area.width;
        if !history.is_empty() || resized {
            self.go_to_top(&mut paint, resized);
            self.print(&mut paint, history);
            self.repaint(&mut paint, history.len(), &view, resized);
        } else {
            self.patch(&mut paint, &view);
        }
        let rest = Position::new(0, view.area.height.saturating_sub(1));
        let target = caret.unwrap_or(rest);
        if !paint.is_empty() || target != self.cursor || caret.is_some() != self.seen {
            self.go(&mut paint, target);
            out.write_all(&paint.finish(caret.is_some()))?;
            out.flush()?;
        }
        self.seen = caret.is_some();
        self.shown = view;
        if let Some(above) = &mut self.above {
            history.iter().for_each(|line| above.printed(line, self.size.columns));
            above.drawn(self.shown.area.height, self.size);
        }
        Ok(())
    }

    /// Takes the live rows away and leaves the cursor below the history.
    pub fn clear(&mut self, out: &mut impl Write) -> io::Result<()> {
        let mut paint = Paint::new();
        let resized = self.was.is_some();
        self.go_to_top(&mut paint, resized);
        paint.erase_below();
        out.write_all(&paint.finish(true))?;
        out.flush()?;
        self.forget();
        Ok(())
    }

    /// The live rows are gone, and the cursor is where they are to begin: somebody else wrote to the terminal.
    pub fn forget(&mut self) {
        self.shown = Buffer::empty(Rect::new(0, 0, self.size.columns, 0));
        self.cursor = Position::ORIGIN;
        self.seen = true;
        self.was = None;
    }

    pub(super) fn habits(&self) -> Habits {
        self.habits
    }

    /// The live rows, and the cursor in them.
    #[cfg(test)]
    pub(super) fn shown(&self) -> (&Buffer, Position) {
        (&self.shown, self.cursor)
    }

    /// The lines that an overlay is drawn over.
    #[cfg(test)]
    pub(super) fn covered(&self) -> Option<&[Line<'static>]> {
        self.covered.as_deref()
    }

    /// Rows that these took.
    #[cfg(test)]
    pub(super) fn covered_rows(&self) -> usize {
        self.covered_rows
    }

    fn go_to_top(&mut self, paint: &mut Paint, resized: bool) {
        let rows = self.rows_above_cursor();
        self.was = None;
        paint.up(rows);
        paint.first_column();
        self.cursor = Position::ORIGIN;
        if resized {
            paint.erase_below();
        }
    }

    /// How many rows of the terminal, at its present width, are between the first live row and the cursor.
    fn rows_above_cursor(&self) -> u16 {
        let columns = self.size.columns;
        match self.was {
            Some(was) if self.habits.reflows && columns < was => {
                let above = (0..self.cursor.y.min(self.shown.area.height)).map(|row| self.rows_of(row, columns));
                above.sum::<usize>().try_into().unwrap_or(u16::MAX).saturating_add(self.cursor.x / columns.max(1))
            }
            _ => self.cursor.y,
        }
    }

    /// Rows that the terminal makes of a live one at a width.
    fn rows_of(&self, row: u16, columns: u16) -> usize {
        if self.habits.reflows { usize::from(extent(&self.shown, row).div_ceil(columns.max(1)).max(1)) } else { 1 }
    }

    fn print(&self, paint: &mut Paint, history: &[Line<'_>]) {
        let columns = usize::from(self.size.columns.max(1));
        let mut cleared = self.shown.area.height == 0;
        for line in history {
            let width = line.width();
            if width > columns && !cleared {
                // The terminal breaks this line itself, across rows that hold something else still.
                paint.erase_below();
                cleared = true;
            }
            paint.line(line);
            if width == 0 || width % columns != 0 {
                paint.erase_row();
            }
            paint.next_row();
        }
    }

    fn repaint(&mut self, paint: &mut Paint, printed: usize, view: &Buffer, cleared: bool) {
        let height = view.area.height;
        let left_over = !cleared && usize::from(self.shown.area.height) > printed + usize::from(height);
        for row in 0..height {
            if row > 0 {
                paint.next_row();
            }
            if left_over && row + 1 == height {
                paint.erase_below();
            }
            let end = extent(view, row);
            paint.cells(view, row, 0, end);
            if end < view.area.width && !cleared {
                paint.erase_row();
            }
        }
        if height == 0 && left_over {
            paint.erase_below();
        }
        self.cursor = Position::new(u16::MAX, height.saturating_sub(1));
    }

    /// Writes what differs from what is shown.
    fn patch(&mut self, paint: &mut Paint, view: &Buffer) {
        let (before, height) = (self.shown.area.height, view.area.height);
        for row in 0..before.min(height) {
            self.patch_row(paint, view, row);
        }
        for row in before..height {
            if row > 0 {
                self.go_to_row(paint, row - 1);
                paint.next_row();
            }
            let end = extent(view, row);
            paint.cells(view, row, 0, end);
            if end < view.area.width {
                paint.erase_row();
            }
            self.cursor = Position::new(u16::MAX, row);
        }
        if height < before {
            self.go_to_row(paint, height);
            paint.erase_below();
            self.cursor = Position::new(0, height);
        }
    }

    fn patch_row(&mut self, paint: &mut Paint, view: &Buffer, row: u16) {
        let width = view.area.width;
        let differs = |column: &u16| view[(*column, row)] != self.shown[(*column, row)];
        let Some(mut first) = (0..width).find(differs) else { return };
        let mut last = (0..width).rev().find(differs).unwrap_or(first);
        let (was, end) = (extent(&self.shown, row), extent(view, row));
        if has_wide(view, row) || has_wide(&self.shown, row) {
            // Half a character overwritten takes its other half with it.
            (first, last) = (0, width - 1);
        }
        let stop = (last + 1).min(end);
        self.go_to_row(paint, row);
        if first < stop {
            paint.column(first);
            paint.cells(view, row, first, stop);
        }
        if was > end && last >= end {
            paint.column(end);
            paint.erase_row();
        }
        self.cursor = Position::new(u16::MAX, row);
    }

    fn go_to_row(&mut self, paint: &mut Paint, row: u16) {
        if row < self.cursor.y {
            paint.up(self.cursor.y - row);
        } else {
            paint.down(row - self.cursor.y);
        }
        self.cursor.y = row;
    }

    fn go(&mut self, paint: &mut Paint, target: Position) {
        self.go_to_row(paint, target.y);
        paint.column(target.x);
        self.cursor = target;
    }
}

/// Takes blanks from the end of a line, down to a width.
fn cut_blanks(line: &mut Line<'_>, columns: usize) {
    let mut over = line.width().saturating_sub(columns);
    while let Some(last) = line.spans.last_mut().filter(|_| over > 0) {
        let kept = last.content.trim_end_matches(' ').len();
        let kept = kept.max(last.content.len().saturating_sub(over));
        over -= last.content.len() - kept;
        last.content.to_mut().truncate(kept);
        if kept > 0 {
            break;
        }
        line.spans.pop();
    }
}

#[cfg(test)]
mod tests;
