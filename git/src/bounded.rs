//! Reads a file of unknown origin: regular files only, never more than a given number of bytes.
//!
//! A name in a repository can be a pipe, a device or a link to one; opening without blocking and
//! looking at what was opened, not at the name, keeps those from stalling or feeding the reader.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens a regular file for reading; `None` for anything else.
pub(crate) fn open(path: &Path) -> Option<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let file = OpenOptions::new().read(true).custom_flags(i32::try_from(flags).ok()?).open(path).ok()?;
    file.metadata().ok()?.is_file().then_some(file)
}

/// Reads a regular file of at most `limit` bytes; `None` for a larger one, anything else, or one that cannot be read.
pub fn read(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(limit + 1).read_to_end(&mut bytes).ok()?;
    (read as u64 <= limit).then_some(bytes)
}

/// Reads a small text file, without the white space around its content.
pub(crate) fn read_trimmed(path: &Path) -> Option<String> {
    const SMALL: u64 = 8 * 1024;
    let text = String::from_utf8(read(path, SMALL)?).ok()?;
    Some(text.trim().to_owned())
}
