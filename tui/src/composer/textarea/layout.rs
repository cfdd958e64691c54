//! The text as rows of a width: broken at spaces where there are any, else between characters.
//!
//! White space that does not fit hangs over the end of its row, so that no row begins with it. A unit is broken only when it is
//! wider than a row. Rows are kept until text or width change.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::TextArea;

/// Columns a tab takes.
pub(in crate::composer) const TAB: &str = "    ";

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The part of the text it shows, in bytes, without the line end.
    pub range: Range<usize>,
    /// Whether the next row goes on with the same line.
    pub goes_on: bool,
}

/// The rows of one width.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    width: usize,
    rows: Vec<Row>,
}

/// Columns of one piece of text.
pub(in crate::composer) fn columns(piece: &str) -> usize {
    match piece {
        "\t" => TAB.len(),
        piece => UnicodeWidthStr::width(piece),
    }
}

impl TextArea {
    /// The rows at a width; one at least.
    pub fn rows(&self, width: usize) -> Vec<Row> {
        let width = width.max(1);
        let mut kept = self.rows.borrow_mut();
        if let Some(rows) = kept.as_ref().filter(|rows| rows.width == width) {
            return rows.rows.clone();
        }
        let mut rows = Vec::new();
        let mut start = 0;
        for line in self.text.split('\n') {
            self.break_line(start..start + line.len(), width, &mut rows);
            start += line.len() + 1;
        }
        *kept = Some(Rows { width, rows: rows.clone() });
        rows
    }

    /// Pieces of a line, with their columns; units that do not fit a row are in pieces themselves.
    fn measured(&self, line: Range<usize>, width: usize) -> Vec<(Range<usize>, usize)> {
        let mut measured = Vec::new();
        for (piece, is_unit) in self.pieces(line) {
            let columns_of = columns(&self.text[piece.clone()]);
            if is_unit && columns_of > width {
                let mut at = piece.start;
                for letter in self.text[piece].chars() {
                    let end = at + letter.len_utf8();
                    measured.push((at..end, columns(&self.text[at..end])));
                    at = end;
                }
            } else {
                measured.push((piece, columns_of));
            }
        }
        measured
    }

    fn break_line(&self, line: Range<usize>, width: usize, rows: &mut Vec<Row>) {
        let (mut start, mut used) = (line.start, 0);
        // Where the row could end, and the columns up to there.
        let mut chance: Option<(usize, usize)> = None;
        let mut wide_before = false;
        for (piece, columns) in self.measured(line.clone(), width) {
            let is_space = matches!(&self.text[piece.clone()], " " | "\t");
            let is_wide = columns > 1 && piece.len() <= 16 && !is_space;
            if (is_wide || wide_before) && piece.start > start && !is_space {
                chance = Some((piece.start, used));
            }
            if used + columns > width && !is_space && piece.start > start {
                let (at, before) = chance.filter(|(at, _)| *at > start).unwrap_or((piece.start, used));
                rows.push(Row { range: start..at, goes_on: true });
                used -= before;
                start = at;
                chance = None;
            }
            used += columns;
            if is_space {
                chance = Some((piece.end, used));
            }
            wide_before = is_wide;
        }
        rows.push(Row { range: start..line.end, goes_on: false });
    }

    /// Row and column of the cursor at a width.
    pub fn position(&self, width: usize) -> (usize, usize) {
        self.position_of(self.cursor, width)
    }

    /// Row and column of a place at a width; the column is at most the width.
    pub fn position_of(&self, at: usize, width: usize) -> (usize, usize) {
        let rows = self.rows(width);
        let row = rows.iter().rposition(|row| row.range.start <= at).unwrap_or_default();
        let column = rows.get(row).map_or(0, |row| self.columns_of(row.range.start..at.min(row.range.end)));
        (row, column.min(width))
    }

    /// Columns of a part of a row.
    pub(super) fn columns_of(&self, range: Range<usize>) -> usize {
        self.pieces(range.clone()).into_iter().map(|(piece, _)| columns(&self.text[piece])).sum()
    }

    /// The border in a row that is nearest to a column, from the left.
    pub(super) fn place_at(&self, width: usize, row: usize, column: usize) -> usize {
        let rows = self.rows(width);
        let Some(row) = rows.get(row) else { return self.text.len() };
        let (mut at, mut used) = (row.range.start, 0);
        for (piece, columns) in self.measured(row.range.clone(), width) {
            if used + columns > column {
                break;
            }
            used += columns;
            at = piece.end;
        }
        // The end of a row that goes on is the start of the next.
        if row.goes_on && at == row.range.end && at > row.range.start {
            at = self.previous_border(at);
        }
        self.border_at_or_before(at)
    }
}
