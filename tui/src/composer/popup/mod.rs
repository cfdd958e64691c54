//! The lists that open below the text: commands behind `/`, files behind `@`, skills behind `$`.
//!
//! One shape for all: a token at the cursor is matched against something, the best rows are shown, one is selected, and taking it
//! replaces the token. Selection and scrolling begin anew with every edit. A list that was closed stays closed for its token.

mod files;
mod mentions;
mod rows;
mod slash;
mod token;

use std::ops::Range;

pub use self::rows::{MOST_ROWS, PopupRow};
use self::token::{Sigil, Token, token_at};
use super::files::FileHits;
use super::state::Composer;
use super::textarea::{Fragment, TextArea};

/// What is open below the text, if anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Popup {
    open: Option<Open>,
    /// A token whose list was closed: its kind and where it starts.
    closed: Option<(Sigil, usize)>,
    /// What is to be looked for, not taken yet.
    wanted: Option<String>,
}

#[derive(Clone, Debug)]
struct Open {
    token: Token,
    rows: Vec<PopupRow>,
    selected: usize,
    /// The first row that is shown.
    offset: usize,
    /// In place of rows.
    note: Option<&'static str>,
    /// Below the rows.
    footer: Option<&'static str>,
}

/// What is shown of an open list.
pub(super) struct View<'a> {
    pub(super) rows: &'a [PopupRow],
    /// Within `rows`.
    pub(super) selected: usize,
    /// Rows above.
    pub(super) above: usize,
    /// Rows there are.
    pub(super) total: usize,
    pub(super) note: Option<&'static str>,
    pub(super) footer: Option<&'static str>,
}

/// What taking a row means.
pub(super) enum Taken {
    /// A command is to be run.
    Command(String),
    /// The token is to be replaced.
    Insert(Range<usize>, String),
}

impl Popup {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Closes for now; an edit may open it again.
    pub(super) fn close(&mut self) {
        self.open = None;
        self.wanted = None;
    }

    /// Closes until another token is written.
    pub(super) fn dismiss(&mut self) {
        if let Some(open) = self.open.take() {
            self.closed = Some((open.token.sigil, open.token.range.start));
        }
        self.wanted = None;
    }

    pub(super) fn move_by(&mut self, down: bool) {
        let Some(open) = self.open.as_mut().filter(|open| !open.rows.is_empty()) else { return };
        let count = open.rows.len();
        open.selected = if down { (open.selected + 1) % count } else { (open.selected + count - 1) % count };
        open.offset = open.offset.min(open.selected).max((open.selected + 1).saturating_sub(MOST_ROWS));
    }

    /// What the selected row stands for; `None` when there is none.
    pub(super) fn take(&self, complete: bool) -> Option<Taken> {
        let open = self.open.as_ref()?;
        let row = open.rows.get(open.selected)?;
        Some(match open.token.sigil {
            Sigil::Slash if !complete => Taken::Command(row.value.clone()),
            Sigil::Slash => Taken::Insert(open.token.range.clone(), format!("/{}", row.value)),
            Sigil::At => Taken::Insert(open.token.range.clone(), files::quoted(&row.value)),
            Sigil::Dollar => Taken::Insert(open.token.range.clone(), row.value.clone()),
        })
    }

    pub(super) fn view(&self) -> Option<View<'_>> {
        let open = self.open.as_ref()?;
        let end = (open.offset + MOST_ROWS).min(open.rows.len());
        Some(View {
            rows: &open.rows[open.offset..end],
            selected: open.selected - open.offset,
            above: open.offset,
            total: open.rows.len(),
            note: open.note,
            footer: open.footer,
        })
    }

    pub(super) fn take_file_query(&mut self) -> Option<String> {
        self.wanted.take()
    }

    /// Whether anything changed.
    pub(super) fn set_file_hits(&mut self, hits: FileHits) -> bool {
        let Some(open) = self.open.as_mut().filter(|open| open.token.sigil == Sigil::At && open.token.query == hits.query) else {
            return false;
        };
        let kept = open.rows.get(open.selected).filter(|_| open.selected > 0).map(|row| row.value.clone());
        open.rows = hits.hits.into_iter().map(files::row).collect();
        open.selected = kept.and_then(|value| open.rows.iter().position(|row| row.value == value)).unwrap_or(0);
        open.offset = (open.selected + 1).saturating_sub(MOST_ROWS);
        open.note = match (open.rows.is_empty(), hits.done) {
            (true, true) => Some("no matches"),
            (true, false) => Some("looking…"),
            (false, _) => None,
        };
        true
    }

    /// The same token has other rows: what was selected stays so.
    fn refresh(&mut self, rows: Vec<PopupRow>) {
        let Some(open) = &mut self.open else { return };
        let kept = open.rows.get(open.selected).filter(|_| open.selected > 0).map(|row| row.value.clone());
        open.selected = kept.and_then(|value| rows.iter().position(|row| row.value == value)).unwrap_or(0);
        open.offset = (open.selected + 1).saturating_sub(MOST_ROWS);
        open.rows = rows;
    }

    fn show(&mut self, token: Token, rows: Vec<PopupRow>, note: Option<&'static str>, footer: Option<&'static str>) {
        self.open = (!rows.is_empty() || note.is_some()).then_some(Open { token, rows, selected: 0, offset: 0, note, footer });
    }
}

/// Whether the word at the cursor is a mention that is being written.
pub(super) fn begins_mention(area: &TextArea) -> bool {
    token_at(area).is_some_and(|token| token.sigil == Sigil::Dollar)
}

impl Composer {
    /// Opens, changes or closes the list after an edit.
    pub(super) fn sync_popup(&mut self) {
        let Some(token) = token_at(&self.area) else {
            self.popup.close();
            self.popup.closed = None;
            return;
        };
        if self.popup.closed == Some((token.sigil, token.range.start)) {
            return;
        }
        self.popup.closed = None;
        match token.sigil {
            Sigil::Slash => {
                let rows = slash::rows(&token.query, &self.commands);
                if !rows.is_empty() && self.popup.open.as_ref().is_some_and(|open| open.token == token) {
                    self.popup.refresh(rows);
                    return;
                }
                self.popup.show(token, rows, None, None);
            }
            Sigil::Dollar => {
                let rows = mentions::rows(&token.query, &self.mentions);
                if !rows.is_empty() && self.popup.open.as_ref().is_some_and(|open| open.token == token) {
                    self.popup.refresh(rows);
                    return;
                }
                self.popup.show(token, rows, None, Some("Press enter to insert or esc to close"));
            }
            Sigil::At => self.sync_files(token),
        }
    }

    fn sync_files(&mut self, token: Token) {
        let before = self.popup.open.take().filter(|open| open.token.sigil == Sigil::At);
        if let Some(open) = before.filter(|open| !token.query.is_empty() && !open.token.query.is_empty()) {
            if open.token.query == token.query {
                self.popup.open = Some(Open { token, ..open });
                return;
            }
            // What was found before stays until something else is, so that nothing flickers.
            self.popup.wanted = Some(token.query.clone());
            let note = if open.rows.is_empty() { Some("looking…") } else { None };
            self.popup.show(token, open.rows, note, None);
            return;
        }
        let note = if token.query.is_empty() { "type to search files" } else { "looking…" };
        self.popup.wanted = (!token.query.is_empty()).then(|| token.query.clone());
        self.popup.show(token, Vec::new(), Some(note), None);
    }

    /// After the cursor went somewhere without an edit: a list stays open while its token is there.
    pub(super) fn popup_after_move(&mut self) {
        let same = |open: &Open, token: &Token| open.token.sigil == token.sigil && open.token.range.start == token.range.start;
        let token = token_at(&self.area);
        if self.popup.open.as_ref().is_some_and(|open| !token.as_ref().is_some_and(|token| same(open, token))) {
            self.popup.close();
        }
    }

    /// Replaces the token by what was taken, and a blank.
    pub(super) fn insert_taken(&mut self, range: Range<usize>, text: &str) {
        let follows = self.area.text()[range.end..].chars().next();
        let blank = if follows.is_some_and(char::is_whitespace) { "" } else { " " };
        self.area.replace(range, Fragment::plain(&format!("{text}{blank}")));
        if blank.is_empty() {
            self.area.right();
        }
        self.popup.close();
        self.popup.closed = None;
    }
}
