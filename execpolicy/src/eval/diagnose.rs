//! Where something stands in a rule file, in the shape that the language's own errors have.

use starlark::codemap::FileSpan;

/// ` --> FILE:LINE:COL` and the first source line of a span.
pub(super) fn place_of(span: &FileSpan) -> String {
    let begin = span.resolve_span().begin;
    let line = span.file.source_line(begin.line);
    shown(span.filename(), begin.line + 1, begin.column + 1, line)
}

/// The same for a byte of the source.
pub(super) fn place_at(file: &str, source: &str, at: usize) -> String {
    let before = &source[..source.floor_char_boundary(at)];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[start..].chars().count() + 1;
    shown(file, line, column, source[start..].lines().next().unwrap_or_default())
}

fn shown(file: &str, line: usize, column: usize, text: &str) -> String {
    const SHOWN: usize = 400;
    let gutter = " ".repeat(line.to_string().len());
    let end = text.floor_char_boundary(SHOWN);
    let more = if end < text.len() { " ..." } else { "" };
    format!("{gutter}--> {file}:{line}:{column}\n{gutter} |\n{line} | {}{more}\n{gutter} |", text[..end].trim_end())
}
