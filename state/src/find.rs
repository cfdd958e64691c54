//! Finds session files by what their names and first lines say.
//!
//! Names sort by the time a session began, so the newest is found from the back, day by day, and
//! only as many files are opened as it takes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use codex_protocol::ThreadId;
use codex_protocol::rollout::SessionMeta;

use crate::StateError;
use crate::paths::{ARCHIVED, SESSIONS, thread_id_of};
use crate::reader::read_meta;

/// A session file and what its first line says.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSession {
    /// The file.
    pub path: PathBuf,
    /// Which session it holds.
    pub meta: SessionMeta,
}

/// Returns the session file of a thread; an archived one only when there is no other.
///
/// # Errors
///
/// [`StateError::Read`] when a folder of sessions is there and cannot be listed.
pub fn find_by_id(codex_home: &Path, thread: ThreadId) -> Result<Option<PathBuf>, StateError> {
    let is_its = |path: &PathBuf| thread_id_of(path) == Some(thread);
    for day in days_newest_first(codex_home)? {
        if let Some(path) = entries(&day)?.into_iter().find(is_its) {
            return Ok(Some(path));
        }
    }
    Ok(entries(&codex_home.join(ARCHIVED))?.into_iter().find(is_its))
}

/// Returns the session that began last, among those of one working directory when `cwd` is given.
///
/// Sessions of sub-agents and reviewers do not count, nor do archived or unreadable files.
///
/// # Errors
///
/// [`StateError::Read`] when a folder of sessions is there and cannot be listed.
pub fn find_newest(codex_home: &Path, cwd: Option<&Path>) -> Result<Option<FoundSession>, StateError> {
    for day in days_newest_first(codex_home)? {
        for path in entries(&day)? {
            if thread_id_of(&path).is_none() {
                continue;
            }
            let Ok(meta) = read_meta(&path) else { continue };
            let is_own = meta.source.get("subagent").is_none();
            if is_own && cwd.is_none_or(|cwd| meta.cwd == cwd) {
                return Ok(Some(FoundSession { path, meta }));
            }
        }
    }
    Ok(None)
}

/// The folders `sessions/YYYY/MM/DD`, latest day first.
fn days_newest_first(codex_home: &Path) -> Result<Vec<PathBuf>, StateError> {
    let mut folders = vec![codex_home.join(SESSIONS)];
    for _ in 0..3 {
        let mut below = Vec::new();
        for folder in folders {
            below.extend(entries(&folder)?);
        }
        folders = below;
    }
    Ok(folders)
}

/// What a folder holds, last name first; nothing when it is no folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, StateError> {
    let unreadable = |source| StateError::Read { path: folder.to_owned(), source };
    let listing = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(Vec::new()),
        listing => listing.map_err(unreadable)?,
    };
    let mut paths = Vec::new();
    for entry in listing {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort_unstable_by(|a, b| b.cmp(a));
    Ok(paths)
}
