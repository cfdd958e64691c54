//! Going back and forth in history with Up and Down. A text that was edited is never replaced.

use super::history::Keeping;
use super::state::Composer;
use super::textarea::Fragment;

/// Where in history the text came from.
#[derive(Clone, Debug, Default)]
pub(super) struct Recall {
    /// The entry, 0 the newest, and its text as it was.
    place: Option<(usize, Fragment)>,
}

impl Composer {
    /// Whether the text may be replaced by an entry: it is empty, or an entry as it was with the cursor at an end.
    fn may_recall(&self) -> bool {
        if self.area.is_empty() {
            return true;
        }
        let at_an_end = self.area.cursor() == 0 || self.area.cursor() == self.area.text().len();
        let unchanged =
            self.recall.place.as_ref().is_some_and(|(_, text)| text.text == self.area.text() && text.units == self.area.units());
        at_an_end && unchanged
    }

    /// Goes to the entry before; false when the key means something else here.
    pub(super) fn recall_older(&mut self) -> bool {
        if !self.may_recall() {
            return false;
        }
        let number = match &self.recall.place {
            Some((number, _)) if !self.area.is_empty() => number + 1,
            Some(_) | None => 0,
        };
        self.show_entry(number)
    }

    /// Goes to the entry after; past the newest is an empty text.
    pub(super) fn recall_newer(&mut self) -> bool {
        if self.area.is_empty() || !self.may_recall() {
            return false;
        }
        match self.recall.place.as_ref().map(|(number, _)| *number) {
            Some(0) | None => {
                self.clear_text();
                true
            }
            Some(number) => self.show_entry(number - 1),
        }
    }

    fn show_entry(&mut self, number: usize) -> bool {
        let Some(draft) = self.history.entry(number) else { return false };
        let shown = draft.shown.clone();
        self.show_draft(&draft);
        self.recall.place = Some((number, shown));
        true
    }

    /// Clears the text for good but keeps it to be recalled.
    pub(super) fn put_aside(&mut self, keeping: Keeping) {
        let draft = self.whole_draft();
        if !draft.text.trim().is_empty() {
            self.history.add(draft, keeping);
        }
        self.clear_text();
    }
}
