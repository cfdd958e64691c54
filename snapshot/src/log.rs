//! The points of a workspace, one JSON line each, and beside each line that says so the changes since the point before.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::codec;
use crate::tree::Delta;
use crate::workspace::TurnKey;

/// One moment at which the workspace was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Point {
    /// Counts from 1.
    pub(crate) n: u64,
    pub(crate) what: What,
    /// Seconds since 1970.
    pub(crate) time: u64,
    /// How many paths differ from the point before.
    pub(crate) changes: usize,
}

/// Who made the changes since the point before, and what comes now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(crate) enum What {
    /// A turn begins; what changed since the point before was somebody else.
    Start { turn: TurnKey },
    /// A turn ended; it made the changes. When its end was not told (the program was killed, or another turn began meanwhile),
    /// it is not known that nobody else made some of them.
    End {
        turn: TurnKey,
        #[serde(default)]
        cut: bool,
    },
    /// Somebody else made the changes.
    Seen,
    /// Turns were undone.
    Undo { turns: Vec<TurnKey> },
    /// The undo of that number was taken back.
    Redo { of: u64 },
}

/// The file of points and the folder of changes.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    file: PathBuf,
    folder: PathBuf,
}

impl Log {
    pub(crate) fn new(store: &Path) -> Self {
        Self { file: store.join("points.jsonl"), folder: store.join("changes") }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn changes_file(&self, n: u64) -> PathBuf {
        self.folder.join(format!("{n}.bin"))
    }

    /// All points. A torn last line is cut off.
    pub(crate) fn read(&self) -> io::Result<Vec<Point>> {
        let mut text = Vec::new();
        match File::open(&self.file) {
            Ok(mut file) => file.read_to_end(&mut text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            OpenOptions::new().write(true).open(&self.file)?.set_len(whole as u64)?;
        }
        Ok(text[..whole].split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Adds a point, its changes first.
    pub(crate) fn append(&self, point: &Point, changes: &[Delta]) -> io::Result<()> {
        if !changes.is_empty() {
            write_whole(&self.changes_file(point.n), &codec::write_changes(changes))?;
        }
        let mut line = serde_json::to_vec(point)?;
        line.push(b'\n');
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.file)?;
        file.write_all(&line)
    }

    /// What changed before a point. `None` when that is not kept any more.
    pub(crate) fn changes(&self, point: &Point) -> Option<Vec<Delta>> {
        if point.changes == 0 {
            return Some(Vec::new());
        }
        codec::read_changes(&std::fs::read(self.changes_file(point.n)).ok()?)
    }

    /// Forgets all but the last points.
    pub(crate) fn keep_last(&self, points: &[Point], keep: usize) -> io::Result<()> {
        let (old, kept) = points.split_at(points.len().saturating_sub(keep));
        let mut text = Vec::new();
        for point in kept {
            serde_json::to_writer(&mut text, point)?;
            text.push(b'\n');
        }
        write_whole(&self.file, &text)?;
        for point in old {
            let _ = std::fs::remove_file(self.changes_file(point.n));
        }
        Ok(())
    }
}

/// Replaces a file at once.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all_at(bytes, 0)?;
    std::fs::rename(&beside, path)
}
