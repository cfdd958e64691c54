//! Changes of the text.

use std::ops::Range;

use super::fragment::clean;
use super::undo::Change;
use super::{Fragment, TextArea, Unit};

impl TextArea {
    /// Inserts a typed character at the cursor.
    pub fn type_char(&mut self, letter: char) {
        let text = clean(letter.encode_utf8(&mut [0; 4]));
        if text.is_empty() {
            return;
        }
        self.note(Change::Typed(letter.is_whitespace()));
        self.splice(self.cursor..self.cursor, Fragment { text, units: Vec::new() });
    }

    /// Inserts one of many characters that come at once: all of them are one step.
    pub fn type_fast(&mut self, letter: char) {
        let text = clean(letter.encode_utf8(&mut [0; 4]));
        if !text.is_empty() {
            self.note(Change::Fast);
            self.splice(self.cursor..self.cursor, Fragment { text, units: Vec::new() });
        }
    }

    /// Inserts text at the cursor as one step.
    pub fn insert_text(&mut self, text: &str) {
        self.insert(Fragment::plain(text));
    }

    /// Inserts text with units at the cursor as one step.
    pub fn insert(&mut self, content: Fragment) {
        if !content.text.is_empty() {
            self.replace(self.cursor..self.cursor, content);
        }
    }

    /// Replaces a range between borders as one step; the cursor goes behind it.
    pub fn replace(&mut self, range: Range<usize>, content: Fragment) {
        self.note(Change::Whole);
        self.splice(range, content);
    }

    /// Deletes the character, or unit, before the cursor.
    pub fn delete_back(&mut self) {
        let from = self.previous_border(self.cursor);
        self.delete(from..self.cursor, Change::Deleted);
    }

    /// Deletes the character, or unit, after the cursor.
    pub fn delete_forward(&mut self) {
        let to = self.next_border(self.cursor);
        self.delete(self.cursor..to, Change::Deleted);
    }

    /// Deletes a range between borders as one step.
    pub fn delete_range(&mut self, range: Range<usize>) {
        self.delete(range, Change::Whole);
    }

    fn delete(&mut self, range: Range<usize>, change: Change) {
        if !range.is_empty() {
            self.note(change);
            self.splice(range, Fragment::default());
        }
    }

    /// Deletes a range between borders and keeps it for [`TextArea::yank`].
    pub fn kill(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.cut = Fragment::part(&self.text, &self.units, range.clone());
            self.delete(range, Change::Whole);
        }
    }

    /// Keeps a range between borders for [`TextArea::yank`].
    pub fn copy(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.cut = Fragment::part(&self.text, &self.units, range);
        }
    }

    /// Keeps some text for [`TextArea::yank`].
    pub fn keep(&mut self, content: Fragment) {
        self.cut = content;
    }

    /// Cuts the word before the cursor.
    pub fn kill_word_back(&mut self) {
        self.kill(self.word_back(self.cursor)..self.cursor);
    }

    /// Cuts the word after the cursor.
    pub fn kill_word_forward(&mut self) {
        self.kill(self.cursor..self.word_end(self.cursor));
    }

    /// Cuts to the start of the line; at the start, the line end before it.
    pub fn kill_line_start(&mut self) {
        let start = self.line_range(self.cursor).start;
        let from = if start == self.cursor { self.previous_border(start) } else { start };
        self.kill(from..self.cursor);
    }

    /// Cuts to the end of the line; at the end, the line end.
    pub fn kill_line_end(&mut self) {
        let end = self.line_range(self.cursor).end;
        let to = if end == self.cursor { self.next_border(end) } else { end };
        self.kill(self.cursor..to);
    }

    /// Inserts what was cut last.
    pub fn yank(&mut self) {
        self.insert(self.cut.clone());
    }

    /// The one place that changes text and units.
    fn splice(&mut self, range: Range<usize>, content: Fragment) {
        let (removed, added) = (range.len(), content.text.len());
        self.units.retain(|unit| unit.range.end <= range.start || unit.range.start >= range.end);
        for unit in self.units.iter_mut().filter(|unit| unit.range.start >= range.end) {
            unit.range = unit.range.start - removed + added..unit.range.end - removed + added;
        }
        let place = self.units.iter().position(|unit| unit.range.start >= range.start).unwrap_or(self.units.len());
        let new =
            content.units.into_iter().map(|unit| Unit { range: unit.range.start + range.start..unit.range.end + range.start, ..unit });
        self.units.splice(place..place, new);
        self.text.replace_range(range.clone(), &content.text);
        self.cursor = range.start + added;
        self.changed();
    }
}
