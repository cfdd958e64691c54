//! Searching history backwards while a text is typed.
//!
//! Only so much of the file is read at a time; what is left is done by [`Composer::tick`], so that no key waits for it.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::history::{History, Keeping};
use super::outcome::{Draft, Outcome, SearchState};
use super::state::Composer;
use crate::keymap::{Action, Context, Key};

/// Pieces of the file that are read in one go.
const PIECES_AT_ONCE: usize = 16;

/// A search under way.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) query: String,
    pub(super) state: SearchState,
    /// The entry that is shown.
    found: Option<usize>,
    /// The entry to look at next.
    next: usize,
    /// What was written before.
    before: Draft,
    before_cursor: usize,
}

impl Search {
    /// Where the query is in a text.
    pub(super) fn spot(&self, text: &str) -> Option<Range<usize>> {
        if self.query.is_empty() {
            return None;
        }
        if self.query.chars().any(char::is_uppercase) {
            return text.find(&self.query).map(|at| at..at + self.query.len());
        }
        // Letters may change their length with their case, so places are compared one by one.
        let same = |start: usize| {
            let mut rest =
                text[start..].char_indices().flat_map(|(at, letter)| letter.to_lowercase().map(move |low| (at + letter.len_utf8(), low)));
            let mut end = start;
            for wanted in self.query.chars() {
                match rest.next() {
                    Some((after, letter)) if letter == wanted => end = start + after,
                    _ => return None,
                }
            }
            Some(start..end)
        };
        text.char_indices().find_map(|(at, _)| same(at))
    }

    /// Looks on among older entries, but not too long.
    fn look(&mut self, history: &mut History, shown: &str) {
        self.state = SearchState::Looking;
        let mut pieces = 0;
        loop {
            while let Some(text) = history.text(self.next) {
                let number = self.next;
                self.next += 1;
                if self.spot(text).is_some() && (self.found.is_none() || text != shown) {
                    self.found = Some(number);
                    self.state = SearchState::Found;
                    return;
                }
            }
            if pieces == PIECES_AT_ONCE {
                return;
            }
            pieces += 1;
            if !history.read_more() {
                self.state = if self.found.is_some() { SearchState::Found } else { SearchState::NotFound };
                // The last match stays, and newer ones can be gone back to.
                self.next = history.known();
                return;
            }
        }
    }

    fn look_newer(&mut self, history: &History, shown: &str) {
        let from = self.found.unwrap_or(0);
        let hit = (0..from).rev().find(|number| history.text(*number).is_some_and(|text| self.spot(text).is_some() && text != shown));
        if let Some(number) = hit {
            self.found = Some(number);
            self.next = number + 1;
            self.state = SearchState::Found;
        }
    }
}

impl Composer {
    pub(super) fn begin_search(&mut self) -> Outcome {
        self.popup.close();
        self.search = Some(Search {
            query: String::new(),
            state: SearchState::Empty,
            found: None,
            next: 0,
            before: self.whole_draft(),
            before_cursor: self.area.cursor(),
        });
        Outcome::Redraw
    }

    /// A key while a search is under way; `None` when the search is over and the key is meant for the text.
    pub(super) fn search_key(&mut self, event: &KeyEvent) -> Option<Outcome> {
        let key = Key::of(event);
        let action = self.keymap.action(Context::Composer, event);
        let newer = Key::new(KeyCode::Char('s'), KeyModifiers::CONTROL);
        match (key.code(), action) {
            (KeyCode::Esc, _) | (_, Some(Action::Cancel | Action::ExternalEditor)) => self.leave_search(),
            (KeyCode::Enter | KeyCode::Tab, _) => self.accept_search(),
            (_, Some(Action::HistorySearch)) => self.search_on(),
            _ if key == newer => self.search_newer(),
            (KeyCode::Backspace, _) | (_, Some(Action::DeleteBack)) => self.change_query(|query| {
                query.pop();
            }),
            (KeyCode::Char(_), None) if key.is_text() => {
                let KeyCode::Char(letter) = event.code else { return None };
                self.change_query(|query| query.push(letter));
            }
            _ => {
                self.accept_search();
                return None;
            }
        }
        Some(Outcome::Redraw)
    }

    fn change_query(&mut self, change: impl FnOnce(&mut String)) {
        let Some(search) = &mut self.search else { return };
        let length = search.query.len();
        change(&mut search.query);
        // A longer text can only be found where the shorter was, or before.
        let start = if search.query.len() > length { search.found.unwrap_or(search.next) } else { 0 };
        search.next = start;
        search.found = None;
        if search.query.is_empty() {
            search.state = SearchState::Empty;
            let before = search.before.clone();
            self.show_draft(&before);
            return;
        }
        self.look_on();
    }

    /// Adds pasted text to the query.
    pub(super) fn paste_into_search(&mut self, text: &str) {
        let line = text.lines().next().unwrap_or_default().to_owned();
        self.change_query(|query| query.push_str(&line));
    }

    fn search_on(&mut self) {
        if self.search.as_ref().is_some_and(|search| !search.query.is_empty()) {
            self.look_on();
        }
    }

    fn search_newer(&mut self) {
        let Some(search) = &mut self.search else { return };
        search.look_newer(&self.history, self.area.text());
        self.show_found();
    }

    /// Goes on with a search that was not through; also called by the tick.
    pub(super) fn look_on(&mut self) {
        let Some(search) = &mut self.search else { return };
        search.look(&mut self.history, self.area.text());
        self.show_found();
    }

    fn show_found(&mut self) {
        let Some(search) = &self.search else { return };
        let (found, state, before) = (search.found, search.state, search.before.clone());
        match found.and_then(|number| self.history.entry(number)) {
            Some(draft) => {
                self.show_draft(&draft);
                let spot = self.search.as_ref().and_then(|search| search.spot(self.area.text()));
                if let Some(spot) = spot {
                    self.area.set_cursor(spot.start);
                }
            }
            None if state == SearchState::NotFound => self.show_draft(&before),
            None => {}
        }
    }

    fn leave_search(&mut self) {
        if let Some(search) = self.search.take() {
            self.show_draft(&search.before);
            self.area.set_cursor(search.before_cursor);
        }
    }

    fn accept_search(&mut self) {
        let Some(search) = self.search.take() else { return };
        if search.found.is_none() {
            self.area.set_cursor(search.before_cursor);
            return;
        }
        let found = self.area.content();
        // What was being written gives way, but is not lost.
        if !search.before.text.trim().is_empty() {
            self.history.add(search.before, Keeping::Run);
        }
        self.area.reset(found);
    }
}
