//! What can go wrong with session files.

use std::io;
use std::path::PathBuf;

use codex_protocol::ThreadId;

/// Why a session file could not be read, written or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file has no line.
    #[error("failed to load rollout `{path}`: empty session file")]
    Empty {
        /// The session file.
        path: PathBuf,
    },
    /// No line says which thread the file holds.
    #[error("failed to load rollout `{path}`: failed to parse thread ID from rollout file")]
    NoThreadId {
        /// The session file.
        path: PathBuf,
    },
    /// The file or folder cannot be read.
    #[error("failed to load rollout `{path}`")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The session cannot be recorded, or not completely.
    #[error("cannot record the session in `{path}`")]
    Write {
        /// The session file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// No session has this id or name.
    #[error("no saved session is meant by `{wanted}`")]
    Unknown {
        /// As it was given.
        wanted: String,
    },
    /// Several ids begin like this.
    #[error("`{wanted}` begins several session ids: {}", list(ids))]
    Ambiguous {
        /// As it was given.
        wanted: String,
        /// The ids.
        ids: Vec<ThreadId>,
    },
    /// No session in force, or none in the archive, has this id.
    #[error("no {}rollout found for thread id {id}", if *archived { "archived " } else { "" })]
    NotFound {
        /// The thread.
        id: ThreadId,
        /// Whether the archive was looked through.
        archived: bool,
    },
    /// Another program, or another part of this one, has the session open.
    #[error("the session in `{path}` is open elsewhere")]
    Busy {
        /// The session file.
        path: PathBuf,
    },
    /// There is a file where this one should go.
    #[error("`{path}` is there already")]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// A name of white space alone.
    #[error("thread name must not be empty")]
    EmptyName,
    /// No page can follow from there.
    #[error("invalid cursor: {0}")]
    Cursor(String),
    /// What is looked for is no regular expression.
    #[error("`{pattern}` cannot be looked for: {reason}")]
    Pattern {
        /// As it was given.
        pattern: String,
        /// Why.
        reason: String,
    },
    /// The session has fewer turns.
    #[error("the session has {turns} turns of the user, so there is none numbered {wanted}")]
    NoSuchTurn {
        /// From 1.
        wanted: usize,
        /// How many there are.
        turns: usize,
    },
}

fn list(ids: &[ThreadId]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> = ids.iter().take(SHOWN).map(ThreadId::to_string).collect();
    if ids.len() > SHOWN {
        shown.push(format!("{} more", ids.len() - SHOWN));
    }
    shown.join(", ")
}
