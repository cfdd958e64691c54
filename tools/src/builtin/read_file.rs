//! `read_file`: a range of lines of a text file, numbered.
//!
//! Memory is bounded by the answer: lines outside the range are passed over, long lines are kept only
//! at their beginning, and nothing is read behind the end of the range.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::denied::Denied;
use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::ToolHost;
use crate::readable;
use crate::{arguments, blocking, schema};

const NAME: &str = "read_file";

const DEFAULT_LIMIT: usize = 2000;
/// How much of one line is shown, in bytes.
const LONGEST_LINE: usize = 2000;
const BUFFER: usize = 64 * 1024;

pub(crate) struct ReadFile;

#[derive(Deserialize)]
struct Arguments {
    file_path: String,
    offset: Option<usize>,
    limit: Option<usize>,
}

#[async_trait]
impl ToolHandler for ReadFile {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        let parameters = schema::object(
            [
                ("file_path", schema::string("The file, absolute or relative to the session's working directory.")),
                ("offset", schema::number("First line to return, counted from 1. Default 1.")),
                ("limit", schema::number("How many lines to return at most. Default 2000.")),
            ],
            &["file_path"],
        );
        let wanted = env.extra_tools.iter().any(|tool| tool == NAME);
        wanted.then(|| schema::function(NAME, include_str!("read_file.md"), parameters))
    }

    fn callable(&self, _env: &ToolEnv) -> bool {
        true
    }

    fn parallel(&self) -> bool {
        true
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let arguments: Arguments = arguments::parse(&call)?;
        let turn = host.turn();
        let offset = arguments.offset.unwrap_or(1);
        let limit = arguments.limit.unwrap_or(DEFAULT_LIMIT);
        if offset == 0 || limit == 0 {
            return Err(ToolError::Refused("`offset` counts lines from 1, and `limit` is at least 1".to_owned()));
        }
        let path = turn.cwd.join(&arguments.file_path);
        let range = Range { first: offset, count: limit, budget: turn.truncation.byte_budget() };
        let denied = turn.denied_reads.clone();
        blocking::run(cancel, move |cancel| read(&path, range, &denied, cancel)).await.map(ToolOutput::text)
    }
}

/// Which lines are wanted, and how many bytes of answer at most.
#[derive(Clone, Copy)]
struct Range {
    first: usize,
    count: usize,
    budget: usize,
}

fn read(path: &Path, range: Range, denied: &[PathBuf], cancel: &CancellationToken) -> Result<String, ToolError> {
    let (file, meta) = readable::open(path, &Denied::new(denied))?;
    let mut lines = Lines { reader: BufReader::with_capacity(BUFFER, file), cancel };
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::Interrupted => ToolError::Cancelled,
        _ => ToolError::Refused(format!("unable to read `{}`: {error}", path.display())),
    };
    if lines.starts_binary().map_err(unreadable)? {
        let place = path.display();
        return Err(ToolError::Refused(format!("`{place}` is a binary file of {} bytes, not text", meta.len())));
    }
    for passed in 0..range.first - 1 {
        if lines.next(0, &mut Vec::new()).map_err(unreadable)?.is_none() {
            return Err(ToolError::Refused(format!("`offset` is past the end: `{}` has {passed} lines", path.display())));
        }
    }
    let mut answer = String::new();
    let mut line = Vec::new();
    for number in range.first..range.first.saturating_add(range.count) {
        let Some(length) = lines.next(LONGEST_LINE, &mut line).map_err(unreadable)? else {
            return at_the_end(answer, number, path);
        };
        let shown = format!("L{number}: {}\n", shown(&line, length));
        // One line is always shown, or the model would ask for it again and again.
        if !answer.is_empty() && answer.len() + shown.len() > range.budget {
            let _ = writeln!(answer, "[the output is full; go on with offset={number}]");
            return Ok(answer);
        }
        answer.push_str(&shown);
    }
    if lines.has_more().map_err(unreadable)? {
        let _ = writeln!(answer, "[more lines follow; go on with offset={}]", range.first.saturating_add(range.count));
    }
    Ok(answer)
}

/// The answer when the file ended before line `number`.
fn at_the_end(answer: String, number: usize, path: &Path) -> Result<String, ToolError> {
    match (answer.is_empty(), number) {
        (false, _) => Ok(answer),
        (true, 1) => Ok("[the file is empty]".to_owned()),
        (true, _) => Err(ToolError::Refused(format!("`offset` is past the end: `{}` has {} lines", path.display(), number - 1))),
    }
}

fn shown(line: &[u8], length: u64) -> String {
    let text = String::from_utf8_lossy(line);
    if length <= line.len() as u64 {
        return text.strip_suffix('\r').unwrap_or(&text).to_owned();
    }
    // The cut may have split a character; its half is no part of the text.
    let text = text.trim_end_matches('\u{fffd}');
    format!("{text}… [line of {length} bytes, cut]")
}

struct Lines<'a> {
    reader: BufReader<File>,
    cancel: &'a CancellationToken,
}

impl Lines<'_> {
    fn buffer(&mut self) -> io::Result<&[u8]> {
        if self.cancel.is_cancelled() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.reader.fill_buf()
    }

    fn starts_binary(&mut self) -> io::Result<bool> {
        Ok(self.buffer()?.contains(&0))
    }

    fn has_more(&mut self) -> io::Result<bool> {
        Ok(!self.buffer()?.is_empty())
    }

    /// Reads the next line, keeping its first `keep` bytes; gives its length without the line end, or
    /// `None` at the end of the file.
    fn next(&mut self, keep: usize, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
        line.clear();
        let mut length = 0u64;
        loop {
            let buffer = self.buffer()?;
            if buffer.is_empty() {
                return Ok((length > 0).then_some(length));
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            line.extend_from_slice(&piece[..piece.len().min(keep - line.len())]);
            length += piece.len() as u64;
            let used = piece.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(length));
            }
        }
    }
}

#[cfg(test)]
mod tests;
