//! A terminal as tests see it: a main screen with its scrollback, the alternate screen, and what a change of size does to rows.
//!
//! Two kinds are played. One leaves rows as they are and cuts those on the screen when it gets narrower, as xterm and screen do.
//! The other breaks rows anew, as tmux and most others do. Both keep the cursor on its row and take rows back from the scrollback
//! when they get higher.

use std::io::{self, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};

use ratatui::buffer::Buffer;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Rows that are kept.
const KEPT: usize = 200_000;

/// Where the program writes.
#[derive(Clone, Default)]
pub(super) struct Tap(Arc<Mutex<Vec<u8>>>);

impl Tap {
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Write for Tap {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How much of the main screen the program emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wiped {
    Screen,
    Scrollback,
}

pub(super) struct Terminal {
    pub(super) main: vt100::Parser,
    pub(super) alternate: Option<vt100::Parser>,
    pub(super) columns: u16,
    pub(super) rows: u16,
    pub(super) reflows: bool,
}

fn parser(columns: u16, rows: u16, kept: usize) -> vt100::Parser {
    vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap(), kept)
}

impl Terminal {
    pub(super) fn new(columns: u16, rows: u16, reflows: bool) -> Self {
        Self { main: parser(columns, rows, KEPT), alternate: None, columns, rows, reflows }
    }

    /// Takes what the program wrote.
    pub(super) fn process(&mut self, bytes: &[u8]) -> Option<Wiped> {
        const ENTER: &[u8] = b"\x1b[?1049h";
        const LEAVE: &[u8] = b"\x1b[?1049l";
        let mut wiped = None;
        let mut rest = bytes;
        while !rest.is_empty() {
            let next = rest.windows(ENTER.len()).position(|window| window == ENTER || window == LEAVE).unwrap_or(rest.len());
            let (part, after) = rest.split_at(next);
            match &mut self.alternate {
                Some(alternate) => alternate.process(part),
                None => {
                    let has = |sequence: &[u8]| part.windows(sequence.len()).any(|window| window == sequence);
                    if has(b"\x1b[2J") {
                        wiped = Some(if has(b"\x1b[3J") { Wiped::Scrollback } else { Wiped::Screen });
                    }
                    self.main.process(part);
                }
            }
            if after.starts_with(ENTER) {
                self.alternate = Some(parser(self.columns, self.rows, 0));
            } else if after.starts_with(LEAVE) {
                self.alternate = None;
            }
            rest = &after[ENTER.len().min(after.len())..];
        }
        wiped
    }

    pub(super) fn scrolled(&self) -> usize {
        self.main.screen().scrollback_len()
    }

    pub(super) fn resize(&mut self, columns: u16, rows: u16) {
        let narrower_or_wider = columns != self.columns;
        (self.columns, self.rows) = (columns, rows);
        if self.alternate.is_some() {
            self.alternate = Some(parser(columns, rows, 0));
        }
        if self.reflows && narrower_or_wider {
            self.reflow();
        } else {
            self.main.screen_mut().set_size(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap());
        }
    }

    /// Breaks every line anew; the rows below the cursor are lost where there is no room for them.
    fn reflow(&mut self) {
        let (row, column) = self.main.screen().cursor_position();
        let cursor = self.scrolled() + usize::from(row);
        let hidden = self.main.screen().hide_cursor();
        let physical = self.physical(cursor);
        let mut fresh = parser(self.columns, self.rows, KEPT);
        let mut place = (0, 0);
        let put = |fresh: &mut vt100::Parser, place: &mut (usize, u16), last: usize| {
            for (at, (text, wrapped)) in physical.iter().enumerate().take(last + 1) {
                if at == cursor {
                    let before = columns_of(text, usize::from(column));
                    let blank = " ".repeat(usize::from(column).saturating_sub(before.width()));
                    fresh.process(before.as_bytes());
                    fresh.process(blank.as_bytes());
                    let (row, x) = fresh.screen().cursor_position();
                    *place = (fresh.screen().scrollback_len() + usize::from(row), x);
                    fresh.process(&text.as_bytes()[before.len()..]);
                } else {
                    fresh.process(text.as_bytes());
                }
                if !wrapped && at < last {
                    fresh.process(b"\r\n");
                }
            }
        };
        put(&mut fresh, &mut place, physical.len() - 1);
        if place.0 < fresh.screen().scrollback_len() {
            let mut last = cursor;
            while last + 1 < physical.len() && physical[last].1 {
                last += 1;
            }
            fresh = parser(self.columns, self.rows, KEPT);
            put(&mut fresh, &mut place, last);
        }
        let row = place.0.saturating_sub(fresh.screen().scrollback_len());
        fresh.process(format!("\x1b[{};{}H", row + 1, place.1.min(self.columns - 1) + 1).as_bytes());
        fresh.process(if hidden { b"\x1b[?25l" } else { b"\x1b[?25h" });
        self.main = fresh;
    }

    /// Every row there is, scrollback first, up to the last that shows something and at least to `least`: its text, and whether
    /// it goes on in the next row.
    fn physical(&mut self, least: usize) -> Vec<(String, bool)> {
        let scrolled = self.scrolled();
        let screen = self.main.screen_mut();
        let height = screen.size().0.get();
        let rows = usize::from(height);
        let mut all = Vec::new();
        let mut offset = scrolled;
        while offset > 0 {
            screen.set_scrollback(offset);
            for (row, text) in (0..height).zip(screen.rows(0, u16::MAX)).take(offset) {
                all.push((text, screen.row_wrapped(row)));
            }
            offset = offset.saturating_sub(rows);
        }
        screen.set_scrollback(0);
        for (row, text) in (0..height).zip(screen.rows(0, u16::MAX)) {
            all.push((text, screen.row_wrapped(row)));
        }
        let columns = usize::from(screen.size().1.get());
        for at in 1..all.len() {
            // The parser does not say so of a row that a wide character left a blank at the end of.
            let is_wide = all[at].0.graphemes(true).next().is_some_and(|first| first.width() == 2);
            if is_wide && all[at - 1].0.width() + 1 == columns {
                all[at - 1].1 = true;
            }
        }
        while all.len() > least + 1 && all.last().is_some_and(|(text, _)| text.trim_end().is_empty()) {
            all.pop();
        }
        all
    }

    /// Every row, without blanks at their ends and without blank rows at the end.
    pub(super) fn rows(&mut self) -> Vec<String> {
        without_blank_end(self.physical(0).into_iter().map(|(text, _)| text.trim_end().to_owned()).collect())
    }

    /// Every line: what was broken at the edge is joined.
    pub(super) fn lines(&mut self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut open = false;
        for (text, wrapped) in self.physical(0) {
            match lines.last_mut().filter(|_| open) {
                Some(last) => last.push_str(&text),
                None => lines.push(text),
            }
            open = wrapped;
        }
        without_blank_end(lines.into_iter().map(|line| line.trim_end().to_owned()).collect())
    }

    /// Lines that scrolled off whole, and whether the last row that did goes on in the first one on the screen.
    pub(super) fn lines_scrolled(&mut self) -> (usize, bool) {
        let scrolled = self.scrolled();
        let physical = self.physical(scrolled);
        let off = &physical[..scrolled];
        (off.iter().filter(|(_, wrapped)| !wrapped).count(), off.last().is_some_and(|(_, wrapped)| *wrapped))
    }

    /// Rows that the first lines take.
    pub(super) fn rows_of(&mut self, lines: usize) -> usize {
        let mut left = lines;
        let physical = self.physical(0);
        let end = physical.iter().position(|(_, wrapped)| {
            let done = left == 0;
            left -= usize::from(!wrapped && !done);
            done
        });
        end.unwrap_or(usize::MAX)
    }

    /// The rows that are seen on the main screen.
    pub(super) fn seen(&self) -> Vec<String> {
        self.main.screen().rows(0, u16::MAX).map(|row| row.trim_end().to_owned()).collect()
    }
}

/// The first `columns` columns of a text.
fn columns_of(text: &str, columns: usize) -> String {
    let mut taken = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        if used + grapheme.width() > columns {
            break;
        }
        used += grapheme.width();
        taken.push_str(grapheme);
    }
    taken
}

/// A text as rows of a terminal that breaks it at its edge.
pub(super) fn broken(text: &str, columns: u16) -> Vec<String> {
    let columns = usize::from(columns);
    let mut rows = vec![String::new()];
    let mut used = 0;
    for grapheme in text.trim_end().graphemes(true) {
        let width = grapheme.width();
        if used + width > columns {
            rows.push(String::new());
            used = 0;
        }
        used += width;
        rows.last_mut().unwrap().push_str(grapheme);
    }
    rows.into_iter().map(|row| row.trim_end().to_owned()).collect()
}

/// What is left of a row on a terminal that got this narrow.
pub(super) fn cut(text: &str, columns: u16) -> String {
    columns_of(text, usize::from(columns)).trim_end().to_owned()
}

pub(super) fn without_blank_end(mut rows: Vec<String>) -> Vec<String> {
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    rows
}

/// The rows of a buffer, without blanks at their ends.
pub(super) fn texts(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let row = |y: u16| {
        let mut text = String::new();
        let mut covered = 0;
        for x in area.left()..area.right() {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            covered = symbol.width().saturating_sub(1);
            text.push_str(symbol);
        }
        text.trim_end().to_owned()
    };
    (area.top()..area.bottom()).map(row).collect()
}
