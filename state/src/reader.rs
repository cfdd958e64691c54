//! Reads a session file back, whatever happened to it.
//!
//! A damaged line costs that line and nothing else. Only a file that does not say which thread it
//! holds cannot be read.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use codex_protocol::rollout::{RolloutItem, RolloutLine, SessionMeta};
use serde_json::Value;

use crate::StateError;
use crate::line::{LineOutcome, parse_line, salvage};
use crate::lines::Lines;

/// A line of a session file that could be read.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "nearly every line is a known one")]
pub enum ReadLine {
    /// A line this program understands.
    Known(RolloutLine),
    /// A line of a newer or foreign program, as it stands in the file.
    Unknown(Value),
}

/// A session as its file tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Which session it is.
    pub meta: SessionMeta,
    /// Everything else, in order. Copies of other sessions' meta lines, as forks have them, are among it.
    pub lines: Vec<ReadLine>,
    /// How many lines were damaged and left out, a torn last one included.
    pub skipped: usize,
    /// Whether the file ends in the middle of a line.
    pub torn_tail: bool,
}

impl Rollout {
    /// The items that this program understands, in order.
    pub fn items(&self) -> impl Iterator<Item = &RolloutItem> {
        self.lines.iter().filter_map(|line| match line {
            ReadLine::Known(line) => Some(&line.item),
            ReadLine::Unknown(_) => None,
        })
    }
}

/// Reads a whole session file; blocks while it does.
///
/// # Errors
///
/// [`StateError::Empty`], [`StateError::NoThreadId`], or [`StateError::Read`] when the file cannot be read.
pub fn read_rollout(path: &Path) -> Result<Rollout, StateError> {
    let file = open_regular(path).map_err(|source| StateError::Read { path: path.to_owned(), source })?;
    read_rollout_from(file, path)
}

/// Reads which session a file holds from its first lines only.
///
/// # Errors
///
/// As [`read_rollout`].
pub fn read_meta(path: &Path) -> Result<SessionMeta, StateError> {
    // The first line of a file that was never damaged; a few more for one that was.
    const HEAD: usize = 8;
    let unreadable = |source| StateError::Read { path: path.to_owned(), source };
    let mut lines = Lines::new(open_regular(path).map_err(unreadable)?);
    let mut any = false;
    for _ in 0..HEAD {
        let Some(line) = lines.next().map_err(unreadable)? else { break };
        any |= !line.bytes.is_empty() || line.too_long;
        if let LineOutcome::Known(RolloutLine { item: RolloutItem::SessionMeta(meta), .. }) = parse_line(line.bytes) {
            return Ok(*meta);
        }
    }
    let path = path.to_owned();
    Err(if any { StateError::NoThreadId { path } } else { StateError::Empty { path } })
}

/// Reads a session line by line, holding one at a time.
///
/// Lines that ran together are told apart.
#[derive(Debug)]
pub struct RolloutReader<R> {
    lines: Lines<R>,
    path: PathBuf,
    /// What was found in a broken line and has not been handed out.
    salvaged: VecDeque<LineOutcome>,
    at: u64,
    /// Whether the last line handed out was broken and had no newline.
    torn: bool,
}

impl RolloutReader<File> {
    /// Opens a session file.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`] when it cannot be opened or is no regular file.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let unreadable = |source| StateError::Read { path: path.to_owned(), source };
        let file = open_regular(path).map_err(unreadable)?;
        Ok(Self::new(file, path))
    }
}

impl<R: Read> RolloutReader<R> {
    /// Reads from anything; `path` is what errors name.
    pub fn new(input: R, path: &Path) -> Self {
        Self { lines: Lines::new(input), path: path.to_owned(), salvaged: VecDeque::new(), at: 0, torn: false }
    }

    /// The next line, blank and broken ones included; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`].
    pub fn next_line(&mut self) -> Result<Option<LineOutcome>, StateError> {
        if let Some(found) = self.salvaged.pop_front() {
            return Ok(Some(found));
        }
        let Some(line) = self.lines.next().map_err(|source| StateError::Read { path: self.path.clone(), source })? else {
            return Ok(None);
        };
        self.at += 1;
        let outcome = if line.too_long { LineOutcome::Broken } else { parse_line(line.bytes) };
        if outcome == LineOutcome::Broken {
            self.salvaged.extend(salvage(line.bytes));
        }
        self.torn = !line.ended && outcome == LineOutcome::Broken;
        Ok(Some(outcome))
    }

    /// Number of the line handed out last, from 1.
    pub fn line_number(&self) -> u64 {
        self.at
    }
}

/// Opens a file for reading that is no device, pipe or folder.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    File::open(path)
}

/// Reads a whole session from anything that can be read; `path` is what errors name.
///
/// # Errors
///
/// As [`read_rollout`].
pub fn read_rollout_from(input: impl Read, path: &Path) -> Result<Rollout, StateError> {
    let mut reader = RolloutReader::new(input, path);
    let mut rollout: (Option<SessionMeta>, Vec<ReadLine>) = (None, Vec::new());
    let (mut skipped, mut torn_tail, mut is_empty) = (0, false, true);
    while let Some(outcome) = reader.next_line()? {
        is_empty &= outcome == LineOutcome::Blank;
        torn_tail = reader.torn;
        match outcome {
            LineOutcome::Known(RolloutLine { item: RolloutItem::SessionMeta(meta), .. }) if rollout.0.is_none() => {
                rollout.0 = Some(*meta);
            }
            LineOutcome::Known(line) => rollout.1.push(ReadLine::Known(line)),
            LineOutcome::Unknown(line) => rollout.1.push(ReadLine::Unknown(line)),
            LineOutcome::Blank => {}
            LineOutcome::Broken => skipped += 1,
        }
    }
    if is_empty {
        return Err(StateError::Empty { path: path.to_owned() });
    }
    let meta = rollout.0.ok_or_else(|| StateError::NoThreadId { path: path.to_owned() })?;
    Ok(Rollout { meta, lines: rollout.1, skipped, torn_tail })
}
