//! A file line by line, with a bound on what one line may take.

use std::io::{self, BufRead, BufReader, Read};

/// A line beyond this is passed over: it holds far more than an item with its largest image does.
const LONGEST: usize = 64 * 1024 * 1024;

/// A line as it stands in the file.
pub(crate) struct RawLine<'a> {
    /// Without the newline; empty when the line is too long.
    pub(crate) bytes: &'a [u8],
    /// Whether a newline follows. Only the last line may lack it.
    pub(crate) ended: bool,
    /// Whether the line exceeds the bound.
    pub(crate) too_long: bool,
    /// Bytes it takes in the file, newline included.
    pub(crate) length: u64,
}

/// Reads lines one after the other into one buffer.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    longest: usize,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(64 * 1024, input), line: Vec::new(), longest: LONGEST }
    }

    /// The next line; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<RawLine<'_>>> {
        self.line.clear();
        let mut too_long = false;
        let mut any = false;
        let mut length = 0;
        loop {
            let chunk = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            let newline = find_newline(chunk);
            let piece = &chunk[..newline.unwrap_or(chunk.len())];
            any |= !chunk.is_empty();
            too_long |= self.line.len() + piece.len() > self.longest;
            if too_long {
                self.line.clear();
            } else {
                self.line.extend_from_slice(piece);
            }
            let taken = piece.len() + usize::from(newline.is_some());
            let at_end = chunk.is_empty();
            length += taken as u64;
            self.input.consume(taken);
            if newline.is_some() || at_end {
                let ended = newline.is_some();
                return Ok(any.then_some(RawLine { bytes: &self.line, ended, too_long, length }));
            }
        }
    }
}

/// Where the first newline is. Sixteen bytes at a time, which the compiler turns into a few instructions.
pub(crate) fn find_newline(bytes: &[u8]) -> Option<usize> {
    const STEP: usize = 16;
    let mut at = 0;
    for chunk in bytes.chunks_exact(STEP) {
        if chunk.iter().fold(false, |any, byte| any | (*byte == b'\n')) {
            break;
        }
        at += STEP;
    }
    bytes[at..].iter().position(|byte| *byte == b'\n').map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], longest: usize) -> Vec<(Vec<u8>, bool, bool)> {
        let mut lines = Lines { longest, ..Lines::new(text) };
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.bytes.to_vec(), line.ended, line.too_long));
        }
        all
    }

    #[test]
    fn lines_come_with_whether_they_ended() {
        assert_eq!(read(b"", 9), []);
        assert_eq!(read(b"a\n\nb", 9), [(b"a".to_vec(), true, false), (Vec::new(), true, false), (b"b".to_vec(), false, false)]);
    }

    #[test]
    fn a_newline_is_found_wherever_it_is() {
        for length in 0..50 {
            let mut bytes = vec![b'x'; length];
            assert_eq!(find_newline(&bytes), None);
            for at in 0..length {
                bytes[at] = b'\n';
                assert_eq!(find_newline(&bytes), Some(at));
                bytes[at] = b'x';
            }
        }
    }

    #[test]
    fn a_line_beyond_the_bound_is_passed_over_and_the_next_one_read() {
        assert_eq!(read(b"aaaa\nbbb\n", 3), [(Vec::new(), true, true), (b"bbb".to_vec(), true, false)]);
    }
}
