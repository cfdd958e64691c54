//! All stored sessions: listed, found, named, archived, removed.
//!
//! The files are the truth and are asked first; the index only saves reading their heads. Every change goes to the files.
//! Cheap to make and to clone: nothing is opened before it is needed.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use codex_protocol::ThreadId;
use jiff::Timestamp;

use crate::StateError;
use crate::find::{SessionFile, find_session, session_files};
use crate::index::{self, Indexed};
use crate::lock::lock;
use crate::names::{self, SessionNames};
use crate::outline::Outline;
use crate::paths::{ARCHIVED, SESSIONS, day_of};
use crate::summary::{Archive, Cursor, ListQuery, Page, SessionSummary, SortKey};

/// The sessions of one `$CODEX_HOME`.
#[derive(Clone, Debug)]
pub struct SessionStore {
    codex_home: PathBuf,
    index_folder: PathBuf,
}

impl SessionStore {
    /// The sessions below `codex_home`, whose index lies there too.
    pub fn new(codex_home: &Path) -> Self {
        Self { codex_home: codex_home.to_owned(), index_folder: codex_home.to_owned() }
    }

    /// The same with the index in another folder (`sqlite_home`).
    pub fn with_index_in(mut self, folder: &Path) -> Self {
        self.index_folder = folder.to_owned();
        self
    }

    /// The folder of sessions and settings.
    pub fn codex_home(&self) -> &Path {
        &self.codex_home
    }

    /// Lists sessions, latest first.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`] when a folder of sessions is there and cannot be listed.
    pub fn list(&self, query: &ListQuery) -> Result<Page, StateError> {
        let mut sessions: Vec<SessionSummary> = self.all(query.archive)?.into_iter().filter(|session| query.takes(session)).collect();
        sessions.sort_unstable_by_key(|session| std::cmp::Reverse(Cursor::of(session, query.sort)));
        let mut next = None;
        if let Some(limit) = query.limit.map(|limit| limit.max(1))
            && sessions.len() > limit
        {
            sessions.truncate(limit);
            next = sessions.last().map(|last| Cursor::of(last, query.sort));
        }
        Ok(Page { sessions, next })
    }

    fn all(&self, archive: Archive) -> Result<Vec<SessionSummary>, StateError> {
        // Every file, whatever is asked for: the index forgets those it is not shown.
        let names = SessionNames::load(&self.codex_home)?;
        let indexed = index::heads(&self.index_folder, session_files(&self.codex_home)?);
        let wanted = indexed.into_iter().filter(|indexed| archive.takes(indexed.file.archived));
        Ok(wanted.map(|indexed| summary(indexed, &names)).collect())
    }

    /// Finds the session that an id, a name, or the first characters of an id mean, in the archive too.
    ///
    /// # Errors
    ///
    /// [`StateError::Unknown`], [`StateError::Ambiguous`], [`StateError::Read`].
    pub fn find(&self, wanted: &str) -> Result<SessionFile, StateError> {
        find_session(&self.codex_home, wanted)
    }

    /// What a list would show of one session, archived or not.
    ///
    /// # Errors
    ///
    /// [`StateError::NotFound`]; [`StateError::NoThreadId`] when its file says nothing; [`StateError::Read`].
    pub fn summary(&self, id: ThreadId) -> Result<SessionSummary, StateError> {
        let file = self.file(id, Archive::Both)?;
        let path = file.path.clone();
        let about = fs::metadata(&path).map_err(|source| StateError::Read { path: path.clone(), source })?;
        let head = crate::head::read_head(&path).ok_or(StateError::NoThreadId { path })?;
        let mtime = about.modified().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        let mtime = mtime.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or_default();
        Ok(summary(Indexed { file, head, size: about.len(), mtime }, &SessionNames::load(&self.codex_home)?))
    }

    /// The session that began or went on last, of one working directory when `cwd` is given.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`].
    pub fn newest(&self, cwd: Option<&Path>, sort: SortKey) -> Result<Option<SessionSummary>, StateError> {
        let query = ListQuery { cwd: cwd.map(Path::to_owned), sort, limit: Some(1), ..ListQuery::default() };
        Ok(self.list(&query)?.sessions.pop())
    }

    /// Where the parts of a session's file are, archived or not.
    ///
    /// # Errors
    ///
    /// [`StateError::NotFound`], and as [`Outline::of`].
    pub fn outline(&self, id: ThreadId) -> Result<Outline, StateError> {
        Outline::of(&self.file(id, Archive::Both)?.path)
    }

    /// The file of a session.
    ///
    /// # Errors
    ///
    /// [`StateError::NotFound`], [`StateError::Read`].
    pub fn file(&self, id: ThreadId, archive: Archive) -> Result<SessionFile, StateError> {
        let files = session_files(&self.codex_home)?;
        let own = files.into_iter().find(|file| file.id == id && archive.takes(file.archived));
        own.ok_or(StateError::NotFound { id, archived: archive == Archive::Only })
    }

    /// Moves a session into the archive and returns its new place.
    ///
    /// # Errors
    ///
    /// [`StateError::NotFound`], also when it is there already; [`StateError::Busy`] when it is open somewhere;
    /// [`StateError::InTheWay`], [`StateError::Write`].
    pub fn archive(&self, id: ThreadId) -> Result<PathBuf, StateError> {
        let file = self.file(id, Archive::Without)?;
        self.move_into(&file.path, &self.codex_home.join(ARCHIVED))
    }

    /// Moves a session out of the archive and returns its new place. It counts as changed now.
    ///
    /// # Errors
    ///
    /// As [`SessionStore::archive`].
    pub fn unarchive(&self, id: ThreadId) -> Result<PathBuf, StateError> {
        let file = self.file(id, Archive::Only)?;
        let day = day_of(&file.path).unwrap_or_else(|| PathBuf::from("unknown/00/00"));
        let moved = self.move_into(&file.path, &self.codex_home.join(SESSIONS).join(day))?;
        let touched = File::options().append(true).open(&moved).and_then(|file| file.set_modified(SystemTime::now()));
        touched.map_err(|source| StateError::Write { path: moved.clone(), source })?;
        Ok(moved)
    }

    fn move_into(&self, path: &Path, folder: &Path) -> Result<PathBuf, StateError> {
        let _held = hold(path)?;
        let failed = |source| StateError::Write { path: path.to_owned(), source };
        let name = path.file_name().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        let target = folder.join(name);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        if target.symlink_metadata().is_ok() {
            return Err(StateError::InTheWay { path: target });
        }
        fs::rename(path, &target).map_err(failed)?;
        Ok(target)
    }

    /// Removes a session for good, archived or not, and its name.
    ///
    /// # Errors
    ///
    /// [`StateError::NotFound`]; [`StateError::Busy`] when it is open somewhere; [`StateError::Write`].
    pub fn delete(&self, id: ThreadId) -> Result<(), StateError> {
        // A copy in the archive is the same session.
        let files: Vec<SessionFile> = session_files(&self.codex_home)?.into_iter().filter(|file| file.id == id).collect();
        if files.is_empty() {
            return Err(StateError::NotFound { id, archived: false });
        }
        for file in files {
            let _held = hold(&file.path)?;
            fs::remove_file(&file.path).map_err(|source| StateError::Write { path: file.path.clone(), source })?;
        }
        names::forget(&self.codex_home, id)
    }

    /// Gives a session a name.
    ///
    /// # Errors
    ///
    /// [`StateError::EmptyName`], [`StateError::NotFound`], [`StateError::Write`].
    pub fn rename(&self, id: ThreadId, name: &str) -> Result<(), StateError> {
        self.file(id, Archive::Both)?;
        names::give_name(&self.codex_home, id, name)
    }

    /// The name of a session, if it has one.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`].
    pub fn name_of(&self, id: ThreadId) -> Result<Option<String>, StateError> {
        Ok(SessionNames::load(&self.codex_home)?.name_of(id).map(str::to_owned))
    }
}

/// Takes a session's lock, so that nobody else opens it meanwhile.
///
/// # Errors
///
/// [`StateError::Busy`], [`StateError::Read`].
pub(crate) fn hold(path: &Path) -> Result<File, StateError> {
    let file = File::open(path).map_err(|source| StateError::Read { path: path.to_owned(), source })?;
    lock(&file).map_err(|_| StateError::Busy { path: path.to_owned() })?;
    Ok(file)
}

fn summary(indexed: Indexed, names: &SessionNames) -> SessionSummary {
    let Indexed { file, head, size, mtime } = indexed;
    let meta = head.meta;
    let text = |key: &str| meta.other.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
    let updated_at = Timestamp::from_nanosecond(i128::from(mtime)).unwrap_or_default();
    SessionSummary {
        id: file.id,
        name: names.name_of(file.id).map(str::to_owned),
        preview: head.preview,
        created_at: meta.timestamp.parse().unwrap_or(updated_at),
        updated_at,
        size,
        agent_nickname: text("agent_nickname"),
        agent_role: text("agent_role"),
        cwd: meta.cwd,
        originator: meta.originator,
        cli_version: meta.cli_version,
        source: meta.source,
        model_provider: meta.model_provider,
        git: meta.git,
        forked_from: meta.forked_from_id,
        path: file.path,
        archived: file.archived,
    }
}
