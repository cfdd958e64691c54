//! What people typed, over all sessions: `history.jsonl`, which front-ends offer again. Lines are
//! `{"session_id", "ts", "text"}`, `ts` in seconds since 1970.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
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

    /// The entries from the newest on; nothing is read yet.
    pub fn newest_first(&self) -> NewestFirst {
        NewestFirst { path: self.path.clone(), file: None, at: 0, rest: Vec::new() }
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

/// The entries from the newest to the oldest, read a piece of the file at a time.
///
/// What is added after its first piece was read is not among them.
#[derive(Debug)]
pub struct NewestFirst {
    path: PathBuf,
    file: Option<File>,
    /// Where the part begins that was read.
    at: u64,
    /// The end of a line whose beginning was not read yet.
    rest: Vec<u8>,
}

/// Bytes of one piece.
const PIECE: u64 = 64 * 1024;

impl NewestFirst {
    /// The next entries, newest first; `None` when there are no more. A piece may hold none.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`] when the file is there and cannot be read.
    pub fn read_piece(&mut self) -> Result<Option<Vec<TypedPrompt>>, StateError> {
        self.try_read_piece().map_err(|source| StateError::Read { path: self.path.clone(), source })
    }

    fn try_read_piece(&mut self) -> io::Result<Option<Vec<TypedPrompt>>> {
        if self.file.is_none() {
            match File::open(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                file => self.file = Some(file?),
            }
            self.at = self.file.as_ref().map_or(Ok(0), |file| file.metadata().map(|about| about.len()))?;
        }
        let Some(file) = self.file.as_ref().filter(|_| self.at > 0) else { return Ok(None) };
        let from = self.at.saturating_sub(PIECE);
        let mut piece = vec![0; usize::try_from(self.at - from).unwrap_or_default()];
        // Somebody may have shortened the file meanwhile; what is gone is gone.
        if let Err(error) = file.read_exact_at(&mut piece, from) {
            self.at = 0;
            return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
        }
        self.at = from;
        piece.append(&mut self.rest);
        let whole = if from == 0 { 0 } else { piece.iter().position(|byte| *byte == b'\n').map_or(piece.len(), |end| end + 1) };
        let lines = piece[whole..].split(|byte| *byte == b'\n').rev();
        let entries = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        piece.truncate(whole);
        self.rest = piece;
        Ok(Some(entries))
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
    #[test]
    fn reading_from_the_end_finds_every_whole_line_newest_first() {
        let home = tempfile::tempdir().unwrap();
        let history = PromptHistory::new(home.path(), None);
        let all = || {
            let mut reader = history.newest_first();
            let mut entries = Vec::new();
            while let Some(piece) = reader.read_piece().unwrap() {
                entries.extend(piece);
            }
            entries
        };
        assert_eq!(all(), []);
        let id = ThreadId::generate();
        // Lines of many lengths, some longer than a piece, so that borders of pieces fall everywhere.
        for number in 0..200_i64 {
            let length = usize::try_from(number * 37 % 900).unwrap() + if number % 50 == 7 { 150_000 } else { 0 };
            history.add(&TypedPrompt { session_id: id, ts: number, text: "é".repeat(length) }).unwrap();
        }
        let mut file = OpenOptions::new().append(true).open(home.path().join(FILE)).unwrap();
        file.write_all(b"not json\n{\"session_id\":").unwrap();
        let mut expected = history.entries().unwrap();
        expected.reverse();
        assert_eq!(expected.len(), 200);
        assert!(all() == expected, "other entries");
        let mut reader = history.newest_first();
        assert!(reader.read_piece().unwrap().unwrap().len() < 200);
        file.set_len(10).unwrap();
        assert_eq!(reader.read_piece().unwrap(), None);
    }
}
