//! Reads a session file back, whatever happened to it.
//!
//! A damaged line costs that line and nothing else. Only a file that does not say which thread it
//! holds cannot be read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use codex_protocol::rollout::{RolloutItem, RolloutLine, SessionMeta};
use serde_json::Value;

use crate::StateError;
use crate::line::{LineOutcome, parse_line};
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
    let file = File::open(path).map_err(|source| StateError::Read { path: path.to_owned(), source })?;
    read_rollout_from(file, path)
}

/// Reads a whole session from anything that can be read; `path` is what errors name.
///
/// # Errors
///
/// As [`read_rollout`].
pub fn read_rollout_from(input: impl Read, path: &Path) -> Result<Rollout, StateError> {
    let mut draft = Draft::default();
    draft.take_all(input).map_err(|source| StateError::Read { path: path.to_owned(), source })?;
    if draft.is_empty {
        return Err(StateError::Empty { path: path.to_owned() });
    }
    let Draft { meta, lines, skipped, torn_tail, .. } = draft;
    let meta = meta.ok_or_else(|| StateError::NoThreadId { path: path.to_owned() })?;
    Ok(Rollout { meta, lines, skipped, torn_tail })
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
    let mut lines = Lines::new(File::open(path).map_err(unreadable)?);
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

struct Draft {
    is_empty: bool,
    meta: Option<SessionMeta>,
    lines: Vec<ReadLine>,
    skipped: usize,
    torn_tail: bool,
}

impl Default for Draft {
    fn default() -> Self {
        Self { is_empty: true, meta: None, lines: Vec::new(), skipped: 0, torn_tail: false }
    }
}

impl Draft {
    fn take_all(&mut self, input: impl Read) -> io::Result<()> {
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            let outcome = if line.too_long { LineOutcome::Broken } else { parse_line(line.bytes) };
            self.is_empty &= outcome == LineOutcome::Blank;
            self.torn_tail = !line.ended && outcome == LineOutcome::Broken;
            self.take(outcome);
        }
        Ok(())
    }

    fn take(&mut self, outcome: LineOutcome) {
        match outcome {
            LineOutcome::Known(RolloutLine { item: RolloutItem::SessionMeta(meta), .. }) if self.meta.is_none() => self.meta = Some(*meta),
            LineOutcome::Known(line) => self.lines.push(ReadLine::Known(line)),
            LineOutcome::Unknown(line) => self.lines.push(ReadLine::Unknown(line)),
            LineOutcome::Blank => {}
            LineOutcome::Broken => self.skipped += 1,
        }
    }
}
