//! What can go wrong, each with the path it went wrong at.

use std::io;
use std::path::{Path, PathBuf};

/// Why a snapshot was not taken or not restored.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The store or the workspace could not be read or written.
    #[error("{what} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as `cannot read`.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The workspace holds more files than are followed.
    #[error("`{}` holds more than {limit} files, which is too much to keep for undo; start in a smaller folder", root.display())]
    TooMany {
        /// The workspace.
        root: PathBuf,
        /// How many files are followed at most.
        limit: usize,
    },
    /// The folder is one that is never followed as a whole.
    #[error("`{}` is no workspace of its own; nothing is kept for undo", .0.display())]
    NotAWorkspace(PathBuf),
    /// There is no turn that changed files, or all are undone.
    #[error("nothing to undo: no turn changed files in `{}`", .0.display())]
    NothingToUndo(PathBuf),
    /// There was no undo, or files were changed by a turn since.
    #[error("nothing to redo in `{}`", .0.display())]
    NothingToRedo(PathBuf),
    /// The turn that was named is not known here.
    #[error("no turn `{0}` is kept for this workspace; `codex undo --list` shows those that are")]
    NoSuchTurn(String),
    /// Files were changed by somebody else since; nothing was touched.
    #[error("not undone, because {} changed since the turn: {}", if .0.len() == 1 { "a file" } else { "files" }, listed(.0))]
    Conflict(Vec<PathBuf>),
}

impl SnapshotError {
    pub(crate) fn io(what: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { what, path, source }
    }
}

const LISTED: usize = 10;

fn listed(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().take(LISTED).map(|path| format!("`{}`", path.display())).collect();
    let more = paths.len().saturating_sub(LISTED);
    if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) }
}
