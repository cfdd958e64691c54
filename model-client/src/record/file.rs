//! The file of a recording: its lines, and reading them.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::{RecordedError, RecordedEvent};

pub(super) const FORMAT: &str = "codex-recording";
pub(super) const VERSION: u64 = 1;

/// A recording cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The file cannot be read.
    #[error("cannot read the recording `{path}`: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the recording `{path}`: {source}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The first line is no header.
    #[error("this is no recording: its first line has to be {{\"format\":\"{FORMAT}\",\"version\":{VERSION}}}")]
    NoHeader,
    /// The file is of a version that this program does not know.
    #[error("the recording has version {0}, and this program reads version {VERSION}")]
    Version(u64),
    /// A line is no exchange.
    #[error("line {line} of the recording cannot be read: {source}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A line builds on more input than the one before it has.
    #[error("line {0} of the recording keeps more input than there is")]
    Kept(usize),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) version: u64,
}

impl Header {
    pub(super) fn present() -> Self {
        Self { format: FORMAT.to_owned(), version: VERSION }
    }
}

/// One request and what answered it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Exchange {
    /// Which request of the run, from 1.
    pub(super) n: usize,
    /// The normalised body; without the first items of `input` where these are `kept`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Value>,
    /// How many items of the previous request's input this one begins with.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) kept: usize,
    #[serde(default)]
    pub(super) events: Vec<RecordedEvent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<RecordedError>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The exchanges of a run, each with its whole input.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub(super) exchanges: Vec<Exchange>,
}

impl Recording {
    /// Reads a recording from its file.
    ///
    /// # Errors
    /// [`RecordError`] when the file cannot be read or is no recording.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let text = std::fs::read_to_string(path).map_err(|source| RecordError::Read { path: path.to_owned(), source })?;
        text.parse()
    }

    /// How many requests it answers.
    pub fn requests(&self) -> usize {
        self.exchanges.len()
    }
}

impl FromStr for Recording {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, RecordError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let header = lines.next().and_then(|(_, line)| serde_json::from_str::<Header>(line).ok());
        let header = header.filter(|header| header.format == FORMAT).ok_or(RecordError::NoHeader)?;
        if header.version != VERSION {
            return Err(RecordError::Version(header.version));
        }
        let mut exchanges = Vec::new();
        for (at, line) in lines {
            let exchange: Exchange = serde_json::from_str(line).map_err(|source| RecordError::Line { line: at + 1, source })?;
            exchanges.push(exchange);
        }
        // Requests that ran beside each other are written as they end, and asked again as they began.
        exchanges.sort_by_key(|exchange| exchange.n);
        let mut previous: Vec<Value> = Vec::new();
        for exchange in &mut exchanges {
            previous = whole_input(exchange, previous)?;
        }
        Ok(Self { exchanges })
    }
}

/// Puts the kept items back in front of an exchange's input, and returns that input.
fn whole_input(exchange: &mut Exchange, mut previous: Vec<Value>) -> Result<Vec<Value>, RecordError> {
    let kept = exchange.kept;
    let Some(Value::Array(input)) = exchange.request.as_mut().and_then(|request| request.get_mut("input")) else { return Ok(previous) };
    if kept > previous.len() {
        return Err(RecordError::Kept(exchange.n + 1));
    }
    previous.truncate(kept);
    previous.append(input);
    input.clone_from(&previous);
    Ok(previous)
}
