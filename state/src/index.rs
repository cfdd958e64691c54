//! What is known of session files without opening them again: an SQLite file that may be deleted at any time.
//!
//! Derived data. A row is good as long as the file has the length and time it had; whatever is missing is read from the
//! files. A database that cannot be used is made anew, and where that fails too the heads are read without one: nobody is
//! told, because nothing is lost but time. Not opened before somebody asks for a list.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, params};

use crate::find::SessionFile;
use crate::head::{Head, read_head};

/// The name holds the version of the table: another version is another file.
const FILE: &str = "session_heads_1.sqlite";
const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS heads (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, head TEXT) WITHOUT ROWID";

/// How long another program may hold the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// A session file, its head, and how the file stood when it was looked at.
#[derive(Clone, Debug)]
pub(crate) struct Indexed {
    pub(crate) file: SessionFile,
    pub(crate) head: Head,
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    pub(crate) mtime: i64,
}

struct Row {
    size: u64,
    mtime: i64,
    head: Option<Head>,
}

struct Seen {
    file: SessionFile,
    size: u64,
    mtime: i64,
}

/// Returns the heads of these files, reading only what changed since the last time. Files that hold no session are left out.
pub(crate) fn heads(folder: &Path, files: Vec<SessionFile>) -> Vec<Indexed> {
    let seen: Vec<Seen> = files.into_iter().filter_map(look_at).collect();
    let mut database = Database::open(folder);
    let mut rows = database.as_mut().map(Database::rows).unwrap_or_default();
    let mut found = Vec::with_capacity(seen.len());
    let mut news = Vec::new();
    for Seen { file, size, mtime } in seen {
        let key = file.path.to_string_lossy().into_owned();
        let row = rows.remove(&key);
        let is_new = row.as_ref().is_none_or(|row| row.size != size || row.mtime != mtime);
        let head = match row {
            Some(row) if !is_new => row.head,
            _ => read_head(&file.path),
        };
        if is_new {
            news.push((key, size, mtime, head.clone()));
        }
        if let Some(head) = head {
            found.push(Indexed { file, head, size, mtime });
        }
    }
    if let Some(database) = &mut database {
        database.store(&news, rows.into_keys());
    }
    found
}

fn look_at(file: SessionFile) -> Option<Seen> {
    let about = fs::symlink_metadata(&file.path).ok().filter(fs::Metadata::is_file)?;
    let mtime = about.mtime().saturating_mul(1_000_000_000).saturating_add(about.mtime_nsec());
    Some(Seen { size: about.len(), mtime, file })
}

struct Database(Connection);

impl Database {
    fn open(folder: &Path) -> Option<Self> {
        let path = folder.join(FILE);
        match connect(&path) {
            Ok(database) => Some(database),
            Err(error) => {
                tracing::debug!(%error, "the index of sessions is made anew");
                if !is_damage(&error) {
                    return None;
                }
                remove(&path);
                connect(&path).map_err(|error| tracing::debug!(%error, "there is no index of sessions")).ok()
            }
        }
    }

    fn rows(&mut self) -> HashMap<String, Row> {
        match self.read_rows() {
            Ok(rows) => rows,
            Err(error) => {
                tracing::debug!(%error, "the index of sessions cannot be read");
                HashMap::new()
            }
        }
    }

    fn read_rows(&self) -> rusqlite::Result<HashMap<String, Row>> {
        let mut statement = self.0.prepare("SELECT path, size, mtime, head FROM heads")?;
        let rows = statement.query_map([], |row| {
            let head: Option<String> = row.get(3)?;
            // What another version wrote is read from the file again.
            let read = head.as_deref().map(serde_json::from_str).transpose();
            let size = if read.is_ok() { row.get::<_, i64>(1)? } else { -1 };
            let row_read = Row { size: u64::try_from(size).unwrap_or(u64::MAX), mtime: row.get(2)?, head: read.ok().flatten() };
            Ok((row.get::<_, String>(0)?, row_read))
        })?;
        rows.collect()
    }

    fn store(&mut self, news: &[(String, u64, i64, Option<Head>)], gone: impl Iterator<Item = String>) {
        if let Err(error) = self.try_store(news, gone) {
            tracing::debug!(%error, "the index of sessions cannot be written");
        }
    }

    fn try_store(&mut self, news: &[(String, u64, i64, Option<Head>)], gone: impl Iterator<Item = String>) -> rusqlite::Result<()> {
        let gone: Vec<String> = gone.collect();
        if news.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let transaction = self.0.transaction()?;
        {
            let mut insert = transaction.prepare("INSERT OR REPLACE INTO heads (path, size, mtime, head) VALUES (?1, ?2, ?3, ?4)")?;
            for (path, size, mtime, head) in news {
                let head = head.as_ref().and_then(|head| serde_json::to_string(head).ok());
                insert.execute(params![path, i64::try_from(*size).unwrap_or(i64::MAX), mtime, head])?;
            }
            let mut delete = transaction.prepare("DELETE FROM heads WHERE path = ?1")?;
            for path in &gone {
                delete.execute(params![path])?;
            }
        }
        transaction.commit()
    }
}

fn connect(path: &Path) -> rusqlite::Result<Database> {
    if let Some(folder) = path.parent().filter(|folder| !folder.exists())
        && let Err(error) = DirBuilder::new().recursive(true).mode(0o700).create(folder)
    {
        tracing::debug!(%error, "there is no folder for the index of sessions");
    }
    // SQLite would make it readable for everybody; its side files take over the mode.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    if let Err(error) = made
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        tracing::debug!(%error, "there is no index of sessions");
    }
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.execute_batch(SCHEMA)?;
    // Fails on a table of another shape.
    connection.prepare("SELECT path, size, mtime, head FROM heads LIMIT 1")?;
    Ok(Database(connection))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => true,
        Some(_) => false,
        None => true,
    }
}

fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // It may not be there.
        let _ = fs::remove_file(PathBuf::from(name));
    }
}
