//! Names that people gave to threads: `session_index.jsonl`, one line a naming, the last line wins.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use codex_protocol::ThreadId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::StateError;
use crate::lines::Lines;

const INDEX: &str = "session_index.jsonl";

#[derive(Deserialize, Serialize)]
struct Naming {
    id: ThreadId,
    thread_name: String,
    #[serde(default)]
    updated_at: String,
}

/// The names of all threads.
#[derive(Clone, Debug, Default)]
pub struct SessionNames {
    /// Each thread's last naming: the number of its line, and the name.
    named: HashMap<ThreadId, (usize, String)>,
}

impl SessionNames {
    /// Reads the index; damaged lines are passed over, a missing file names nobody.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`] when the index is there and cannot be read.
    pub fn load(codex_home: &Path) -> Result<Self, StateError> {
        let path = codex_home.join(INDEX);
        let unreadable = |source| StateError::Read { path: path.clone(), source };
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            file => file.map_err(unreadable)?,
        };
        let mut lines = Lines::new(file);
        let mut names = Self::default();
        let mut at = 0;
        while let Some(line) = lines.next().map_err(unreadable)? {
            at += 1;
            if let Ok(naming) = serde_json::from_slice::<Naming>(line.bytes) {
                names.named.insert(naming.id, (at, naming.thread_name));
            }
        }
        Ok(names)
    }

    /// The name of a thread.
    pub fn name_of(&self, thread: ThreadId) -> Option<&str> {
        self.named.get(&thread).map(|(_, name)| name.as_str()).filter(|name| !name.is_empty())
    }

    /// The thread that bears a name; of several, the one that was named last.
    pub fn bearer_of(&self, name: &str) -> Option<ThreadId> {
        let bearers = self.named.iter().filter(|(_, (_, given))| given == name && !name.is_empty());
        bearers.max_by_key(|(_, (at, _))| *at).map(|(id, _)| *id)
    }
}

/// Returns the thread that bears a name; of several, the one that was named last.
///
/// A thread bears the name of its last line only. Damaged lines are passed over.
///
/// # Errors
///
/// [`StateError::Read`] when the index is there and cannot be read.
pub fn find_by_name(codex_home: &Path, name: &str) -> Result<Option<ThreadId>, StateError> {
    Ok(SessionNames::load(codex_home)?.bearer_of(name))
}

/// Gives a thread a name, white space around it removed; its earlier one is forgotten.
///
/// # Errors
///
/// [`StateError::EmptyName`], or [`StateError::Write`] when the index cannot be written.
pub(crate) fn give_name(codex_home: &Path, thread: ThreadId, name: &str) -> Result<(), StateError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(StateError::EmptyName);
    }
    let naming = Naming { id: thread, thread_name: name.to_owned(), updated_at: Timestamp::now().to_string() };
    let path = codex_home.join(INDEX);
    append(&path, &naming).map_err(|source| StateError::Write { path, source })
}

/// Takes every line of a thread out of the index.
///
/// # Errors
///
/// [`StateError::Write`] when the index cannot be written; it is as it was then.
pub(crate) fn forget(codex_home: &Path, thread: ThreadId) -> Result<(), StateError> {
    let path = codex_home.join(INDEX);
    rewrite_without(&path, thread).map_err(|source| StateError::Write { path, source })
}

fn append(path: &PathBuf, naming: &Naming) -> io::Result<()> {
    let mut line = serde_json::to_vec(naming)?;
    line.push(b'\n');
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    file.lock()?;
    // A line that a killed program left unfinished stays a line of its own.
    let mut last = [b'\n'];
    if let Some(at) = file.metadata()?.len().checked_sub(1) {
        file.read_exact_at(&mut last, at)?;
    }
    if last != [b'\n'] {
        line.insert(0, b'\n');
    }
    file.write_all(&line)
}

fn rewrite_without(path: &PathBuf, thread: ThreadId) -> io::Result<()> {
    let file = match OpenOptions::new().read(true).append(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    file.lock()?;
    let mut lines = Lines::new(&file);
    let mut kept = Vec::new();
    let mut any = false;
    while let Some(line) = lines.next()? {
        if serde_json::from_slice::<Naming>(line.bytes).is_ok_and(|naming| naming.id == thread) {
            any = true;
        } else {
            kept.extend_from_slice(line.bytes);
            kept.push(b'\n');
        }
    }
    if !any {
        return Ok(());
    }
    let draft = path.with_extension(format!("jsonl.{}", std::process::id()));
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written = new.write_all(&kept).and_then(|()| new.sync_all()).and_then(|()| std::fs::rename(&draft, path));
    if written.is_err() {
        // Whatever is left of the draft is of no use.
        let _ = std::fs::remove_file(&draft);
    }
    written
}
