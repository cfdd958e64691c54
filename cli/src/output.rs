//! Standard output of the commands, so that nothing of it is lost in silence.
//!
//! What could not be written is remembered here and told once, at the end, by `main`: a command whose output went nowhere has failed,
//! whatever else it did, and every command but those that stream says all it has to say through [`print`]. A reader that has
//! seen enough is no failure. **Not here:** the log and the events of `codex exec`, which wait for their readers.

use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use crate::failure::Failure;

/// The first thing that went wrong.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Writes a text to standard output.
pub(crate) fn print(text: &str) {
    print_bytes(text.as_bytes());
}

/// Writes to standard output.
pub(crate) fn print_bytes(bytes: &[u8]) {
    let mut stdout = io::stdout().lock();
    if let Err(error) = stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        remember(error);
    }
}

/// Remembers that something did not reach standard output.
pub(crate) fn remember(error: io::Error) {
    if error.kind() != ErrorKind::BrokenPipe {
        // The first one is the one that is told.
        let _ = LOST.set(error);
    }
}

/// What is to be told where something was lost.
pub(crate) fn lost() -> Option<Failure> {
    LOST.get().map(failure)
}

/// The words for output that could not be written.
pub(crate) fn failure(error: &io::Error) -> Failure {
    Failure::new(format!("Error: cannot write to standard output: {error}"))
}
