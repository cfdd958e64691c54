//! A patch: files, counts, and every changed line with its number.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use codex_protocol::event::FileChange;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Cell;
use super::diff::{FileRows, Row, RowKind};
use super::frame::mark;
use crate::markdown::highlight::Highlighter;
use crate::text::{Indent, display_path, hard_wrap, line_width, sanitize_line, wrap};
use crate::theme::{Look, Role};

/// Rows beyond these are not highlighted.
const COLOURED_ROWS: usize = 2_000;

/// A patch that was applied, or that is asked about.
#[derive(Clone, Debug)]
pub struct PatchCell {
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    verb: &'static str,
    path: String,
    extension: String,
    rows: FileRows,
}

impl PatchCell {
    /// Changes by absolute path; paths are shown relative to `cwd`.
    pub fn new(changes: &BTreeMap<PathBuf, FileChange>, cwd: &Path) -> Self {
        let files = changes.iter().map(|(path, change)| File::new(path, change, cwd)).collect();
        Self { files }
    }

    fn title(&self) -> (String, usize, usize) {
        let (added, removed) = self.files.iter().fold((0, 0), |sum, file| (sum.0 + file.rows.added, sum.1 + file.rows.removed));
        let what = match self.files.as_slice() {
            [file] => file.path.clone(),
            files => format!("{} files", files.len()),
        };
        (what, added, removed)
    }

    fn verb(&self) -> &'static str {
        if let [file] = self.files.as_slice() { file.verb } else { "Edited" }
    }
}

impl File {
    fn new(path: &Path, change: &FileChange, cwd: &Path) -> Self {
        let shown = display_path(path, Some(cwd), None);
        let (verb, target) = match change {
            FileChange::Add { .. } => ("Added", None),
            FileChange::Delete { .. } => ("Deleted", None),
            FileChange::Update { move_path, .. } => ("Edited", move_path.as_deref()),
        };
        let extension = target.unwrap_or(path).extension().unwrap_or_default().to_string_lossy().into_owned();
        let path = match target {
            Some(target) => format!("{shown} → {}", display_path(target, Some(cwd), None)),
            None => shown,
        };
        Self { verb, path, extension, rows: FileRows::of(change) }
    }
}

impl Cell for PatchCell {
    fn lines(&self, width: u16, look: &Look) -> Vec<Line<'static>> {
        let columns = usize::from(width);
        let (what, added, removed) = self.title();
        let mut head = vec![
            mark(look, "• ", "", look.style(Role::Dim)),
            Span::styled(self.verb(), look.style(Role::Title)),
            Span::raw(format!(" {what} ")),
        ];
        head.extend(counts(added, removed, look));
        let mut lines = wrap(&Line::from(head), columns, &Indent { first: Line::default(), rest: Line::from("  ") });
        let several = self.files.len() > 1;
        for (at, file) in self.files.iter().enumerate() {
            if several {
                if at > 0 {
                    lines.push(Line::default());
                }
                let mut name = vec![Span::raw(format!("{} ", file.path))];
                name.extend(counts(file.rows.added, file.rows.removed, look));
                let first = Line::from(Span::styled(if look.flat { "" } else { "  └ " }, look.style(Role::Dim)));
                lines.extend(wrap(&Line::from(name), columns, &Indent { first, rest: Line::from("    ") }));
            }
            file.push_rows(&mut lines, columns, look);
        }
        lines
    }

    fn plain(&self) -> String {
        let (what, added, removed) = self.title();
        let mut text = format!("{} {what} (+{added} -{removed})", self.verb());
        for file in &self.files {
            if self.files.len() > 1 {
                text.push_str(&format!("\n{} (+{} -{})", file.path, file.rows.added, file.rows.removed));
            }
            for row in &file.rows.rows {
                match row {
                    Row::Gap => text.push_str("\n⋮"),
                    Row::Line { kind, number, text: line, .. } => {
                        let number = if *number == 0 { String::new() } else { format!("{number} ") };
                        text.push_str(&format!("\n{number}{}{}", sign(*kind), sanitize_line(line)));
                    }
                }
            }
        }
        text
    }
}

impl File {
    fn push_rows(&self, lines: &mut Vec<Line<'static>>, columns: usize, look: &Look) {
        let numbers = self.rows.number_columns();
        let mut old = Highlighter::new(&self.extension, look);
        let mut new = Highlighter::new(&self.extension, look);
        for (at, row) in self.rows.rows.iter().enumerate() {
            let Row::Line { kind, number, text, changed } = row else {
                let gap = format!("{}{:>numbers$}", if look.flat { "" } else { "    " }, "⋮");
                lines.push(Line::from(Span::styled(gap, look.style(Role::Dim))));
                continue;
            };
            let spans = if at < COLOURED_ROWS {
                if *kind == RowKind::Removed { old.line(text) } else { new.line(text) }
            } else {
                vec![Span::raw(sanitize_line(text))]
            };
            // Sanitising can move bytes; then the words are not told apart.
            let same_bytes = spans.iter().map(|span| span.content.len()).sum::<usize>() == text.len();
            // Where much of a row changed, the row's own colour says it; words that stand out would only tear it.
            let marked: usize = changed.iter().map(|range| range.len()).sum();
            let changed = if same_bytes && marked * 4 <= text.len() { changed.as_slice() } else { &[] };
            let words = match kind {
                RowKind::Added => look.style(Role::AddedWords),
                RowKind::Removed => look.style(Role::RemovedWords),
                RowKind::Context => Style::new(),
            };
            let base = if *kind == RowKind::Removed { look.style(Role::Dim) } else { Style::new() };
            let text = Line::from(emphasised(spans, changed, words, base));
            push_row(lines, &text, *kind, *number, numbers, columns, look);
        }
    }
}

/// Adds one line of a file: number, sign, text; a row with a background is filled to the edge.
fn push_row(lines: &mut Vec<Line<'static>>, text: &Line<'_>, kind: RowKind, number: usize, numbers: usize, columns: usize, look: &Look) {
    let (row_style, sign_style) = match kind {
        RowKind::Added => (look.style(Role::AddedRow), look.style(Role::Added)),
        RowKind::Removed => (look.style(Role::RemovedRow), look.style(Role::Removed)),
        RowKind::Context => (Style::new(), Style::new()),
    };
    let margin = if look.flat { "" } else { "    " };
    let first = Line::from(vec![
        Span::raw(margin),
        Span::styled(if number == 0 { " ".repeat(numbers + 1) } else { format!("{number:>numbers$} ") }, look.style(Role::Dim)),
        Span::styled(sign(kind), sign_style),
    ]);
    let rest = Line::from(" ".repeat(margin.len() + numbers + 2));
    for mut row in hard_wrap(text, columns, &Indent { first, rest }) {
        if row_style.bg.is_some() {
            let free = columns.saturating_sub(line_width(&row));
            row.spans.push(Span::raw(" ".repeat(free)));
            for span in &mut row.spans {
                span.style = row_style.patch(span.style);
            }
        }
        lines.push(row);
    }
}

fn sign(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Added => "+",
        RowKind::Removed => "-",
        RowKind::Context => " ",
    }
}

fn counts(added: usize, removed: usize, look: &Look) -> [Span<'static>; 5] {
    [
        Span::raw("("),
        Span::styled(format!("+{added}"), look.style(Role::Added)),
        Span::raw(" "),
        Span::styled(format!("-{removed}"), look.style(Role::Removed)),
        Span::raw(")"),
    ]
}

/// Cuts spans at the borders of the changed words and styles these.
fn emphasised(spans: Vec<Span<'static>>, changed: &[std::ops::Range<usize>], words: Style, base: Style) -> Vec<Span<'static>> {
    let mut styled = Vec::new();
    let mut at = 0;
    for span in spans {
        let content = span.content.as_ref();
        let mut from = 0;
        while from < content.len() {
            let position = at + from;
            let inside = changed.iter().find(|range| range.contains(&position));
            let end = match inside {
                Some(range) => range.end - at,
                None => changed
                    .iter()
                    .map(|range| range.start)
                    .filter(|start| *start > position)
                    .min()
                    .map_or(content.len(), |start| start - at),
            };
            let end = end.min(content.len());
            let style = base.patch(span.style);
            let style = if inside.is_some() { style.patch(words) } else { style };
            styled.push(Span::styled(content[from..end].to_owned(), style));
            from = end;
        }
        at += content.len();
    }
    styled
}
