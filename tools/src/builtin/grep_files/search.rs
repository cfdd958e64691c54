//! Whether a file has a line that matches. Blocks of whole lines are searched at once, which is what
//! makes it fast; a match across lines is looked at again line by line.

use std::io::{self, Read};

use regex::bytes::Regex;
use tokio_util::sync::CancellationToken;

const BLOCK: usize = 64 * 1024;
/// Lines beyond this are searched in pieces.
const LONGEST_LINE: usize = 1 << 20;

/// Reads until a line matches or the file ends. Binary files, known by a NUL in the first block, do
/// not match; neither does anything after a cancellation.
pub(super) fn any_line_matches(mut file: impl Read, pattern: &Regex, cancel: &CancellationToken) -> io::Result<bool> {
    let mut buffer: Vec<u8> = Vec::with_capacity(BLOCK);
    let mut is_first = true;
    loop {
        if cancel.is_cancelled() {
            return Ok(false);
        }
        let before = buffer.len();
        let read = file.by_ref().take(BLOCK as u64).read_to_end(&mut buffer)?;
        if read == 0 {
            return Ok(block_matches(&buffer, pattern));
        }
        if is_first && buffer.contains(&0) {
            return Ok(false);
        }
        is_first = false;
        let end = buffer[before..].iter().rposition(|byte| *byte == b'\n').map(|position| before + position + 1);
        let Some(whole) = end.or_else(|| (buffer.len() >= LONGEST_LINE).then_some(buffer.len())) else { continue };
        if block_matches(&buffer[..whole], pattern) {
            return Ok(true);
        }
        buffer.drain(..whole);
    }
}

fn block_matches(block: &[u8], pattern: &Regex) -> bool {
    if block.is_empty() {
        return false;
    }
    // What lies behind a final newline is no line, but patterns such as `^$` would match there.
    let lines = block.strip_suffix(b"\r\n").or_else(|| block.strip_suffix(b"\n")).unwrap_or(block);
    let mut from = 0;
    while from <= lines.len() {
        let Some(found) = pattern.find_at(lines, from) else { return false };
        if !lines[found.range()].contains(&b'\n') {
            return true;
        }
        let start = lines[..found.start()].iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position + 1);
        let rest = &lines[found.start()..];
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |position| found.start() + position);
        let line = &lines[start..end];
        if pattern.is_match(line.strip_suffix(b"\r").unwrap_or(line)) {
            return true;
        }
        from = end + 1;
    }
    false
}
