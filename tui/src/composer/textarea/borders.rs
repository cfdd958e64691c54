//! Where a cursor may stand.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::TextArea;

impl TextArea {
    /// The stretch without units, or the unit, that has the byte before (`back`) or after a place; and whether it is a unit.
    fn stretch(&self, at: usize, back: bool) -> (Range<usize>, bool) {
        let mut start = 0;
        for unit in &self.units {
            let inside = if back { unit.range.start < at && at <= unit.range.end } else { unit.range.start <= at && at < unit.range.end };
            if inside {
                return (unit.range.clone(), true);
            }
            if if back { at <= unit.range.start } else { at < unit.range.start } {
                return (start..unit.range.start, false);
            }
            start = unit.range.end;
        }
        (start..self.text.len(), false)
    }

    /// The border before a border; 0 at the start.
    pub(in crate::composer) fn previous_border(&self, at: usize) -> usize {
        let (stretch, is_unit) = self.stretch(at, true);
        if is_unit || at == 0 {
            return if at == 0 { 0 } else { stretch.start };
        }
        let text = &self.text[stretch.clone()];
        let mut cursor = GraphemeCursor::new(at - stretch.start, text.len(), true);
        let before = cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0);
        stretch.start + before
    }

    /// The border after a border; the length of the text at the end.
    pub(in crate::composer) fn next_border(&self, at: usize) -> usize {
        if at >= self.text.len() {
            return self.text.len();
        }
        let (stretch, is_unit) = self.stretch(at, false);
        if is_unit {
            return stretch.end;
        }
        let text = &self.text[stretch.clone()];
        let mut cursor = GraphemeCursor::new(at - stretch.start, text.len(), true);
        let after = cursor.next_boundary(text, 0).ok().flatten().unwrap_or(text.len());
        stretch.start + after
    }

    /// Whether the cursor may stand there.
    pub fn is_border(&self, at: usize) -> bool {
        if !self.text.is_char_boundary(at) {
            return false;
        }
        if self.units.iter().any(|unit| unit.range.start < at && at < unit.range.end) {
            return false;
        }
        let (stretch, is_unit) = self.stretch(at, false);
        if is_unit || at == stretch.start || at == stretch.end {
            return true;
        }
        let text = &self.text[stretch.clone()];
        GraphemeCursor::new(at - stretch.start, text.len(), true).is_boundary(text, 0).unwrap_or(true)
    }

    pub(super) fn border_at_or_before(&self, mut at: usize) -> usize {
        while at > 0 && !self.is_border(at) {
            at -= 1;
        }
        at
    }

    pub(super) fn border_at_or_after(&self, mut at: usize) -> usize {
        while at < self.text.len() && !self.is_border(at) {
            at += 1;
        }
        at
    }

    /// What lies between two borders, piece by piece: characters as people see them, and units.
    pub(super) fn pieces(&self, range: Range<usize>) -> Vec<(Range<usize>, bool)> {
        let mut pieces = Vec::new();
        let mut at = range.start;
        for unit in self.units.iter().filter(|unit| range.start <= unit.range.start && unit.range.end <= range.end) {
            pieces.extend(graphemes(&self.text, at..unit.range.start));
            pieces.push((unit.range.clone(), true));
            at = unit.range.end;
        }
        pieces.extend(graphemes(&self.text, at..range.end));
        pieces
    }
}

fn graphemes(text: &str, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, bool)> + use<'_> {
    let start = range.start;
    text[range].grapheme_indices(true).map(move |(at, piece)| (start + at..start + at + piece.len(), false))
}
