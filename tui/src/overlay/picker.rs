//! Choosing a stored session: to go on with, or to fork.
//!
//! Sessions are listed a page at a time. The picker never waits for a disk: it says what it wants ([`Picker::next_job`]), somebody with a
//! thread carries it out ([`Job::run`]), and the answer is handed in ([`Picker::take`]). Answers to what is no longer wanted are dropped.

mod draw;
mod job;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use codex_protocol::ThreadId;
use codex_state::{Cursor, ListQuery, SessionSummary, SortKey};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

pub use self::job::{Answer, Job};
use crate::keymap::{Action, Context, Key, Keymap};

/// Sessions of a page.
const PAGE: usize = 50;
/// So many rows before the end of what is known, more is asked for.
const AHEAD: usize = 20;

/// What the chosen session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickerPurpose {
    /// To go on with it.
    Resume,
    /// To begin a new one with its history.
    Fork,
}

/// Where the picker was opened from, and so what Esc means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickerOrigin {
    /// Before there is a conversation: Esc begins a new one.
    Start,
    /// From a conversation: Esc goes back to it.
    Conversation,
}

/// How a picker is set up.
#[derive(Clone, Debug)]
pub struct PickerOptions {
    /// What the chosen session is for.
    pub purpose: PickerPurpose,
    /// Where it was opened from.
    pub origin: PickerOrigin,
    /// Sessions of this folder alone; `None` lists those of all, with a column that says which.
    pub folder: Option<PathBuf>,
    /// Sessions of these providers alone.
    pub providers: Option<Vec<String>>,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
}

/// What a key led to.
#[derive(Clone, Debug, PartialEq)]
pub enum PickerOutcome {
    /// Nothing changed.
    None,
    /// Something to be drawn changed; [`Picker::next_job`] may have something, too.
    Redraw,
    /// A session was chosen.
    Chosen(Box<SessionSummary>),
    /// Esc: a new conversation is wanted, or the present one again.
    Closed,
    /// The program is to be left.
    Quit,
}

/// A picker of sessions.
#[derive(Debug)]
pub struct Picker {
    options: PickerOptions,
    sort: SortKey,
    search: String,
    sessions: Vec<SessionSummary>,
    /// From where the list goes on.
    next: Option<Cursor>,
    selected: usize,
    /// Counts up whenever the list begins anew.
    generation: u64,
    /// Whether a page is being read.
    loading: bool,
    /// Whether the list is of an earlier search or order.
    stale: bool,
    jobs: Vec<Job>,
    /// The name that is being written for the selected session.
    renaming: Option<(ThreadId, String)>,
    failure: Option<String>,
    /// Rows of the list when it was drawn last.
    page_rows: std::cell::Cell<usize>,
    offset: std::cell::Cell<usize>,
}

impl Picker {
    /// A picker that wants its first page.
    pub fn new(options: PickerOptions) -> Self {
        let mut picker = Self {
            options,
            sort: SortKey::Updated,
            search: String::new(),
            sessions: Vec::new(),
            next: None,
            selected: 0,
            generation: 0,
            loading: false,
            stale: false,
            jobs: Vec::new(),
            renaming: None,
            failure: None,
            page_rows: std::cell::Cell::new(10),
            offset: std::cell::Cell::new(0),
        };
        picker.begin_anew();
        picker
    }

    /// What is to be done next; each is handed out once.
    pub fn next_job(&mut self) -> Option<Job> {
        (!self.jobs.is_empty()).then(|| self.jobs.remove(0))
    }

    /// Takes what came of a job. Whether anything to be drawn changed.
    pub fn take(&mut self, answer: Answer) -> bool {
        match answer {
            Answer::Page { generation, .. } if generation != self.generation => false,
            Answer::Page { result: Ok(page), first, .. } => {
                if first {
                    let kept = self.sessions.get(self.selected).filter(|_| self.selected > 0 && !self.stale).map(|session| session.id);
                    self.sessions = page.sessions;
                    self.selected = kept.and_then(|id| self.sessions.iter().position(|session| session.id == id)).unwrap_or(0);
                } else {
                    self.sessions.extend(page.sessions);
                }
                (self.next, self.loading, self.stale) = (page.next, false, false);
                self.want_more();
                true
            }
            Answer::Page { result: Err(error), .. } => {
                (self.loading, self.stale, self.failure) = (false, false, Some(error));
                true
            }
            Answer::Renamed { id, result: Ok(name) } => {
                for session in self.sessions.iter_mut().filter(|session| session.id == id) {
                    session.name = Some(name.clone());
                }
                true
            }
            Answer::Renamed { result: Err(error), .. } => {
                self.failure = Some(error);
                true
            }
        }
    }

    fn query(&self, after: Option<Cursor>) -> ListQuery {
        ListQuery {
            sort: self.sort,
            cwd: self.options.folder.clone(),
            providers: self.options.providers.clone(),
            words: (!self.search.trim().is_empty()).then(|| self.search.trim().to_owned()),
            after,
            limit: Some(PAGE),
            ..ListQuery::default()
        }
    }

    fn begin_anew(&mut self) {
        self.generation += 1;
        self.jobs.retain(|job| matches!(job, Job::Rename { .. }));
        self.jobs.push(Job::List { generation: self.generation, query: Box::new(self.query(None)), first: true });
        (self.loading, self.stale, self.next) = (true, true, None);
    }

    /// Asks for the next page when the selection comes near the end of what is known.
    fn want_more(&mut self) {
        if !self.loading && self.next.is_some() && self.selected + self.page_rows.get() + AHEAD >= self.sessions.len() {
            self.loading = true;
            self.jobs.push(Job::List { generation: self.generation, query: Box::new(self.query(self.next)), first: false });
        }
    }

    /// Handles a key.
    pub fn key(&mut self, event: &KeyEvent, keymap: &Keymap) -> PickerOutcome {
        if event.kind == KeyEventKind::Release {
            return PickerOutcome::None;
        }
        let key = Key::of(event);
        self.failure = None;
        if key == Key::new(KeyCode::Char('c'), KeyModifiers::CONTROL) {
            return if self.renaming.take().is_some() { PickerOutcome::Redraw } else { PickerOutcome::Quit };
        }
        if self.renaming.is_some() {
            return self.rename_key(event, key, keymap);
        }
        let action = keymap.action(Context::List, event).filter(|_| !key.is_text());
        match (action, event.code) {
            (Some(action), _) => self.act(action),
            (None, KeyCode::Char(letter)) if key.is_text() => {
                self.search.push(letter);
                self.searched()
            }
            (None, KeyCode::Backspace) if !self.search.is_empty() => {
                self.search.pop();
                self.searched()
            }
            _ => PickerOutcome::None,
        }
    }

    /// Pasted text is searched for, or part of a name.
    pub fn paste(&mut self, text: &str) -> PickerOutcome {
        let line = crate::text::sanitize_line(text.trim());
        match &mut self.renaming {
            Some((_, name)) => {
                name.push_str(&line);
                PickerOutcome::Redraw
            }
            None => {
                self.search.push_str(&line);
                self.searched()
            }
        }
    }

    fn searched(&mut self) -> PickerOutcome {
        self.begin_anew();
        PickerOutcome::Redraw
    }

    fn act(&mut self, action: Action) -> PickerOutcome {
        let last = self.sessions.len().saturating_sub(1);
        let page = self.page_rows.get().max(1);
        match action {
            Action::ListUp => self.select(self.selected.saturating_sub(1)),
            Action::ListDown => self.select((self.selected + 1).min(last)),
            Action::ListPageUp => self.select(self.selected.saturating_sub(page)),
            Action::ListPageDown => self.select((self.selected + page).min(last)),
            Action::ListFirst => self.select(0),
            Action::ListLast => self.select(last),
            Action::ListCancel => PickerOutcome::Closed,
            Action::ListAccept => match self.sessions.get(self.selected) {
                Some(session) => PickerOutcome::Chosen(Box::new(session.clone())),
                None => PickerOutcome::None,
            },
            Action::ListSort => {
                self.sort = if self.sort == SortKey::Updated { SortKey::Created } else { SortKey::Updated };
                self.begin_anew();
                PickerOutcome::Redraw
            }
            Action::ListRename => {
                let name = |session: &SessionSummary| (session.id, session.name.clone().unwrap_or_default());
                self.renaming = self.sessions.get(self.selected).map(name);
                PickerOutcome::Redraw
            }
            _ => PickerOutcome::None,
        }
    }

    fn select(&mut self, row: usize) -> PickerOutcome {
        if row == self.selected {
            return PickerOutcome::None;
        }
        self.selected = row;
        self.want_more();
        PickerOutcome::Redraw
    }

    fn rename_key(&mut self, event: &KeyEvent, key: Key, keymap: &Keymap) -> PickerOutcome {
        let action = keymap.action(Context::List, event).filter(|_| !key.is_text());
        let Some((id, name)) = &mut self.renaming else { return PickerOutcome::None };
        match (action, event.code) {
            (Some(Action::ListCancel), _) => self.renaming = None,
            (Some(Action::ListAccept), _) => {
                let (id, name) = (*id, name.trim().to_owned());
                if name.is_empty() {
                    self.failure = Some("a name cannot be empty; esc keeps the old one".to_owned());
                } else {
                    self.jobs.push(Job::Rename { id, name });
                    self.renaming = None;
                }
            }
            (_, KeyCode::Backspace) => {
                name.pop();
            }
            (_, KeyCode::Char('u')) if key.modifiers() == KeyModifiers::CONTROL => name.clear(),
            (_, KeyCode::Char(letter)) if key.is_text() => name.push(letter),
            _ => return PickerOutcome::None,
        }
        PickerOutcome::Redraw
    }
}
