//! The operating system's reasons in one wording.
//!
//! Messages about unreadable files carry the reason, and programs compare them; a few differ between C libraries, so
//! those are spelt here.

use std::io;

use rustix::io::Errno;

/// The reason as text, for instance `No such file or directory (os error 2)`.
pub(crate) fn text(error: &io::Error) -> String {
    let wording = match Errno::from_io_error(error) {
        Some(Errno::LOOP) => "Symbolic link loop",
        Some(Errno::NAMETOOLONG) => "Filename too long",
        Some(Errno::IO) => "I/O error",
        _ => return error.to_string(),
    };
    format!("{wording} (os error {})", error.raw_os_error().unwrap_or_default())
}

pub(crate) fn not_utf8() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8")
}

pub(crate) fn not_a_regular_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}

/// The disk is not what the plan was made for.
pub(crate) fn changed_meanwhile() -> io::Error {
    io::Error::other("it changed after the patch was checked")
}

pub(crate) fn outside_the_roots() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "it lies outside the writable roots")
}
