//! The alternate screen, for what takes the whole terminal for a while. It has no history, so places are absolute here.

use std::io::{self, Write};
use std::sync::atomic::Ordering;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::modes::ON_ALTERNATE;
use super::paint::{Paint, extent, has_wide};

/// The alternate screen while it is shown.
#[derive(Debug)]
pub(super) struct Alternate {
    shown: Buffer,
    caret: Option<Position>,
    fresh: bool,
}

impl Alternate {
    /// Switches to it.
    pub(super) fn enter(out: &mut impl Write) -> io::Result<Self> {
        ON_ALTERNATE.store(true, Ordering::Relaxed);
        out.write_all(b"\x1b[?1049h")?;
        Ok(Self { shown: Buffer::empty(Rect::ZERO), caret: None, fresh: true })
    }

    /// Switches back.
    pub(super) fn leave(out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"\x1b[?1049l")?;
        out.flush()?;
        ON_ALTERNATE.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// The terminal has another size now.
    pub(super) fn resized(&mut self) {
        self.fresh = true;
    }

    #[cfg(test)]
    pub(super) fn shown(&self) -> &Buffer {
        &self.shown
    }

    /// Shows `view`.
    pub(super) fn update(&mut self, out: &mut impl Write, view: Buffer, caret: Option<Position>) -> io::Result<()> {
        let mut paint = Paint::new();
        let fresh = self.fresh || view.area != self.shown.area;
        if fresh {
            paint.raw("\x1b[H\x1b[2J");
        }
        for row in 0..view.area.height {
            self.row(&mut paint, &view, row, fresh);
        }
        if !paint.is_empty() || caret != self.caret {
            if let Some(caret) = caret {
                paint.place(caret.y, caret.x);
            }
            out.write_all(&paint.finish(caret.is_some()))?;
            out.flush()?;
        }
        (self.shown, self.caret, self.fresh) = (view, caret, false);
        Ok(())
    }

    fn row(&self, paint: &mut Paint, view: &Buffer, row: u16, fresh: bool) {
        let end = extent(view, row);
        if fresh {
            if end > 0 {
                paint.place(row, 0);
                paint.cells(view, row, 0, end);
            }
            return;
        }
        let width = view.area.width;
        let differs = |column: &u16| view[(*column, row)] != self.shown[(*column, row)];
        let Some(mut first) = (0..width).find(differs) else { return };
        let mut last = (0..width).rev().find(differs).unwrap_or(first);
        if has_wide(view, row) || has_wide(&self.shown, row) {
            (first, last) = (0, width - 1);
        }
        let stop = (last + 1).min(end);
        if first < stop {
            paint.place(row, first);
            paint.cells(view, row, first, stop);
        }
        if extent(&self.shown, row) > end && last >= end {
            paint.place(row, end);
            paint.erase_row();
        }
    }
}
