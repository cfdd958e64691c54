//! Shows where in a file something is wrong: `path:line:column: message`, the line, a caret below it.
//!
//! Pure; lines and columns count from 1, columns in characters.

use std::ops::Range;
use std::path::Path;

/// Renders an error of the TOML reader with its place in `text`.
pub(crate) fn render(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let span = error.span().unwrap_or(0..0);
    let place = Place::of(text, &span);
    let gutter = " ".repeat(place.line.to_string().len());
    format!(
        "{}:{}:{}: {}\n{gutter} |\n{} | {}\n{gutter} | {}{}",
        path.display(),
        place.line,
        place.column,
        error.message(),
        place.line,
        place.text,
        " ".repeat(place.column - 1),
        "^".repeat(place.width),
    )
}

/// Renders a place alone: `path:line:column`, the line, a caret below it.
pub(crate) fn place(path: &Path, text: &str, span: &Range<usize>) -> String {
    let place = Place::of(text, span);
    let gutter = " ".repeat(place.line.to_string().len());
    format!(
        "{}:{}:{}\n{gutter} |\n{} | {}\n{gutter} | {}{}",
        path.display(),
        place.line,
        place.column,
        place.line,
        place.text,
        " ".repeat(place.column - 1),
        "^".repeat(place.width),
    )
}

struct Place<'a> {
    line: usize,
    column: usize,
    text: &'a str,
    width: usize,
}

impl<'a> Place<'a> {
    fn of(text: &'a str, span: &Range<usize>) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor_boundary(text, span.end).clamp(start, line_end);
        Self {
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            text: text[line_start..line_end].trim_end_matches('\r'),
            width: text[start..end].chars().count().max(1),
        }
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
