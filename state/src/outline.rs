//! What of a session file is still in force, found without holding the file.
//!
//! Two passes. The first looks at the head of each line only: where turns begin, where history was replaced, what was
//! taken back. The second hands out the lines that count, from the last replacement of history on, so that a long session
//! costs the memory of its living part. Not here: what the lines come to (`codex-core`).

use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use codex_protocol::rollout::{RolloutItem, RolloutLine, SessionMeta, TurnContextLine};
use codex_protocol::{EventMsg, TokenUsageInfo};

use crate::StateError;
use crate::line::{LineOutcome, parse_line, salvage};
use crate::lines::Lines;
use crate::reader::open_regular;

/// From where the lines of a session are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the first line.
    Beginning,
    /// From the last line that replaced history whole; from the first where there is none.
    LastCompaction,
}

/// Where the parts of a session file are.
#[derive(Debug)]
pub struct Outline {
    path: PathBuf,
    /// Which session it is.
    pub meta: SessionMeta,
    /// Token counts of the whole session, turns that were taken back included.
    pub usage: Option<TokenUsageInfo>,
    /// How many lines are damaged.
    pub damaged: usize,
    turns: Vec<Turn>,
    compactions: Vec<u64>,
    contexts: Vec<u64>,
    taken_back: Vec<Range<u64>>,
    length: u64,
}

/// A turn that was not taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Turn {
    at: u64,
    /// Whether the user said something in it.
    users: bool,
}

impl Outline {
    /// Looks through a session file.
    ///
    /// # Errors
    ///
    /// [`StateError::Empty`], [`StateError::NoThreadId`], or [`StateError::Read`] when the file cannot be read.
    pub fn of(path: &Path) -> Result<Self, StateError> {
        let unreadable = |source| StateError::Read { path: path.to_owned(), source };
        let mut lines = Lines::new(open_regular(path).map_err(unreadable)?);
        let mut draft = Draft::default();
        let mut at = 0;
        let mut previous = None;
        while let Some(line) = lines.next().map_err(unreadable)? {
            let length = line.length;
            // Only short lines say what was taken back; a long one twice does no harm here.
            let print = if line.bytes.len() < 4096 { fingerprint(line.bytes) } else { at };
            if previous.replace(print) != Some(print) {
                draft.take(line.bytes, at, line.too_long);
            }
            at += length;
        }
        draft.finish(path, at)
    }

    /// How many turns of the user are in force.
    pub fn user_turns(&self) -> usize {
        self.turns.iter().filter(|turn| turn.users).count()
    }

    /// Leaves only the first `keep` turns of the user in force.
    pub fn keep_turns(&mut self, keep: usize) {
        let mut users = self.turns.iter().enumerate().filter(|(_, turn)| turn.users);
        let Some((first, turn)) = users.nth(keep) else { return };
        let from = turn.at;
        self.turns.truncate(first);
        self.compactions.retain(|at| *at < from);
        self.contexts.retain(|at| *at < from);
        self.taken_back.push(from..self.length);
        self.length = from;
    }

    /// The bytes of the file that are looked at: all of them, or those of the turns that were kept.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The surroundings of the last turn in force; `None` where no line tells.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`].
    pub fn last_context(&self) -> Result<Option<TurnContextLine>, StateError> {
        for at in self.contexts.iter().rev() {
            if let LineOutcome::Known(RolloutLine { item: RolloutItem::TurnContext(context), .. }) = self.line_at(*at)? {
                return Ok(Some(*context));
            }
        }
        Ok(None)
    }

    /// Hands out every line in force, in order and without exact copies of the line before, up to where the file ended when it was looked through.
    ///
    /// # Errors
    ///
    /// [`StateError::Read`].
    pub fn visit(&self, start: Start, take: &mut dyn FnMut(RolloutLine)) -> Result<(), StateError> {
        let from = match start {
            Start::Beginning => 0,
            Start::LastCompaction => self.last_readable_compaction()?,
        };
        self.walk(from, &mut |outcome| {
            if let LineOutcome::Known(line) = outcome {
                take(line);
            }
        })
    }

    /// A replacement that is damaged after all counts for nothing: history then begins at the one before it.
    fn last_readable_compaction(&self) -> Result<u64, StateError> {
        for at in self.compactions.iter().rev() {
            if let LineOutcome::Known(RolloutLine { item: RolloutItem::Compacted(compacted), .. }) = self.line_at(*at)?
                && compacted.replacement_history.is_some()
            {
                return Ok(*at);
            }
        }
        Ok(0)
    }

    fn line_at(&self, at: u64) -> Result<LineOutcome, StateError> {
        let unreadable = |source| StateError::Read { path: self.path.clone(), source };
        let mut lines = Lines::new(self.open_at(at)?);
        let line = lines.next().map_err(unreadable)?;
        Ok(line.map_or(LineOutcome::Blank, |line| parse_line(line.bytes)))
    }

    fn open_at(&self, at: u64) -> Result<std::io::Take<File>, StateError> {
        let unreadable = |source| StateError::Read { path: self.path.clone(), source };
        let mut file = open_regular(&self.path).map_err(unreadable)?;
        file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        // What is appended meanwhile belongs to somebody else's run.
        Ok(file.take(self.length.saturating_sub(at)))
    }

    fn walk(&self, from: u64, take: &mut dyn FnMut(LineOutcome)) -> Result<(), StateError> {
        let unreadable = |source| StateError::Read { path: self.path.clone(), source };
        let mut lines = Lines::new(self.open_at(from)?);
        let mut at = from;
        let mut previous = None;
        while let Some(line) = lines.next().map_err(unreadable)? {
            let length = line.length;
            let print = fingerprint(line.bytes);
            let repeated = previous.replace(print) == Some(print);
            if !repeated && !self.is_taken_back(at) && !line.too_long {
                match parse_line(line.bytes) {
                    LineOutcome::Broken => salvage(line.bytes).into_iter().for_each(&mut *take),
                    outcome => take(outcome),
                }
            }
            at += length;
        }
        Ok(())
    }

    fn is_taken_back(&self, at: u64) -> bool {
        self.taken_back.iter().any(|range| range.contains(&at))
    }
}

#[derive(Default)]
struct Draft {
    any: bool,
    meta: Option<SessionMeta>,
    usage_line: Option<Vec<u8>>,
    damaged: usize,
    tells_turns: bool,
    turns: Vec<Turn>,
    compactions: Vec<u64>,
    contexts: Vec<u64>,
    taken_back: Vec<Range<u64>>,
}

impl Draft {
    fn take(&mut self, line: &[u8], at: u64, too_long: bool) {
        if too_long {
            self.any = true;
            self.damaged += 1;
            return;
        }
        if line.trim_ascii().is_empty() {
            return;
        }
        self.any = true;
        match head_of(line) {
            Some(Head::SessionMeta) | None => self.take_parsed(line, at),
            Some(Head::TurnContext) => self.contexts.push(at),
            Some(Head::ResponseItem) => {}
            Some(Head::Compacted) => {
                if contains(line, b"\"replacement_history\":[") {
                    self.compactions.push(at);
                }
            }
            Some(Head::Event(name)) => match name {
                b"task_started" => self.turn(at),
                b"user_message" => self.user_message(at),
                b"thread_rolled_back" => self.take_parsed(line, at),
                b"token_count" if !contains(line, b"\"info\":null") => self.usage_line = Some(line.to_vec()),
                _ => {}
            },
        }
    }

    fn take_parsed(&mut self, line: &[u8], at: u64) {
        match parse_line(line) {
            LineOutcome::Known(line) => self.take_line(line, at),
            LineOutcome::Unknown(_) | LineOutcome::Blank => {}
            LineOutcome::Broken => {
                self.damaged += 1;
                for outcome in salvage(line) {
                    if let LineOutcome::Known(line) = outcome {
                        self.take_line(line, at);
                    }
                }
            }
        }
    }

    fn take_line(&mut self, line: RolloutLine, at: u64) {
        match line.item {
            RolloutItem::SessionMeta(meta) => {
                self.meta.get_or_insert(*meta);
            }
            RolloutItem::TurnContext(_) => self.contexts.push(at),
            RolloutItem::Compacted(compacted) if compacted.replacement_history.is_some() => self.compactions.push(at),
            RolloutItem::EventMsg(EventMsg::TaskStarted(_)) => self.turn(at),
            RolloutItem::EventMsg(EventMsg::UserMessage(_)) => self.user_message(at),
            RolloutItem::EventMsg(EventMsg::ThreadRolledBack(back)) => self.take_back(back.num_turns, at),
            RolloutItem::ResponseItem(_) | RolloutItem::Compacted(_) | RolloutItem::EventMsg(_) => {}
        }
    }

    fn turn(&mut self, at: u64) {
        self.tells_turns = true;
        self.turns.push(Turn { at, users: false });
    }

    /// Files of older programs do not tell where a turn begins: there it begins with the user's message.
    fn user_message(&mut self, at: u64) {
        match self.turns.last_mut() {
            Some(turn) if self.tells_turns => turn.users = true,
            _ => self.turns.push(Turn { at, users: true }),
        }
    }

    fn take_back(&mut self, count: u32, now: u64) {
        if count == 0 {
            return;
        }
        let users = self.turns.iter().enumerate().filter(|(_, turn)| turn.users).map(|(number, _)| number);
        let users: Vec<usize> = users.collect();
        let first = users.len().checked_sub(count as usize).map_or_else(|| users.first().copied(), |number| users.get(number).copied());
        let Some(first) = first else { return };
        let from = self.turns[first].at;
        self.turns.truncate(first);
        self.compactions.retain(|at| *at < from);
        self.contexts.retain(|at| *at < from);
        self.taken_back.push(from..now);
    }

    fn finish(self, path: &Path, length: u64) -> Result<Outline, StateError> {
        if !self.any {
            return Err(StateError::Empty { path: path.to_owned() });
        }
        let meta = self.meta.ok_or_else(|| StateError::NoThreadId { path: path.to_owned() })?;
        let usage = self.usage_line.and_then(|line| match parse_line(&line) {
            LineOutcome::Known(RolloutLine { item: RolloutItem::EventMsg(EventMsg::TokenCount(count)), .. }) => count.info,
            _ => None,
        });
        Ok(Outline {
            path: path.to_owned(),
            meta,
            usage,
            damaged: self.damaged,
            turns: self.turns,
            compactions: self.compactions,
            contexts: self.contexts,
            taken_back: self.taken_back,
            length,
        })
    }
}

/// What the first bytes of a line say it is.
#[derive(Debug, PartialEq, Eq)]
enum Head<'a> {
    SessionMeta,
    TurnContext,
    ResponseItem,
    Compacted,
    Event(&'a [u8]),
}

/// The head of a line in the usual order of keys; `None` for any other line, which is then read whole.
fn head_of(line: &[u8]) -> Option<Head<'_>> {
    let rest = line.strip_prefix(b"{\"timestamp\":\"")?;
    let (_, rest) = text_end(rest)?;
    let rest = rest.strip_prefix(b",\"type\":\"")?;
    let (kind, rest) = text_end(rest)?;
    let rest = rest.strip_prefix(b",\"payload\":{")?;
    // A torn line has no end; it is read whole to be sure.
    line.strip_suffix(b"}}")?;
    match kind {
        b"session_meta" => Some(Head::SessionMeta),
        b"turn_context" => Some(Head::TurnContext),
        b"response_item" => Some(Head::ResponseItem),
        b"compacted" => Some(Head::Compacted),
        b"event_msg" => Some(Head::Event(text_end(rest.strip_prefix(b"\"type\":\"")?)?.0)),
        _ => None,
    }
}

/// Splits behind a short text without escapes.
fn text_end(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().take(64).position(|byte| *byte == b'"')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

fn contains(line: &[u8], wanted: &[u8]) -> bool {
    line.windows(wanted.len()).any(|window| window == wanted)
}

/// Tells copies of a line: the stamp in it is to the millisecond.
fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}
