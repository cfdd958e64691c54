//! A drawing of a screen: one row of text a row of cells, in the colours a dark terminal would show.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

const COLUMN: f64 = 8.4;
const ROW: f64 = 18.0;
const MARGIN: f64 = 10.0;
const BACKGROUND: &str = "#1e1e2e";
const FOREGROUND: &str = "#cdd6f4";

/// Draws a buffer.
pub(crate) fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) = (f64::from(area.width) * COLUMN + 2.0 * MARGIN, f64::from(area.height) * ROW + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{BACKGROUND}\"/>\n"
    );
    for y in 0..area.height {
        for run in runs(buffer, y) {
            draw_run(&mut out, &run, y);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Cells side by side that look alike.
struct Run {
    x: u16,
    columns: u16,
    text: String,
    cell: Cell,
}

fn runs(buffer: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let cell = &buffer[(x, y)];
        let columns = u16::try_from(codex_tui::text::width(cell.symbol()).max(1)).unwrap();
        let alike = |run: &Run| {
            let same = run.cell.fg == cell.fg && run.cell.bg == cell.bg && run.cell.modifier == cell.modifier;
            // A font may draw a wide character narrower or wider than two columns.
            same && columns == 1 && usize::from(run.columns) == run.text.chars().count()
        };
        match runs.last_mut() {
            Some(run) if alike(run) => {
                run.text.push_str(cell.symbol());
                run.columns += 1;
            }
            _ => runs.push(Run { x, columns, text: cell.symbol().to_owned(), cell: cell.clone() }),
        }
        x += columns;
    }
    runs
}

fn draw_run(out: &mut String, run: &Run, y: u16) {
    let reversed = run.cell.modifier.contains(Modifier::REVERSED);
    let (mut fill, mut behind) = (hex(run.cell.fg, FOREGROUND), hex(run.cell.bg, BACKGROUND));
    if reversed {
        std::mem::swap(&mut fill, &mut behind);
    }
    let (left, top) = (MARGIN + f64::from(run.x) * COLUMN, MARGIN + f64::from(y) * ROW);
    let width = f64::from(run.columns) * COLUMN;
    if behind != BACKGROUND {
        writeln!(out, "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{ROW:.1}\" fill=\"{behind}\"/>").unwrap();
    }
    if run.text.trim().is_empty() {
        return;
    }
    let mut attributes = format!("fill=\"{fill}\"");
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::DIM, " opacity=\"0.6\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::CROSSED_OUT, " text-decoration=\"line-through\""),
    ] {
        if run.cell.modifier.contains(modifier) {
            attributes.push_str(attribute);
        }
    }
    let text = run.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let base = top + 13.5;
    writeln!(
        out,
        "<text x=\"{left:.1}\" y=\"{base:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" {attributes}>{text}</text>"
    )
    .unwrap();
}

fn hex(colour: Color, other: &str) -> String {
    let named = match colour {
        Color::Rgb(red, green, blue) => return format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Red => "#f38ba8",
        Color::Green => "#a6e3a1",
        Color::Yellow => "#f9e2af",
        Color::Blue | Color::LightBlue => "#89b4fa",
        Color::Magenta => "#f5c2e7",
        Color::Cyan => "#94e2d5",
        _ => other,
    };
    named.to_owned()
}
