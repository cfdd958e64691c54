//! Rows as text, with what their styles say where a test asks for it.

use codex_tui::cells::Cell;
use codex_tui::text::{line_width, plain_text};
use codex_tui::theme::{ColourDepth, Look};
use ratatui::buffer::Buffer;
use ratatui::text::Line;

/// Widths that everything is shown at.
pub(crate) const WIDTHS: [u16; 3] = [40, 80, 120];

/// Without colours of code, which would need the grammars.
pub(crate) fn look() -> Look {
    Look { depth: ColourDepth::None, ..Look::default() }
}

pub(crate) fn text(lines: &[Line<'_>]) -> String {
    lines.iter().map(|line| plain_text(line).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A cell at every width, then in full, flat, and as plain text.
pub(crate) fn every_form(cell: &dyn Cell) -> String {
    let mut shown = Vec::new();
    for width in WIDTHS {
        let lines = cell.lines(width, &look());
        for line in &lines {
            let code = plain_text(line).contains("fn main()");
            assert!(code || line_width(line) <= usize::from(width), "wider than {width}: {line:?}");
        }
        shown.push(format!("── {width} columns\n{}", text(&lines)));
    }
    let full = cell.full(80, &look());
    if text(&full) != text(&cell.lines(80, &look())) {
        shown.push(format!("── in full\n{}", text(&full)));
    }
    let flat = Look { flat: true, ..look() };
    let lines = text(&cell.lines(80, &flat));
    assert!(!lines.contains(['│', '╭', '└', '•', '─', '■', '›']), "marks and boxes in {lines}");
    shown.push(format!("── flat\n{lines}"));
    shown.push(format!("── plain\n{}", cell.plain()));
    shown.join("\n")
}

/// What a buffer shows, row by row, without blanks at the ends.
pub(crate) fn buffer_text(buffer: &Buffer) -> String {
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
            covered = codex_tui::text::width(symbol).saturating_sub(1);
            text.push_str(symbol);
        }
        text.trim_end().to_owned()
    };
    (area.top()..area.bottom()).map(row).collect::<Vec<_>>().join("\n")
}
