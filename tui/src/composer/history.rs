//! What was sent before: in this run, with everything that was attached, then what the file of typed prompts has, read as far
//! as somebody looks.

use std::time::{SystemTime, UNIX_EPOCH};

use codex_protocol::ThreadId;
use codex_state::{NewestFirst, PromptHistory, StateError, TypedPrompt};

use super::outcome::Draft;

/// What was sent before.
#[derive(Debug, Default)]
pub struct History {
    /// Of this run, oldest first.
    own: Vec<Draft>,
    /// Of the file, newest first, as far as it was read.
    older: Vec<String>,
    file: Option<Stored>,
    failure: Option<StateError>,
}

#[derive(Debug)]
struct Stored {
    file: PromptHistory,
    /// The sessions of this run; the last is the present one.
    sessions: Vec<ThreadId>,
    /// When this run began, in seconds since 1970.
    began: i64,
    reader: Option<NewestFirst>,
    is_read: bool,
}

impl History {
    /// History that no file keeps.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// History that goes on from a file and is kept there, as typed in a session.
    pub fn stored(file: PromptHistory, session: ThreadId) -> Self {
        let stored = Stored { file, sessions: vec![session], began: now(), reader: None, is_read: false };
        Self { file: Some(stored), ..Self::default() }
    }

    /// From now on another session is typed in.
    pub(super) fn set_session(&mut self, session: ThreadId) {
        if let Some(stored) = &mut self.file {
            stored.sessions.retain(|own| *own != session);
            stored.sessions.push(session);
        }
    }

    /// Keeps a draft. One that equals the last is not kept twice.
    pub(super) fn add(&mut self, draft: Draft, keeping: Keeping) {
        if draft.is_empty() || self.own.last().is_some_and(|last| last.shown == draft.shown && last.text == draft.text) {
            return;
        }
        if keeping == Keeping::File
            && let Some(stored) = &self.file
            && let Some(session_id) = stored.sessions.last()
        {
            let entry = TypedPrompt { session_id: *session_id, ts: now(), text: draft.text.clone() };
            if let Err(error) = stored.file.add(&entry) {
                self.failure = Some(error);
            }
        }
        self.own.push(draft);
    }

    /// What went wrong with the file since this was asked last.
    pub(super) fn take_failure(&mut self) -> Option<StateError> {
        self.failure.take()
    }

    /// The entries that can be had without reading more.
    pub(super) fn known(&self) -> usize {
        self.own.len() + self.older.len()
    }

    /// The text of a known entry; 0 is the newest.
    pub(super) fn text(&self, number: usize) -> Option<&str> {
        match self.own.len().checked_sub(number + 1) {
            Some(at) => self.own.get(at).map(|draft| draft.text.as_str()),
            None => self.older.get(number - self.own.len()).map(String::as_str),
        }
    }

    /// An entry; 0 is the newest. Reads on until it is found or the file ends.
    pub(super) fn entry(&mut self, number: usize) -> Option<Draft> {
        while number >= self.known() && self.read_more() {}
        match self.own.len().checked_sub(number + 1) {
            Some(at) => self.own.get(at).cloned(),
            None => self.older.get(number - self.own.len()).map(|text| Draft::plain(text)),
        }
    }

    /// Reads a piece of the file; false when there is no more.
    pub(super) fn read_more(&mut self) -> bool {
        let Some(stored) = self.file.as_mut().filter(|stored| !stored.is_read) else { return false };
        let reader = stored.reader.get_or_insert_with(|| stored.file.newest_first());
        match reader.read_piece() {
            Ok(Some(entries)) => {
                // What this run typed is known already.
                let own = |entry: &TypedPrompt| entry.ts >= stored.began && stored.sessions.contains(&entry.session_id);
                for entry in entries.into_iter().filter(|entry| !own(entry) && !entry.text.trim().is_empty()) {
                    if self.older.last() != Some(&entry.text) {
                        self.older.push(entry.text);
                    }
                }
                true
            }
            Ok(None) => {
                stored.is_read = true;
                false
            }
            Err(error) => {
                stored.is_read = true;
                self.failure = Some(error);
                false
            }
        }
    }
}

/// Where an entry is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// For this run.
    Run,
    /// In the file too.
    File,
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default()
}
