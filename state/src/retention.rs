//! Which stored sessions may go: those that are too old, and the oldest of too much. Says so first, removes when told to.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::StateError;
use crate::store::SessionStore;
use crate::summary::{Archive, ListQuery, SessionSummary, SortKey};

/// What is kept. The default keeps everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Sessions that did not go on for so many days may go.
    pub max_age_days: Option<u32>,
    /// Of all files together, the oldest beyond so many bytes may go.
    pub max_total_bytes: Option<u64>,
    /// Archived ones are kept whatever their age and size.
    pub keep_archived: bool,
    /// Sessions with a name are kept whatever their age and size.
    pub keep_named: bool,
}

/// Why a session may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is too old.
    Age,
    /// All together are too large.
    Size,
}

/// A session that may go.
#[derive(Clone, Debug, PartialEq)]
pub struct Removal {
    /// The session.
    pub session: SessionSummary,
    /// Why.
    pub reason: Reason,
}

impl SessionStore {
    /// Says which sessions may go, oldest first, sub-agents' among them. Nothing is removed.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`].
    pub fn removals(&self, retention: &Retention, now: Timestamp) -> Result<Vec<Removal>, StateError> {
        let query = ListQuery { archive: Archive::Both, sort: SortKey::Updated, ..ListQuery::default() };
        let mut sessions = self.list(&query)?.sessions;
        let agents = ListQuery { sources: Some(AGENTS.iter().map(|kind| (*kind).to_owned()).collect()), ..query };
        sessions.extend(self.list(&agents)?.sessions);
        sessions.sort_by_key(|session| session.updated_at);
        let oldest = retention.max_age_days.map(|days| now - SignedDuration::from_hours(24 * i64::from(days)));
        let mut total: u64 = sessions.iter().map(|session| session.size).sum();
        let mut removals = Vec::new();
        for session in sessions {
            if (retention.keep_archived && session.archived) || (retention.keep_named && session.name.is_some()) {
                continue;
            }
            let reason = if oldest.is_some_and(|oldest| session.updated_at < oldest) {
                Reason::Age
            } else if retention.max_total_bytes.is_some_and(|most| total > most) {
                Reason::Size
            } else {
                continue;
            };
            total -= session.size;
            removals.push(Removal { session, reason });
        }
        Ok(removals)
    }

    /// Removes a session that may go. One that is in use stays, and so does one that went on since it was listed.
    ///
    /// # Errors
    ///
    /// [`StateError::Busy`], [`StateError::Write`].
    pub fn remove(&self, removal: &Removal) -> Result<(), StateError> {
        let changed = |path: &Path| std::fs::metadata(path).map_or(0, |about| about.len()) != removal.session.size;
        if changed(&removal.session.path) {
            return Err(StateError::Busy { path: removal.session.path.clone() });
        }
        self.delete(removal.session.id)
    }
}

const AGENTS: &[&str] = &["subAgentReview", "subAgentCompact", "subAgentThreadSpawn", "subAgentOther"];
