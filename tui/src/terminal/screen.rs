//! The two screens behind one door: the inline part, and the alternate screen while something takes all of the terminal.
//!
//! Lines for the scrollback may be handed in at any time; while the alternate screen is shown they wait.

use std::io::{self, Write};

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::text::Line;

use super::alternate::Alternate;
use super::inline::Inline;

/// Where bytes for the terminal go.
pub type Output = Box<dyn Write + Send>;

/// Standard output without a buffer: an update is put together before it is written, and goes out in one call.
pub fn standard_output() -> Output {
    match rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3) {
        Ok(own) => Box::new(std::fs::File::from(own)),
        Err(_) => Box::new(io::stdout()),
    }
}

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns, at least 1.
    pub columns: u16,
    /// Rows, at least 1.
    pub rows: u16,
}

impl Size {
    /// A size without zeros.
    pub fn new(columns: u16, rows: u16) -> Self {
        Self { columns: columns.max(1), rows: rows.max(1) }
    }
}

/// What a terminal does with its rows when it gets another size.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// It breaks rows anew when it gets narrower.
    pub reflows: bool,
    /// Which rows are on the screen after it.
    pub rows: RowsKept,
}

/// Which rows are on the screen after a change of size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsKept {
    /// Those that were, as far as there is room; more come from the scrollback where there is more room.
    Refilled,
    /// Those that were, as far as there is room.
    AsFarAsFit,
    /// Nobody can tell.
    Unknown,
}

/// The terminal as it is drawn on.
#[derive(Debug)]
pub struct Screen<W> {
    out: W,
    size: Size,
    inline: Inline,
    alternate: Option<Alternate>,
    may_alternate: bool,
    /// Something takes the whole terminal, on whichever screen.
    whole: bool,
    waiting: Vec<Line<'static>>,
}

impl<W: Write> Screen<W> {
    /// Draws on `out`. `may_alternate` says whether the alternate screen may be used.
    pub fn new(out: W, size: Size, habits: Habits, may_alternate: bool) -> Self {
        let inline = Inline::new(size, habits, !may_alternate);
        Self { out, size, inline, alternate: None, may_alternate, whole: false, waiting: Vec::new() }
    }

    /// The terminal's size.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Where bytes go, for what is no drawing: titles, bells.
    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// The terminal has another size now.
    pub fn resize(&mut self, size: Size) {
        // Also when it is what it was: in between it may have been another one, and rows may be cut.
        self.size = size;
        self.inline.resized(size);
        if let Some(alternate) = &mut self.alternate {
            alternate.resized();
        }
    }

    /// What the live rows of the main screen show, and where the cursor is in them.
    #[cfg(test)]
    pub(crate) fn shown(&self) -> (&Buffer, Position) {
        self.inline.shown()
    }

    /// The lines that an overlay is drawn over on the main screen, while it is.
    #[cfg(test)]
    pub(crate) fn covered(&self) -> Option<&[Line<'static>]> {
        self.inline.covered()
    }

    /// Rows that these took.
    #[cfg(test)]
    pub(crate) fn covered_rows(&self) -> usize {
        self.inline.covered_rows()
    }

    #[cfg(test)]
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    #[cfg(test)]
    pub(crate) fn is_alternate(&self) -> bool {
        self.alternate.is_some()
    }

    /// What the alternate screen shows, while it is in use.
    #[cfg(test)]
    pub(crate) fn shown_whole(&self) -> Option<&Buffer> {
        self.alternate.as_ref().map(Alternate::shown)
    }

    /// Hands in lines for the scrollback.
    pub fn print(&mut self, lines: impl IntoIterator<Item = Line<'static>>) {
        self.waiting.extend(lines);
    }

    /// Begins or ends to show something on the whole terminal.
    pub fn take_whole(&mut self, whole: bool) -> io::Result<()> {
        if whole == self.whole {
            return Ok(());
        }
        self.whole = whole;
        match (whole, self.may_alternate) {
            (true, true) => self.alternate = Some(Alternate::enter(&mut self.out)?),
            (false, _) if self.alternate.take().is_some() => Alternate::leave(&mut self.out)?,
            _ => {}
        }
        Ok(())
    }

    /// Shows `view`, as wide as the terminal and at most as high.
    pub fn draw(&mut self, view: Buffer, caret: Option<Position>) -> io::Result<()> {
        match &mut self.alternate {
            Some(alternate) => alternate.update(&mut self.out, view, caret),
            None if self.whole => self.inline.cover(&mut self.out, view, caret),
            None => {
                let lines = std::mem::take(&mut self.waiting);
                self.inline.update(&mut self.out, &lines, view, caret)
            }
        }
    }

    /// Takes the live rows away, after everything that waited was printed; the cursor stays below the history.
    pub fn close(&mut self) -> io::Result<()> {
        self.take_whole(false)?;
        let nothing = Buffer::empty(ratatui::layout::Rect::new(0, 0, self.size.columns, 0));
        let lines = std::mem::take(&mut self.waiting);
        self.inline.update(&mut self.out, &lines, nothing, Some(Position::ORIGIN))?;
        self.inline.clear(&mut self.out)
    }

    /// Begins anew where the cursor is: somebody else wrote to the terminal.
    pub fn begin_anew(&mut self, size: Size) {
        self.size = size;
        self.waiting.splice(0..0, self.inline.uncovered());
        self.inline = Inline::new(size, self.inline.habits(), !self.may_alternate);
    }

    /// Empties the screen, and with `scrollback` also what scrolled off it. What waits to be printed is kept.
    pub fn wipe(&mut self, scrollback: bool) -> io::Result<()> {
        self.take_whole(false)?;
        // What an overlay was drawn over is emptied with the rest.
        drop(self.inline.uncovered());
        self.out.write_all(if scrollback { b"\x1b[H\x1b[2J\x1b[3J" } else { b"\x1b[H\x1b[2J" })?;
        self.begin_anew(self.size);
        Ok(())
    }
}
