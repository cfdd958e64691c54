//! What people typed, over all sessions: `history.jsonl`, which front-ends offer again. Lines are
//! `{"session_id", "ts", "text"}`, `ts` in seconds since 1970.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use codex_protocol::ThreadId;
use serde::{Deserialize, Serialize};

use crate::StateError;
use crate::lines::Lines;

const FILE: &str = "history.jsonl";

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedPrompt {
    /// Where it was typed.
    pub session_id: ThreadId,
    /// Seconds since 1970.
    pub ts: i64,
    /// What was typed.
    pub text: String,
}

/// The file of typed prompts.
#[derive(Clone, Debug)]
pub struct PromptHistory {
    path: PathBuf,
    max_bytes: Option<u64>,
}

impl PromptHistory {
    /// The history below `codex_home`; above `max_bytes` the oldest entries go.
    pub fn new(codex_home: &Path, max_bytes: Option<u64>) -> Self {
        Self { path: codex_home.join(FILE), max_bytes }
    }

    /// Adds an entry; the file is its owner's alone.
    ///
    /// # Errors
    ///
    /// [`StateError::Write`].
    pub fn add(&self, entry: &TypedPrompt) -> Result<(), StateError> {
        self.try_add(entry).map_err(|source| StateError::Write { path: self.path.clone(), source })
    }

    fn try_add(&self, entry: &TypedPrompt) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path)?;
        file.lock()?;
        file.write_all(&line)?;
        match self.max_bytes {
            Some(most) if file.metadata()?.len() > most => shorten(&mut file, most),
            _ => Ok(()),
        }
    }

    /// The entries, oldest first; damaged lines are passed over.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`] when the file is there and cannot be read.
    pub fn entries(&self) -> Result<Vec<TypedPrompt>, StateError> {
        let unreadable = |source| StateError::Read { path: self.path.clone(), source };
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file.map_err(unreadable)?,
        };
        let mut lines = Lines::new(file);
        let mut entries = Vec::new();
        while let Some(line) = lines.next().map_err(unreadable)? {
            entries.extend(serde_json::from_slice::<TypedPrompt>(line.bytes));
        }
        Ok(entries)
    }
}

/// Keeps whole lines from the end, a fifth below the bound so that not every entry pays for this. The newest always stays.
fn shorten(file: &mut File, most: u64) -> io::Result<()> {
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut content)?;
    let room = usize::try_from(most / 5 * 4).unwrap_or(usize::MAX);
    let body = content.strip_suffix(b"\n").unwrap_or(&content);
    let last_line = body.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let from = content.len().saturating_sub(room);
    let from = content[from..].iter().position(|byte| *byte == b'\n').map_or(last_line, |at| (from + at + 1).min(last_line));
    // In append mode what is written comes behind what is left.
    file.set_len(0)?;
    file.write_all(&content[from..])
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_oldest_entries_go_and_the_newest_stays() {
        let home = tempfile::tempdir().unwrap();
        let history = PromptHistory::new(home.path(), Some(1_000));
        assert_eq!(history.entries().unwrap(), []);
        let id = ThreadId::generate();
        for number in 0..50 {
            history.add(&TypedPrompt { session_id: id, ts: number, text: format!("prompt {number}") }).unwrap();
        }
        let entries = history.entries().unwrap();
        assert!(entries.len() < 15 && entries.last().unwrap().ts == 49, "{entries:?}");
        history.add(&TypedPrompt { session_id: id, ts: 50, text: "x".repeat(2_000) }).unwrap();
        assert_eq!(history.entries().unwrap().iter().map(|entry| entry.ts).collect::<Vec<_>>(), [50]);
    }
}
