//! What a patch changes, as rows with line numbers, and which words of a row are new.

use std::ops::Range;

use codex_protocol::event::FileChange;
use similar::{ChangeTag, TextDiff};

/// Longer rows are not compared word by word.
const WORDS_CAP: usize = 1_000;

/// One row of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// A line of the file.
    Line {
        kind: RowKind,
        /// In the old file for removed lines, else in the new one; 0 where it is not known.
        number: usize,
        text: String,
        /// Bytes of `text` that its counterpart does not have.
        changed: Vec<Range<usize>>,
    },
    /// Lines between two hunks.
    Gap,
}

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    Context,
    Added,
    Removed,
}

/// The rows of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileRows {
    pub(super) rows: Vec<Row>,
    pub(super) added: usize,
    pub(super) removed: usize,
}

impl FileRows {
    pub(super) fn of(change: &FileChange) -> Self {
        let mut file = Self::default();
        match change {
            FileChange::Add { content } => file.whole(RowKind::Added, content),
            FileChange::Delete { content } => file.whole(RowKind::Removed, content),
            FileChange::Update { unified_diff, .. } => file.hunks(unified_diff),
        }
        file
    }

    /// Columns of the widest line number.
    pub(super) fn number_columns(&self) -> usize {
        let highest = self.rows.iter().map(|row| if let Row::Line { number, .. } = row { *number } else { 0 }).max();
        highest.unwrap_or_default().max(1).ilog10() as usize + 1
    }

    fn whole(&mut self, kind: RowKind, content: &str) {
        for (at, line) in content.lines().enumerate() {
            self.line(kind, at + 1, line);
        }
    }

    fn line(&mut self, kind: RowKind, number: usize, text: &str) {
        match kind {
            RowKind::Added => self.added += 1,
            RowKind::Removed => self.removed += 1,
            RowKind::Context => {}
        }
        self.rows.push(Row::Line { kind, number, text: text.trim_end_matches('\r').to_owned(), changed: Vec::new() });
    }

    fn hunks(&mut self, diff: &str) {
        let (mut old, mut new) = (1, 1);
        let mut begun = false;
        for line in diff.lines() {
            let start = if line == "@@" { Some((0, 0)) } else { hunk_start(line) };
            if let Some((from, to)) = start {
                if begun {
                    self.rows.push(Row::Gap);
                }
                begun = true;
                (old, new) = (from, to);
                continue;
            }
            // Where the hunk stands may not be known: then its lines have no numbers.
            let step = usize::from(new > 0);
            let (sign, text) = match line.chars().next() {
                Some(sign @ (' ' | '+' | '-')) => (sign, &line[1..]),
                Some('\\') => continue,
                _ => (' ', line),
            };
            match sign {
                '+' => {
                    self.line(RowKind::Added, new, text);
                    new += step;
                }
                '-' => {
                    self.line(RowKind::Removed, old, text);
                    old += step;
                }
                _ => {
                    self.line(RowKind::Context, new, text);
                    old += step;
                    new += step;
                }
            }
        }
        self.compare_words();
    }

    /// Finds the changed words where as many lines were added as were removed before them.
    fn compare_words(&mut self) {
        let kind = |row: &Row| if let Row::Line { kind, .. } = row { Some(*kind) } else { None };
        let mut at = 0;
        while at < self.rows.len() {
            let removed = self.rows[at..].iter().take_while(|row| kind(row) == Some(RowKind::Removed)).count();
            if removed == 0 {
                at += 1;
                continue;
            }
            let added = self.rows[at + removed..].iter().take_while(|row| kind(row) == Some(RowKind::Added)).count();
            if removed == added {
                for n in at..at + removed {
                    let (before, after) = self.rows.split_at_mut(n + removed);
                    compare(&mut before[n], &mut after[0]);
                }
            }
            at += removed + added;
        }
    }
}

fn compare(old: &mut Row, new: &mut Row) {
    let (Row::Line { text: old_text, changed: old_changed, .. }, Row::Line { text: new_text, changed: new_changed, .. }) = (old, new)
    else {
        return;
    };
    if old_text.len() > WORDS_CAP || new_text.len() > WORDS_CAP {
        return;
    }
    let diff = TextDiff::from_words(old_text.as_str(), new_text.as_str());
    let (mut old_at, mut new_at, mut same) = (0, 0, 0);
    for change in diff.iter_all_changes() {
        let length = change.value().len();
        match change.tag() {
            ChangeTag::Equal => {
                same += change.value().trim().len();
                old_at += length;
                new_at += length;
            }
            ChangeTag::Delete => {
                grow(old_changed, old_at..old_at + length);
                old_at += length;
            }
            ChangeTag::Insert => {
                grow(new_changed, new_at..new_at + length);
                new_at += length;
            }
        }
    }
    // Two lines with little in common are two lines, not a changed one.
    if same * 3 < old_text.trim().len().max(new_text.trim().len()) {
        old_changed.clear();
        new_changed.clear();
    }
}

fn grow(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// First lines of a hunk, from `@@ -a,b +c,d @@`.
fn hunk_start(line: &str) -> Option<(usize, usize)> {
    let mut words = line.strip_prefix("@@ ")?.split(' ');
    let mut number = |sign: char| words.next()?.strip_prefix(sign)?.split(',').next()?.parse::<usize>().ok();
    let (old, new) = (number('-')?, number('+')?);
    Some((old.max(1), new.max(1)))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn update(diff: &str) -> FileRows {
        FileRows::of(&FileChange::Update { unified_diff: diff.to_owned(), move_path: None })
    }

    #[test]
    fn lines_are_numbered_hunk_by_hunk() {
        let file = update("@@ -1,3 +1,3 @@\n # Title\n-old\n+new\n more\n@@ -20 +20,2 @@\n x\n+y\n\\ No newline at end of file\n");
        let rows: Vec<_> = file
            .rows
            .iter()
            .map(|row| match row {
                Row::Line { kind, number, text, .. } => (Some(*kind), *number, text.as_str()),
                Row::Gap => (None, 0, ""),
            })
            .collect();
        assert_eq!(
            rows,
            [
                (Some(RowKind::Context), 1, "# Title"),
                (Some(RowKind::Removed), 2, "old"),
                (Some(RowKind::Added), 2, "new"),
                (Some(RowKind::Context), 3, "more"),
                (None, 0, ""),
                (Some(RowKind::Context), 20, "x"),
                (Some(RowKind::Added), 21, "y"),
            ]
        );
        assert_eq!((file.added, file.removed, file.number_columns()), (2, 1, 2));
    }

    #[test]
    fn changed_words_are_found_in_lines_that_changed_a_little() {
        let file = update("@@ -1 +1 @@\n-let total = count + 1;\n+let total = count + 2;\n");
        let changed: Vec<_> = file
            .rows
            .iter()
            .map(|row| match row {
                Row::Line { text, changed, .. } => changed.iter().map(|range| &text[range.clone()]).collect::<Vec<_>>(),
                Row::Gap => Vec::new(),
            })
            .collect();
        assert_eq!(changed, [vec!["1;"], vec!["2;"]]);
        let other = update("@@ -1 +1 @@\n-alpha\n+omega psi\n");
        assert!(other.rows.iter().all(|row| matches!(row, Row::Line { changed, .. } if changed.is_empty())));
    }
}
