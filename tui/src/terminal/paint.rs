//! Bytes for the terminal: styles as SGR, text without anything that could drive a terminal, movement of the cursor.
//!
//! Whatever was made of a text before, no control character of it gets past [`Paint::text`]: that is the last guard.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

/// Begins an update that a terminal shows at once.
const BEGIN: &str = "\x1b[?2026h";
/// Ends it.
const END: &str = "\x1b[?2026l";

/// One update, put together before it is written.
pub(super) struct Paint {
    out: String,
    style: Style,
    started: usize,
}

impl Paint {
    /// An empty update.
    pub(super) fn new() -> Self {
        let out = format!("{BEGIN}\x1b[?25l");
        Self { started: out.len(), out, style: Style::default() }
    }

    /// Whether nothing was painted.
    pub(super) fn is_empty(&self) -> bool {
        self.out.len() == self.started
    }

    /// The bytes; `caret` says whether the cursor is seen.
    pub(super) fn finish(mut self, caret: bool) -> Vec<u8> {
        self.plain();
        if caret {
            self.out.push_str("\x1b[?25h");
        }
        self.out.push_str(END);
        self.out.into_bytes()
    }

    /// A sequence of our own.
    pub(super) fn raw(&mut self, sequence: &str) {
        self.out.push_str(sequence);
    }

    /// To the first column.
    pub(super) fn first_column(&mut self) {
        self.out.push('\r');
    }

    /// To the first column of the next row; the screen scrolls when there is none.
    pub(super) fn next_row(&mut self) {
        self.plain();
        self.out.push_str("\r\n");
    }

    /// Up so many rows, at most to the first.
    pub(super) fn up(&mut self, rows: u16) {
        self.step(rows, 'A');
    }

    /// Down so many rows, at most to the last.
    pub(super) fn down(&mut self, rows: u16) {
        self.step(rows, 'B');
    }

    fn step(&mut self, count: u16, letter: char) {
        match count {
            0 => {}
            1 => _ = write!(self.out, "\x1b[{letter}"),
            _ => _ = write!(self.out, "\x1b[{count}{letter}"),
        }
    }

    /// To a column, counted from 0.
    pub(super) fn column(&mut self, column: u16) {
        self.first_column();
        self.step(column, 'C');
    }

    /// To a place of the screen, both counted from 0.
    pub(super) fn place(&mut self, row: u16, column: u16) {
        let _ = write!(self.out, "\x1b[{};{}H", row + 1, column + 1);
    }

    /// Erases from the cursor to the end of the row, in the terminal's own background.
    pub(super) fn erase_row(&mut self) {
        self.plain();
        self.out.push_str("\x1b[K");
    }

    /// Erases from the first column of the cursor's row to the end of the screen, and leaves the cursor there. Not in one sequence:
    /// where the row is the first of the screen, tmux takes that for emptying it, and puts all of it into the scrollback.
    pub(super) fn erase_below(&mut self) {
        self.plain();
        self.out.push_str("\r\x1b[K\x1b[C\x1b[J\r");
    }

    /// Back to the terminal's own colours and attributes.
    pub(super) fn plain(&mut self) {
        self.switch(Style::default());
    }

    /// Text in a style. Control characters, and characters without width that reorder or hide text, are left out.
    pub(super) fn text(&mut self, text: &str, style: Style) {
        self.switch(style);
        if text.is_ascii() && !text.contains(|c: char| c.is_ascii_control()) {
            self.out.push_str(text);
        } else {
            let shown = text.chars().map(|c| if matches!(c, '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c });
            self.out.extend(shown.filter(|c| !c.is_control() && !is_hidden(*c)));
        }
    }

    /// A whole line.
    pub(super) fn line(&mut self, line: &Line<'_>) {
        for span in &line.spans {
            self.text(&span.content, line.style.patch(span.style));
        }
    }

    /// The cells of a row from `from` to before `to`.
    pub(super) fn cells(&mut self, buffer: &Buffer, row: u16, from: u16, to: u16) {
        let mut column = from;
        while column < to {
            let cell = &buffer[(column, row)];
            let width = cell.symbol().width().clamp(1, 2);
            if width == 2 && column + 1 >= to && to >= buffer.area.width {
                // Half a character would wrap into the next row.
                self.text(" ", cell.style());
            } else {
                self.text(cell.symbol(), cell.style());
            }
            column += u16::try_from(width).unwrap_or(1);
        }
    }

    fn switch(&mut self, style: Style) {
        if style == self.style {
            return;
        }
        self.style = style;
        self.out.push_str("\x1b[0");
        for (modifier, code) in ATTRIBUTES {
            if style.add_modifier.contains(*modifier) && !style.sub_modifier.contains(*modifier) {
                self.out.push_str(code);
            }
        }
        if let Some(colour) = style.fg {
            self.colour(colour, 30);
        }
        if let Some(colour) = style.bg {
            self.colour(colour, 40);
        }
        self.out.push('m');
    }

    /// `base` is 30 for the foreground, 40 for the background.
    fn colour(&mut self, colour: Color, base: u8) {
        let low = |number: u8| base + number;
        let bright = |number: u8| base + 60 + number;
        let code = match colour {
            Color::Reset => return,
            Color::Black => low(0),
            Color::Red => low(1),
            Color::Green => low(2),
            Color::Yellow => low(3),
            Color::Blue => low(4),
            Color::Magenta => low(5),
            Color::Cyan => low(6),
            Color::Gray => low(7),
            Color::DarkGray => bright(0),
            Color::LightRed => bright(1),
            Color::LightGreen => bright(2),
            Color::LightYellow => bright(3),
            Color::LightBlue => bright(4),
            Color::LightMagenta => bright(5),
            Color::LightCyan => bright(6),
            Color::White => bright(7),
            Color::Indexed(index) => {
                let _ = write!(self.out, ";{};5;{index}", base + 8);
                return;
            }
            Color::Rgb(r, g, b) => {
                let _ = write!(self.out, ";{};2;{r};{g};{b}", base + 8);
                return;
            }
        };
        let _ = write!(self.out, ";{code}");
    }
}

/// Whether a character takes no column and changes how others are shown, but for what joins emoji and shapes scripts.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}' | '\u{fff9}'..='\u{fffb}')
}

const ATTRIBUTES: &[(Modifier, &str)] = &[
    (Modifier::BOLD, ";1"),
    (Modifier::DIM, ";2"),
    (Modifier::ITALIC, ";3"),
    (Modifier::UNDERLINED, ";4"),
    (Modifier::SLOW_BLINK, ";5"),
    (Modifier::RAPID_BLINK, ";6"),
    (Modifier::REVERSED, ";7"),
    (Modifier::HIDDEN, ";8"),
    (Modifier::CROSSED_OUT, ";9"),
];

/// Columns of a row up to its last cell that is not an unstyled blank.
pub(super) fn extent(buffer: &Buffer, row: u16) -> u16 {
    (0..buffer.area.width).rev().find(|column| !is_blank(&buffer[(*column, row)])).map_or(0, |last| {
        let width = u16::try_from(buffer[(last, row)].symbol().width()).unwrap_or(1).max(1);
        (last + width).min(buffer.area.width)
    })
}

fn is_blank(cell: &Cell) -> bool {
    let shows = Modifier::UNDERLINED | Modifier::REVERSED | Modifier::CROSSED_OUT;
    cell.bg == Color::Reset && !cell.modifier.intersects(shows) && (cell.symbol() == " " || cell.symbol().trim().is_empty())
}

/// Whether a row has a character of two columns.
pub(super) fn has_wide(buffer: &Buffer, row: u16) -> bool {
    (0..buffer.area.width).any(|column| buffer[(column, row)].symbol().width() > 1)
}
