//! Lines of standard input and output, on threads of their own: a client that does not read must not hold up the runtime.

use std::io::{self, BufRead, Write};

use tokio::sync::{mpsc, oneshot};

use crate::ServeError;

/// Most bytes of a message.
pub(crate) const LONGEST_LINE: usize = 64 * 1024 * 1024;
/// Messages that wait on either side.
const WAITING: usize = 1024;

/// Reads lines until the input ends; lines that are too long are passed over.
pub(crate) fn read_lines() -> Result<mpsc::Receiver<Vec<u8>>, ServeError> {
    let (sender, lines) = mpsc::channel(64);
    spawn("stdin", move || {
        let mut input = io::stdin().lock();
        while let Some(line) = next_line(&mut input, LONGEST_LINE) {
            if let Some(line) = line
                && sender.blocking_send(line).is_err()
            {
                break;
            }
        }
    })?;
    Ok(lines)
}

/// The next line without its end, `Some(None)` for one that is too long.
fn next_line(input: &mut impl BufRead, longest: usize) -> Option<Option<Vec<u8>>> {
    let (mut line, mut too_long) = (Vec::new(), false);
    loop {
        let available = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return None,
        };
        if available.is_empty() {
            return (!line.is_empty()).then_some(Some(line));
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |end| end + 1);
        if line.len() + taken > longest {
            (too_long, line) = (true, Vec::new());
        } else if !too_long {
            line.extend_from_slice(&available[..end.unwrap_or(taken)]);
        }
        input.consume(taken);
        if end.is_some() {
            return Some((!too_long).then_some(line));
        }
    }
}

/// Writes messages until nobody can send any more; then the receiver is told.
pub(crate) fn write_lines() -> Result<(mpsc::Sender<String>, oneshot::Receiver<()>), ServeError> {
    let (sender, mut messages) = mpsc::channel::<String>(WAITING);
    let (done, written) = oneshot::channel();
    spawn("stdout", move || {
        let mut output = io::stdout().lock();
        while let Some(mut message) = messages.blocking_recv() {
            message.push('\n');
            if output.write_all(message.as_bytes()).and_then(|()| output.flush()).is_err() {
                // Nobody reads any more. The end of the input ends the server.
                break;
            }
        }
        // Whoever waited may have gone.
        let _ = done.send(());
    })?;
    Ok((sender, written))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), ServeError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).map_err(|source| ServeError { what: "start a thread", source })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_line_that_is_too_long_costs_only_itself() {
        let mut input = io::BufReader::with_capacity(3, &b"1234567\nok\n\nlast"[..]);
        let lines: Vec<_> = std::iter::from_fn(|| next_line(&mut input, 5)).collect();
        assert_eq!(lines, [None, Some(b"ok".to_vec()), Some(Vec::new()), Some(b"last".to_vec())]);
    }
}
