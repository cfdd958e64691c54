//! What can be undone: the text as it was before each step. Typing is one step up to the end of a word, deleting likewise.

use super::{Fragment, TextArea};

/// Steps that can be taken back; prompts are short, so whole texts are kept.
const MOST_STEPS: usize = 500;
/// Bytes that are kept for it at most.
const MOST_BYTES: usize = 8 << 20;

/// What kind of step one is; steps of a kind that follow each other become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A character was typed; `true` for white space.
    Typed(bool),
    /// Characters came faster than anyone types.
    Fast,
    /// A character was deleted.
    Deleted,
    /// Anything else.
    Whole,
}

#[derive(Clone, Debug)]
struct State {
    content: Fragment,
    cursor: usize,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Undo {
    past: Vec<State>,
    future: Vec<State>,
    open: Option<Change>,
}

impl Undo {
    /// The next step begins anew, whatever its kind.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    fn joins(&self, change: Change) -> bool {
        match (self.open, change) {
            (Some(Change::Typed(before)), Change::Typed(now)) => before == now || !before,
            (Some(Change::Deleted), Change::Deleted) | (Some(Change::Typed(_) | Change::Fast), Change::Fast) => true,
            (_, Change::Typed(_) | Change::Fast | Change::Deleted | Change::Whole) => false,
        }
    }
}

impl TextArea {
    fn state(&self) -> State {
        State { content: self.content(), cursor: self.cursor }
    }

    /// Called before each change.
    pub(super) fn note(&mut self, change: Change) {
        if !self.undo.joins(change) {
            let state = self.state();
            self.undo.past.push(state);
            let bytes: usize = self.undo.past.iter().map(|state| state.content.text.len()).sum();
            if self.undo.past.len() > MOST_STEPS || bytes > MOST_BYTES {
                self.undo.past.remove(0);
            }
        }
        self.undo.future.clear();
        self.undo.open = Some(change);
    }

    /// Takes the last step back; false when there is none.
    pub fn undo(&mut self) -> bool {
        let Some(state) = self.undo.past.pop() else { return false };
        let now = self.state();
        self.undo.future.push(now);
        self.restore(state);
        true
    }

    /// Takes the last undoing back; false when there is none.
    pub fn redo(&mut self) -> bool {
        let Some(state) = self.undo.future.pop() else { return false };
        let now = self.state();
        self.undo.past.push(now);
        self.restore(state);
        true
    }

    fn restore(&mut self, state: State) {
        self.text = state.content.text;
        self.units = state.content.units;
        self.cursor = state.cursor;
        self.changed();
        self.undo.close();
    }
}
