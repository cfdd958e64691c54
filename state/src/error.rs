//! What can go wrong with session files.

use std::io;
use std::path::PathBuf;

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
}
