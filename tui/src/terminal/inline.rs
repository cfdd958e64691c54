//! The inline part: the few live rows below the printed history, on the main screen.
//!
//! Everything is relative to the cursor, which stays inside the live rows between updates. Lines of history are printed from
//! the first live row on, over the live rows, and these follow below: where there is no room the terminal scrolls by itself,
//! and what scrolls off is in its scrollback. Nothing above the first live row is touched again.
//!
//! After a change of width a terminal may have broken rows anew. The rows between the first live one and the cursor are then
//! counted as it breaks them, so that clearing begins at the first live row and not above it.

use std::io::{self, Write};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::paint::{Paint, extent, has_wide};

/// The live rows.
#[derive(Debug)]
pub struct Inline {
    /// What they show; no rows before the first update.
    shown: Buffer,
    /// Where the cursor is, from the first column of the first live row.
    cursor: Position,
    /// Whether the cursor is seen there.
    seen: bool,
    columns: u16,
    /// Columns when `shown` was painted, if they changed since.
    was: Option<u16>,
    /// Whether the terminal breaks rows anew when it gets narrower.
    reflows: bool,
}

impl Inline {
    /// No live rows yet: they begin where the cursor is.
    pub fn new(columns: u16, reflows: bool) -> Self {
        let shown = Buffer::empty(Rect::new(0, 0, columns, 0));
        Self { shown, cursor: Position::ORIGIN, seen: true, columns, was: None, reflows }
    }

    /// The terminal has another size now.
    pub fn resized(&mut self, columns: u16) {
        self.was.get_or_insert(self.columns);
        self.columns = columns;
    }

    /// Prints lines above the live rows and shows `view` as those, with the cursor at `caret`.
    pub fn update(&mut self, out: &mut impl Write, history: &[Line<'_>], view: Buffer, caret: Option<Position>) -> io::Result<()> {
        let mut paint = Paint::new();
        let resized = self.was.is_some() || view.area.width != self.shown.area.width;
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
        self.shown = Buffer::empty(Rect::new(0, 0, self.columns, 0));
        self.cursor = Position::ORIGIN;
        self.seen = true;
        self.was = None;
    }

    /// Whether the terminal breaks rows anew when it gets narrower.
    pub(super) fn reflows(&self) -> bool {
        self.reflows
    }

    /// The live rows, and the cursor in them.
    #[cfg(test)]
    pub(super) fn shown(&self) -> (&Buffer, Position) {
        (&self.shown, self.cursor)
    }

    fn go_to_top(&mut self, paint: &mut Paint, resized: bool) {
        let rows = match self.was.take() {
            Some(was) if resized && self.reflows && self.columns < was => self.broken_rows_above_cursor(),
            _ => self.cursor.y,
        };
        paint.up(rows);
        paint.first_column();
        self.cursor = Position::ORIGIN;
        if resized {
            paint.erase_below();
        }
    }

    /// How many rows of the terminal, at its present width, are between the first live row and the cursor.
    fn broken_rows_above_cursor(&self) -> u16 {
        let columns = self.columns.max(1);
        let above = (0..self.cursor.y.min(self.shown.area.height)).map(|row| extent(&self.shown, row).div_ceil(columns).max(1));
        above.sum::<u16>() + self.cursor.x / columns
    }

    fn print(&self, paint: &mut Paint, history: &[Line<'_>]) {
        let columns = usize::from(self.columns.max(1));
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
            paint.first_column();
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

#[cfg(test)]
mod tests;
