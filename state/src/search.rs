//! Looks through what was said and done in all sessions.
//!
//! Several threads read the files as bytes, the newest session first; only a line with a match is taken apart. What the
//! program says to the model in its own name (permissions, environment, instructions) is no part of a conversation and is
//! not found.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, SyncSender};

use codex_protocol::ResponseItem;
use codex_protocol::ThreadId;
use codex_protocol::response_item::{LocalShellAction, ReasoningSummary};
use codex_protocol::rollout::{RolloutItem, RolloutLine};
use regex::{Regex, RegexBuilder, bytes};

use crate::StateError;
use crate::find::{SessionFile, session_files};
use crate::head::is_own_words;
use crate::line::{LineOutcome, parse_line};
use crate::store::SessionStore;
use crate::summary::Archive;

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct SearchQuery {
    /// A text, or a regular expression when `is_regex` is set.
    pub pattern: String,
    /// Whether `pattern` is a regular expression. It is matched line by line of the texts.
    pub is_regex: bool,
    /// Whether upper and lower case differ.
    pub case_sensitive: bool,
    /// Whether archived sessions are looked through.
    pub archive: Archive,
}

/// Who said what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The model, in a reasoning summary.
    Reasoning,
    /// The model, calling a tool.
    Call,
    /// A tool.
    Output,
    /// A compaction.
    Summary,
}

impl Speaker {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Reasoning => "reasoning",
            Self::Call => "call",
            Self::Output => "output",
            Self::Summary => "summary",
        }
    }
}

/// A match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The session.
    pub session: ThreadId,
    /// Its file.
    pub path: PathBuf,
    /// Line of the file, from 1.
    pub line: u64,
    /// When it was recorded.
    pub timestamp: String,
    /// Who said it.
    pub speaker: Speaker,
    /// The match with some text around it, in one line.
    pub snippet: String,
    /// Where the match is in the snippet, in bytes.
    pub marked: (usize, usize),
}

impl SessionStore {
    /// Looks through all sessions and hands out matches as they are found, at most one a line of a file. Those of one session
    /// come in order. Blocks until all is looked through, or `take` has enough.
    ///
    /// # Errors
    ///
    /// [`StateError::Pattern`]; [`StateError::Read`] when a folder of sessions is there and cannot be listed. Files that
    /// cannot be read are passed over.
    pub fn search(&self, query: &SearchQuery, mut take: impl FnMut(Hit) -> ControlFlow<()>) -> Result<(), StateError> {
        let needle = Needle::new(query)?;
        let mut files = session_files(self.codex_home())?;
        files.retain(|file| query.archive.takes(file.archived));
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
        let (next, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (hits, found) = mpsc::sync_channel(64);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let hits = hits.clone();
                let work = Worker { needle: &needle, files: &files, next: &next, enough: &enough, hits };
                scope.spawn(move || work.run());
            }
            drop(hits);
            for hit in found {
                if take(hit).is_break() {
                    // Threads that wait to hand in a match see that nobody takes it.
                    enough.store(true, Ordering::Relaxed);
                    break;
                }
            }
        });
        Ok(())
    }
}

struct Needle {
    /// In the bytes of a file.
    raw: bytes::Regex,
    /// In a text of it.
    text: Regex,
}

impl Needle {
    fn new(query: &SearchQuery) -> Result<Self, StateError> {
        let refused = |error: regex::Error| StateError::Pattern { pattern: query.pattern.clone(), reason: error.to_string() };
        if query.pattern.is_empty() {
            return Err(StateError::Pattern { pattern: String::new(), reason: "it is empty".to_owned() });
        }
        let pattern = if query.is_regex { query.pattern.clone() } else { regex::escape(&query.pattern) };
        let text = RegexBuilder::new(&pattern).case_insensitive(!query.case_sensitive).build().map_err(refused)?;
        // An expression may span what is spelt otherwise in a file: then every line is taken apart.
        let raw = if query.is_regex { String::new() } else { as_written(&query.pattern) };
        let raw = bytes::RegexBuilder::new(&raw).case_insensitive(!query.case_sensitive).build().map_err(refused)?;
        Ok(Self { raw, text })
    }
}

/// The pattern as it stands in a file, where some characters are escaped; in either of two ways where there are two.
fn as_written(pattern: &str) -> String {
    let usual = serde_json::to_string(pattern).unwrap_or_default();
    let usual = usual.trim_matches('"');
    if pattern.is_ascii() {
        return regex::escape(usual);
    }
    let mut units = [0; 2];
    let escaped: String = usual
        .chars()
        .map(|character| match character {
            ascii if ascii.is_ascii() => ascii.to_string(),
            other => other.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        })
        .collect();
    format!("(?:{}|{})", regex::escape(usual), regex::escape(&escaped))
}

struct Worker<'a> {
    needle: &'a Needle,
    files: &'a [SessionFile],
    next: &'a AtomicUsize,
    enough: &'a AtomicBool,
    hits: SyncSender<Hit>,
}

impl Worker<'_> {
    fn run(&self) {
        let mut buffer = Vec::new();
        while !self.enough.load(Ordering::Relaxed) {
            let Some(file) = self.files.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            match self.look_through(file, &mut buffer) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return,
                Err(error) => tracing::debug!(%error, path = %file.path.display(), "a session was not looked through"),
            }
        }
    }

    fn look_through(&self, file: &SessionFile, buffer: &mut Vec<u8>) -> io::Result<ControlFlow<()>> {
        const CHUNK: usize = 1024 * 1024;
        const LONGEST_LINE: usize = 64 * 1024 * 1024;
        let mut input = File::open(&file.path)?;
        buffer.clear();
        let mut lines_before = 0;
        loop {
            let kept = buffer.len();
            let read = input.by_ref().take(CHUNK as u64).read_to_end(buffer)?;
            let at_end = read == 0;
            let whole =
                if at_end { buffer.len() } else { buffer[kept..].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| kept + at + 1) };
            if self.look_at(&buffer[..whole], lines_before, file).is_break() || self.enough.load(Ordering::Relaxed) {
                return Ok(ControlFlow::Break(()));
            }
            if at_end {
                return Ok(ControlFlow::Continue(()));
            }
            lines_before += count_newlines(&buffer[..whole]);
            buffer.drain(..whole);
            if buffer.len() > LONGEST_LINE {
                buffer.clear();
            }
        }
    }

    fn look_at(&self, lines: &[u8], lines_before: u64, file: &SessionFile) -> ControlFlow<()> {
        let mut at = 0;
        let (mut counted_to, mut number) = (0, lines_before);
        while let Some(found) = self.needle.raw.find_at(lines, at) {
            let begin = lines[..found.start()].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            let end = lines[begin..].iter().position(|byte| *byte == b'\n').map_or(lines.len(), |newline| begin + newline);
            number += count_newlines(&lines[counted_to..begin]);
            counted_to = begin;
            if let LineOutcome::Known(line) = parse_line(&lines[begin..end])
                && let Some(hit) = self.hit(line, number + 1, file)
                && self.hits.send(hit).is_err()
            {
                return ControlFlow::Break(());
            }
            at = end + 1;
            if at >= lines.len() {
                break;
            }
        }
        ControlFlow::Continue(())
    }

    fn hit(&self, line: RolloutLine, number: u64, file: &SessionFile) -> Option<Hit> {
        let texts = texts(&line.item);
        let (speaker, text, found) =
            texts.iter().find_map(|(speaker, text)| self.needle.text.find(text).map(|found| (*speaker, text, found.range())))?;
        let (snippet, marked) = snippet(text, found);
        Some(Hit { session: file.id, path: file.path.clone(), line: number, timestamp: line.timestamp, speaker, snippet, marked })
    }
}

fn count_newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// What a line says, and who says it.
pub(crate) fn texts(item: &RolloutItem) -> Vec<(Speaker, String)> {
    let item = match item {
        RolloutItem::ResponseItem(item) => item,
        RolloutItem::Compacted(compacted) => return vec![(Speaker::Summary, compacted.message.clone())],
        // Events repeat what items say.
        RolloutItem::SessionMeta(_) | RolloutItem::TurnContext(_) | RolloutItem::EventMsg(_) => return Vec::new(),
    };
    match item {
        ResponseItem::Message { role, .. } => {
            let text = item.message_text().unwrap_or_default();
            match role.as_str() {
                "assistant" => vec![(Speaker::Assistant, text)],
                "user" if is_own_words(&text) => vec![(Speaker::User, text)],
                _ => Vec::new(),
            }
        }
        ResponseItem::Reasoning { summary, .. } => {
            summary.iter().map(|ReasoningSummary::SummaryText { text }| (Speaker::Reasoning, text.clone())).collect()
        }
        ResponseItem::FunctionCall { arguments, .. } => vec![(Speaker::Call, plain_arguments(arguments))],
        ResponseItem::CustomToolCall { input, .. } => vec![(Speaker::Call, input.clone())],
        ResponseItem::LocalShellCall { action: LocalShellAction::Exec { command, .. }, .. } => vec![(Speaker::Call, command.join(" "))],
        ResponseItem::FunctionCallOutput { output, .. } | ResponseItem::CustomToolCallOutput { output, .. } => {
            vec![(Speaker::Output, output.to_text())]
        }
        _ => Vec::new(),
    }
}

/// Arguments as text: the strings in them, one a line.
pub(crate) fn plain_arguments(arguments: &str) -> String {
    fn collect(value: &serde_json::Value, texts: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => texts.push(text.clone()),
            serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
            serde_json::Value::Object(values) => values.values().for_each(|value| collect(value, texts)),
            _ => {}
        }
    }
    let Ok(value) = serde_json::from_str(arguments) else { return arguments.to_owned() };
    let mut texts = Vec::new();
    collect(&value, &mut texts);
    texts.join("\n")
}

fn snippet(text: &str, found: std::ops::Range<usize>) -> (String, (usize, usize)) {
    const AROUND: usize = 60;
    let begin = text.floor_char_boundary(found.start.saturating_sub(AROUND));
    let end = text.ceil_char_boundary((found.end + AROUND).min(text.len()));
    let one_line = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let spaced = |part: &str, at_end: bool| {
        let edge = if at_end { part.ends_with(char::is_whitespace) } else { part.starts_with(char::is_whitespace) };
        if edge { " " } else { "" }
    };
    let (before, middle, after) = (&text[begin..found.start], &text[found.clone()], &text[found.end..end]);
    let mut told = if begin > 0 { "...".to_owned() } else { String::new() };
    told.push_str(&one_line(before));
    told.push_str(spaced(before, true));
    let from = told.len();
    told.push_str(&one_line(middle));
    let to = told.len();
    told.push_str(spaced(after, false));
    told.push_str(&one_line(after));
    if end < text.len() {
        told.push_str("...");
    }
    (told, (from, to))
}
