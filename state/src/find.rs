//! Finds session files by what their names and first lines say.
//!
//! Names sort by the time a session began, so the newest is found from the back, day by day, and
//! only as many files are opened as it takes. Links are not followed below `sessions` and `archived_sessions`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use codex_protocol::ThreadId;
use codex_protocol::rollout::SessionMeta;

use crate::StateError;
use crate::names::find_by_name;
use crate::paths::{ARCHIVED, SESSIONS, thread_id_of};
use crate::reader::read_meta;

/// Fewer characters of an id are no prefix of one but a slip.
const SHORTEST_PREFIX: usize = 4;

/// A session file and what its first line says.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSession {
    /// The file.
    pub path: PathBuf,
    /// Which session it holds.
    pub meta: SessionMeta,
}

/// A session file by its name alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFile {
    /// The thread it is named after.
    pub id: ThreadId,
    /// The file.
    pub path: PathBuf,
    /// Whether it lies in the archive.
    pub archived: bool,
}

/// Returns the session file of a thread; an archived one only when there is no other.
///
/// # Errors
///
/// [`StateError::Read`] when a folder of sessions is there and cannot be listed.
pub fn find_by_id(codex_home: &Path, thread: ThreadId) -> Result<Option<PathBuf>, StateError> {
    for day in days_newest_first(codex_home)? {
        if let Some(file) = files_of(&day, false)?.into_iter().find(|file| file.id == thread) {
            return Ok(Some(file.path));
        }
    }
    Ok(archived_files(codex_home)?.into_iter().find(|file| file.id == thread).map(|file| file.path))
}

/// Returns the session that an id, the name of a thread, or the first characters of an id mean.
///
/// # Errors
///
/// [`StateError::Unknown`] when there is none, [`StateError::Ambiguous`] when the characters begin several ids,
/// [`StateError::Read`] when a folder of sessions is there and cannot be listed.
pub fn find_session(codex_home: &Path, wanted: &str) -> Result<SessionFile, StateError> {
    let unknown = || StateError::Unknown { wanted: wanted.to_owned() };
    let by_id = |id: ThreadId| {
        let path = find_by_id(codex_home, id)?.ok_or_else(unknown)?;
        let archived = path.starts_with(codex_home.join(ARCHIVED));
        Ok(SessionFile { id, path, archived })
    };
    if let Ok(id) = wanted.parse::<ThreadId>() {
        return by_id(id);
    }
    if let Some(id) = find_by_name(codex_home, wanted)? {
        return by_id(id);
    }
    let prefix = wanted.to_ascii_lowercase();
    if prefix.len() < SHORTEST_PREFIX || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        return Err(unknown());
    }
    let mut fitting: Vec<SessionFile> =
        session_files(codex_home)?.into_iter().filter(|file| file.id.to_string().starts_with(&prefix)).collect();
    // A copy in the archive is the same session.
    fitting.sort_by_key(|file| (file.id, file.archived));
    fitting.dedup_by_key(|file| file.id);
    match fitting.len() {
        0 => Err(unknown()),
        1 => Ok(fitting.remove(0)),
        _ => Err(StateError::Ambiguous { wanted: wanted.to_owned(), ids: fitting.iter().map(|file| file.id).collect() }),
    }
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
        for file in files_of(&day, false)? {
            let Ok(meta) = read_meta(&file.path) else { continue };
            let is_own = meta.source.get("subagent").is_none();
            if is_own && cwd.is_none_or(|cwd| meta.cwd == cwd) {
                return Ok(Some(FoundSession { path: file.path, meta }));
            }
        }
    }
    Ok(None)
}

/// Returns every session file, those that began last first, the archive behind the others.
///
/// # Errors
///
/// [`StateError::Read`] when a folder of sessions is there and cannot be listed.
pub fn session_files(codex_home: &Path) -> Result<Vec<SessionFile>, StateError> {
    let mut files = Vec::new();
    for day in days_newest_first(codex_home)? {
        files.extend(files_of(&day, false)?);
    }
    files.extend(archived_files(codex_home)?);
    Ok(files)
}

fn archived_files(codex_home: &Path) -> Result<Vec<SessionFile>, StateError> {
    files_of(&codex_home.join(ARCHIVED), true)
}

/// The folders `sessions/YYYY/MM/DD`, latest day first.
fn days_newest_first(codex_home: &Path) -> Result<Vec<PathBuf>, StateError> {
    let mut folders = vec![codex_home.join(SESSIONS)];
    for _ in 0..3 {
        let mut below = Vec::new();
        for folder in folders {
            below.extend(entries(&folder, fs::FileType::is_dir)?);
        }
        folders = below;
    }
    Ok(folders)
}

fn files_of(folder: &Path, archived: bool) -> Result<Vec<SessionFile>, StateError> {
    let paths = entries(folder, fs::FileType::is_file)?;
    Ok(paths.into_iter().filter_map(|path| Some(SessionFile { id: thread_id_of(&path)?, path, archived })).collect())
}

/// What of one kind a folder holds, last name first; nothing when it is no folder.
fn entries(folder: &Path, is_wanted: fn(&fs::FileType) -> bool) -> Result<Vec<PathBuf>, StateError> {
    let unreadable = |source| StateError::Read { path: folder.to_owned(), source };
    let listing = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(Vec::new()),
        listing => listing.map_err(unreadable)?,
    };
    let mut paths = Vec::new();
    for entry in listing {
        let entry = entry.map_err(unreadable)?;
        if entry.file_type().is_ok_and(|kind| is_wanted(&kind)) {
            paths.push(entry.path());
        }
    }
    paths.sort_unstable_by(|a, b| b.cmp(a));
    Ok(paths)
}
