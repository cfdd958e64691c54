//! Text of several lines with a cursor: editing by what people see as one character, undo, cut and insert.
//!
//! Some stretches are units ([`Unit`]): they are stepped over and deleted whole, and stand for something the owner of the text
//! keeps. The cursor is always on a border between characters and never inside a unit. Knows no keys and no screen.

mod borders;
mod edit;
mod fragment;
mod layout;
mod motion;
mod undo;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ops::Range;

pub use self::fragment::Fragment;
pub(super) use self::fragment::clean;
pub use self::layout::Row;
use self::layout::Rows;
pub(super) use self::layout::{TAB, columns};
use self::undo::{Change, Undo};

/// What a unit stands for; the owner of the text knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitId(pub u64);

/// A stretch of text that is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// What it stands for.
    pub id: UnitId,
}

/// Text with a cursor.
#[derive(Clone, Debug, Default)]
pub struct TextArea {
    text: String,
    /// In order, apart from one another.
    units: Vec<Unit>,
    cursor: usize,
    /// The column that going up and down aims at.
    goal: Option<usize>,
    cut: Fragment,
    undo: Undo,
    rows: RefCell<Option<Rows>>,
}

impl TextArea {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The cursor, in bytes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The units, in order.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// Everything, to put back later.
    pub fn content(&self) -> Fragment {
        Fragment { text: self.text.clone(), units: self.units.clone() }
    }

    /// Replaces everything; the cursor goes to the end. Can be undone.
    pub fn set_content(&mut self, content: Fragment) {
        self.note(Change::Whole);
        self.text = content.text;
        self.units = content.units;
        self.cursor = self.text.len();
        self.changed();
    }

    /// Replaces everything and forgets what could be undone. What was cut stays.
    pub fn reset(&mut self, content: Fragment) {
        self.set_content(content);
        self.undo = Undo::default();
    }

    /// Moves the cursor to the border at or before a byte.
    pub fn set_cursor(&mut self, at: usize) {
        let at = self.border_at_or_before(at.min(self.text.len()));
        self.move_to(at);
    }

    /// What was cut last.
    pub fn cut_text(&self) -> &Fragment {
        &self.cut
    }

    fn move_to(&mut self, at: usize) {
        self.cursor = at;
        self.goal = None;
        self.undo.close();
    }

    /// What follows every change of the text.
    fn changed(&mut self) {
        self.goal = None;
        *self.rows.get_mut() = None;
        // What was apart may have become one character.
        self.cursor = self.border_at_or_after(self.cursor.min(self.text.len()));
    }
}
