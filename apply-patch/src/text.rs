//! Applies the chunks of one update to one text.
//!
//! Pure: text in, text out. All chunks are located in the *original* lines, each behind the one before it, and only
//! then is the new text put together. Context lines keep the file's own bytes however loosely they matched, inserted
//! lines take CR LF in a CR LF file, and nothing outside a chunk changes but a missing final line end.

use crate::lines::Lines;
use crate::patch::{Chunk, LineKind};
use crate::seek::{Pass, Seeker};

/// The outcome of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The new text; empty or ending in LF.
    pub text: String,
    /// Whether some line was found only by ignoring white space or typography; a CR before the LF does not count.
    pub fuzzy: bool,
}

/// What of a chunk could not be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The line behind `@@` does not occur after the chunk before.
    #[error("no line `{0}`")]
    Context(String),
    /// The context and removed lines (joined by LF) do not occur after the chunk before.
    #[error("no such lines:\n{0}")]
    Lines(String),
}

/// Applies chunks to a text.
///
/// A chunk without context and removed lines is appended at the end of the text.
pub fn update_text(text: &str, chunks: &[Chunk]) -> Result<Updated, Mismatch> {
    let lines = Lines::of(text);
    let mut locator = Locator { lines: &lines, seeker: Seeker::new(&lines), position: 0, fuzzy: false };
    let mut placed = chunks.iter().map(|chunk| locator.place(chunk)).collect::<Result<Vec<_>, _>>()?;
    let fuzzy = locator.fuzzy;
    placed.sort_by_key(|edit| edit.at); // Stable: appended chunks stay in patch order behind the others.
    Ok(Updated { text: assemble(&lines, &placed), fuzzy })
}

/// A chunk with its place in the original lines.
struct Edit<'p> {
    at: usize,
    lines: Vec<(LineKind, &'p str)>,
}

struct Locator<'l, 't> {
    lines: &'l Lines<'t>,
    seeker: Seeker<'l, 't>,
    /// The next chunk is searched from here.
    position: usize,
    fuzzy: bool,
}

impl Locator<'_, '_> {
    fn place<'p>(&mut self, chunk: &'p Chunk) -> Result<Edit<'p>, Mismatch> {
        if let Some(context) = &chunk.context {
            let found = self.seeker.find(&[context], self.position);
            let (at, pass) = found.ok_or_else(|| Mismatch::Context(context.clone()))?;
            self.note(&[context], at, pass);
            self.position = at + 1;
        }
        let mut lines: Vec<(LineKind, &str)> = chunk.lines.iter().map(|line| (line.kind, line.text.as_str())).collect();
        let mut old = old_lines(&lines);
        if old.is_empty() {
            return Ok(Edit { at: self.lines.len(), lines });
        }
        let mut found = self.find(&old, chunk.end_of_file);
        if found.is_none() && old.last().is_some_and(|last| last.is_empty()) {
            drop_trailing_blank(&mut lines);
            old.pop();
            found = self.find(&old, chunk.end_of_file && !old.is_empty());
        }
        let Some((at, pass)) = found else {
            return Err(Mismatch::Lines(old_texts(chunk)));
        };
        self.note(&old, at, pass);
        self.position = at + old.len();
        Ok(Edit { at, lines })
    }

    fn find(&mut self, old: &[&str], end_of_file: bool) -> Option<(usize, Pass)> {
        if end_of_file { self.seeker.find_at_end(old, self.position) } else { self.seeker.find(old, self.position) }
    }

    fn note(&mut self, found: &[&str], at: usize, pass: Pass) {
        if pass != Pass::Exact && !self.fuzzy {
            let differs = |(i, want): (usize, &&str)| self.lines.get(at + i).strip_suffix('\r').unwrap_or(self.lines.get(at + i)) != *want;
            self.fuzzy = found.iter().enumerate().any(differs);
        }
    }
}

fn old_lines<'p>(lines: &[(LineKind, &'p str)]) -> Vec<&'p str> {
    lines.iter().filter(|(kind, _)| *kind != LineKind::Insert).map(|(_, text)| *text).collect()
}

fn old_texts(chunk: &Chunk) -> String {
    let old: Vec<&str> = chunk.lines.iter().filter(|line| line.kind != LineKind::Insert).map(|line| line.text.as_str()).collect();
    old.join("\n")
}

/// Takes the last old line, an empty one the file does not have, out of a chunk; and with it an empty last new line.
fn drop_trailing_blank(lines: &mut Vec<(LineKind, &str)>) {
    if let Some(last) = lines.iter().rposition(|(kind, _)| *kind != LineKind::Insert) {
        match lines[last].0 {
            // Not in the file, so as part of the result it can only be inserted.
            LineKind::Context => lines[last].0 = LineKind::Insert,
            LineKind::Remove | LineKind::Insert => {
                lines.remove(last);
            }
        }
    }
    if let Some(last) = lines.iter().rposition(|(kind, _)| *kind != LineKind::Remove)
        && lines[last].1.is_empty()
    {
        lines.remove(last);
    }
}

fn assemble(lines: &Lines<'_>, edits: &[Edit<'_>]) -> String {
    let whole = lines.span(0, lines.len());
    let inserted: usize = edits.iter().flat_map(|edit| &edit.lines).map(|(_, text)| text.len() + 2).sum();
    let mut out = Output { text: String::with_capacity(whole.len() + inserted + 2), crlf: lines.all_end_in_crlf() };
    let mut next = 0;
    for edit in edits {
        out.keep(lines.span(next, edit.at));
        next = edit.at;
        for (kind, text) in &edit.lines {
            match kind {
                LineKind::Context => {
                    out.keep(lines.span(next, next + 1));
                    next += 1;
                }
                LineKind::Remove => next += 1,
                LineKind::Insert => out.insert(text),
            }
        }
    }
    out.keep(lines.span(next, lines.len()));
    out.terminate();
    out.text
}

struct Output {
    text: String,
    crlf: bool,
}

impl Output {
    fn keep(&mut self, lines: &str) {
        if !lines.is_empty() {
            self.terminate();
            self.text.push_str(lines);
        }
    }

    fn insert(&mut self, line: &str) {
        self.terminate();
        self.text.push_str(line);
        self.text.push_str(if self.crlf { "\r\n" } else { "\n" });
    }

    /// Ends a line that had no line end in the file.
    fn terminate(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push_str(if self.crlf && !self.text.ends_with('\r') { "\r\n" } else { "\n" });
        }
    }
}

#[cfg(test)]
mod tests;
