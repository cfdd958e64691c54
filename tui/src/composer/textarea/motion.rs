//! Moving the cursor.

use std::ops::Range;

use super::TextArea;

/// What a word is made of, or what lies between words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Word,
    Other,
}

fn class(piece: &str) -> Class {
    match piece.chars().next() {
        None => Class::Space,
        Some(letter) if letter.is_whitespace() => Class::Space,
        Some(letter) if letter.is_alphanumeric() || letter == '_' => Class::Word,
        Some(_) => Class::Other,
    }
}

impl TextArea {
    /// Goes one character, or unit, back.
    pub fn left(&mut self) {
        self.move_to(self.previous_border(self.cursor));
    }

    /// Goes one character, or unit, forward.
    pub fn right(&mut self) {
        self.move_to(self.next_border(self.cursor));
    }

    /// Goes to the start of the word.
    pub fn word_left(&mut self) {
        self.move_to(self.word_back(self.cursor));
    }

    /// Goes behind the word.
    pub fn word_right(&mut self) {
        self.move_to(self.word_end(self.cursor));
    }

    /// Goes to the start of the line.
    pub fn line_start(&mut self) {
        self.move_to(self.line_range(self.cursor).start);
    }

    /// Goes to the end of the line.
    pub fn line_end(&mut self) {
        self.move_to(self.line_range(self.cursor).end);
    }

    /// The line that a place is in, without its end.
    pub fn line_range(&self, at: usize) -> Range<usize> {
        let start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |end| at + end);
        start..end
    }

    /// Where the word before a place starts.
    pub fn word_back(&self, at: usize) -> usize {
        let at = self.skip_back(at, |piece| piece == Class::Space);
        match self.class_before(at) {
            Some((_, true)) => self.previous_border(at),
            Some((kind, false)) => self.skip_back(at, |piece| piece == kind),
            None => at,
        }
    }

    /// Where the word after a place ends.
    pub fn word_end(&self, at: usize) -> usize {
        let at = self.skip_forward(at, |piece| piece == Class::Space);
        match self.class_after(at) {
            Some((_, true)) => self.next_border(at),
            Some((kind, false)) => self.skip_forward(at, |piece| piece == kind),
            None => at,
        }
    }

    /// Where the next word starts, as vi counts words.
    pub fn word_start_after(&self, at: usize) -> usize {
        let at = match self.class_after(at) {
            Some((_, true)) => self.next_border(at),
            Some((Class::Space, false)) | None => at,
            Some((kind, false)) => self.skip_forward(at, |piece| piece == kind),
        };
        self.skip_forward(at, |piece| piece == Class::Space)
    }

    /// The last character of the word that ends after a place, as vi counts words.
    pub fn last_of_word_after(&self, at: usize) -> usize {
        let end = self.word_end(self.next_border(at));
        self.previous_border(end).max(at)
    }

    fn class_before(&self, at: usize) -> Option<(Class, bool)> {
        let before = self.previous_border(at);
        (before < at).then(|| (class(&self.text[before..at]), self.is_unit(before)))
    }

    fn class_after(&self, at: usize) -> Option<(Class, bool)> {
        let after = self.next_border(at);
        (after > at).then(|| (class(&self.text[at..after]), self.is_unit(at)))
    }

    fn is_unit(&self, start: usize) -> bool {
        self.units.iter().any(|unit| unit.range.start == start)
    }

    fn skip_back(&self, mut at: usize, skip: impl Fn(Class) -> bool) -> usize {
        while let Some((kind, is_unit)) = self.class_before(at)
            && !is_unit
            && skip(kind)
        {
            at = self.previous_border(at);
        }
        at
    }

    fn skip_forward(&self, mut at: usize, skip: impl Fn(Class) -> bool) -> usize {
        while let Some((kind, is_unit)) = self.class_after(at)
            && !is_unit
            && skip(kind)
        {
            at = self.next_border(at);
        }
        at
    }

    /// Goes a row up at a width; false when the cursor is in the first.
    pub fn row_up(&mut self, width: usize) -> bool {
        let (row, column) = self.position(width);
        let Some(target) = row.checked_sub(1) else { return false };
        self.go_to_row(width, target, column);
        true
    }

    /// Goes a row down at a width; false when the cursor is in the last.
    pub fn row_down(&mut self, width: usize) -> bool {
        let (row, column) = self.position(width);
        if row + 1 >= self.rows(width).len() {
            return false;
        }
        self.go_to_row(width, row + 1, column);
        true
    }

    fn go_to_row(&mut self, width: usize, row: usize, column: usize) {
        let goal = self.goal.unwrap_or(column);
        let at = self.place_at(width, row, goal);
        // A unit of several rows is stepped over, not stood in.
        let stuck = row > self.position(width).0 && at <= self.cursor;
        self.move_to(if stuck { self.next_border(self.cursor) } else { at });
        self.goal = Some(goal);
    }
}
