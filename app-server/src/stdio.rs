//! One client on standard input and output, one message a line.
//!
//! Reading and writing have threads of their own: standard streams cannot be waited for everywhere, and a reader that is
//! stuck must not hold up the runtime.

use std::io::{self, BufRead, Write};

use tokio::sync::mpsc;

use crate::error::ServeError;
use crate::outbox::Outgoing;

/// Bytes of a line. Recorded clients send images of some megabytes.
pub(crate) const LONGEST_LINE: usize = 64 * 1024 * 1024;
/// Lines that may wait: the reader stands still then, and with it the client.
const MOST_LINES: usize = 64;
/// Bytes written at once.
const CHUNK: usize = 128 * 1024;

/// A line that came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Whole(Vec<u8>),
    /// Longer than [`LONGEST_LINE`]; the rest of it was passed over.
    TooLong,
}

/// Reads lines until the input ends.
pub(crate) fn read_lines() -> Result<mpsc::Receiver<Line>, ServeError> {
    let (sender, lines) = mpsc::channel(MOST_LINES);
    let read = move || {
        let mut input = io::stdin().lock();
        while let Some(line) = next_line(&mut input, LONGEST_LINE) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    };
    spawn("stdin", read)?;
    Ok(lines)
}

/// The next line without its end; `None` when the input ended or cannot be read. What stands before the end without a line
/// end counts as a line.
pub(crate) fn next_line(input: &mut impl BufRead, longest: usize) -> Option<Line> {
    let mut line = Vec::new();
    let mut too_long = false;
    let mut read = false;
    loop {
        let available = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return None,
        };
        if available.is_empty() {
            return (read && !line.is_empty()).then_some(Line::Whole(line)).or(too_long.then_some(Line::TooLong));
        }
        read = true;
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |end| end + 1);
        if !too_long {
            line.extend_from_slice(&available[..end.unwrap_or(taken)]);
        }
        if line.len() > longest {
            too_long = true;
            line = Vec::new();
        }
        input.consume(taken);
        if end.is_some() {
            return Some(if too_long { Line::TooLong } else { Line::Whole(line) });
        }
    }
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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn lines(input: &[u8], longest: usize) -> Vec<Line> {
        let mut input = io::BufReader::with_capacity(3, input);
        std::iter::from_fn(|| next_line(&mut input, longest)).collect()
    }

    #[test]
    fn lines_end_with_the_input_too() {
        let whole = |text: &[u8]| Line::Whole(text.to_vec());
        assert_eq!(lines(b"a\nbcdef\n\nlast", 10), [whole(b"a"), whole(b"bcdef"), whole(b""), whole(b"last")]);
        assert_eq!(lines(b"", 10), []);
    }

    #[test]
    fn a_line_that_is_too_long_costs_only_itself() {
        assert_eq!(lines(b"123456\nok\n", 5), [Line::TooLong, Line::Whole(b"ok".to_vec())]);
        assert_eq!(lines(b"123456", 5), [Line::TooLong]);
    }
}
