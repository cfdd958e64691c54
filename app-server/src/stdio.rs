//! One client on standard input and output, one message a line.
//!
//! Reading and writing have threads of their own: standard streams cannot be waited for everywhere, and a reader that is
//! stuck must not hold up the runtime.

use std::io::{self, BufRead, Write};

use codex_app_server_protocol::line::{Line, LineReader};
use tokio::sync::mpsc;

use crate::error::ServeError;
use crate::outbox::Outgoing;

/// Bytes of a line. Recorded clients send images of some megabytes.
pub(crate) const LONGEST_LINE: usize = 64 * 1024 * 1024;
/// Lines that may wait: the reader stands still then, and with it the client.
const MOST_LINES: usize = 64;
/// Bytes written at once.
const CHUNK: usize = 128 * 1024;

/// Reads lines until the input ends.
pub(crate) fn read_lines() -> Result<mpsc::Receiver<Line>, ServeError> {
    let (sender, lines) = mpsc::channel(MOST_LINES);
    let read = move || {
        let (mut input, mut reader) = (io::stdin().lock(), LineReader::new(LONGEST_LINE));
        loop {
            let bytes = match input.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            let is_end = bytes.is_empty();
            let (taken, line) = if is_end { (0, reader.end()) } else { reader.take(bytes) };
            input.consume(taken);
            if line.is_some_and(|line| sender.blocking_send(line).is_err()) || is_end {
                return;
            }
        }
    };
    spawn("stdin", read)?;
    Ok(lines)
}

/// Writes what is put out, until nobody can put out any more; then the receiver is told.
pub(crate) fn write_lines(mut outgoing: Outgoing) -> Result<tokio::sync::oneshot::Receiver<()>, ServeError> {
    let (done, written) = tokio::sync::oneshot::channel();
    let write = move || {
        let mut output = io::stdout().lock();
        let mut chunk: Vec<u8> = Vec::new();
        while let Some(message) = outgoing.next_blocking() {
            chunk.clear();
            let mut next = Some(message);
            while let Some(message) = next {
                chunk.extend_from_slice(message.as_bytes());
                chunk.push(b'\n');
                next = if chunk.len() < CHUNK { outgoing.ready() } else { None };
            }
            if output.write_all(&chunk).and_then(|()| output.flush()).is_err() {
                // Nobody reads any more. The end of the input ends the server.
                break;
            }
        }
        // Whoever waited may have gone.
        let _ = done.send(());
    };
    spawn("stdout", write)?;
    Ok(written)
}

fn spawn(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<(), ServeError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).map_err(|source| ServeError::System { what: "start a thread", source })
}
