//! Cuts a stream of bytes into lines, whatever pieces it comes in.
//!
//! A line that is longer than it may be costs only itself: its bytes are not kept, and what follows is read as usual.
//! Pure: bytes in, lines out.

/// A line that came in, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The bytes of it.
    Whole(Vec<u8>),
    /// It was longer than lines may be.
    TooLong,
}

/// Reads lines of at most so many bytes.
#[derive(Debug)]
pub struct LineReader {
    line: Vec<u8>,
    too_long: bool,
    longest: usize,
}

impl LineReader {
    /// A reader of lines of at most `longest` bytes, their ends not counted.
    pub fn new(longest: usize) -> Self {
        Self { line: Vec::new(), too_long: false, longest }
    }

    /// Takes bytes up to the end of a line: how many, and the line when it is whole.
    pub fn take(&mut self, bytes: &[u8]) -> (usize, Option<Line>) {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let piece = &bytes[..end.unwrap_or(bytes.len())];
        if self.too_long || self.line.len() + piece.len() > self.longest {
            (self.too_long, self.line) = (true, Vec::new());
        } else {
            self.line.extend_from_slice(piece);
        }
        match end {
            Some(end) => (end + 1, Some(self.cut())),
            None => (bytes.len(), None),
        }
    }

    /// What stands before the end of the input without an end of its own counts as a line.
    pub fn end(&mut self) -> Option<Line> {
        (self.too_long || !self.line.is_empty()).then(|| self.cut())
    }

    fn cut(&mut self) -> Line {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.too_long) { Line::TooLong } else { Line::Whole(line) }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn lines(input: &[u8], longest: usize, piece: usize) -> Vec<Line> {
        let (mut reader, mut lines) = (LineReader::new(longest), Vec::new());
        for mut bytes in input.chunks(piece) {
            while !bytes.is_empty() {
                let (taken, line) = reader.take(bytes);
                bytes = &bytes[taken..];
                lines.extend(line);
            }
        }
        lines.extend(reader.end());
        lines
    }

    #[test]
    fn lines_are_the_same_in_whatever_pieces_they_come() {
        let whole = |text: &[u8]| Line::Whole(text.to_vec());
        for piece in 1..20 {
            assert_eq!(lines(b"a\nbcdef\n\nlast", 10, piece), [whole(b"a"), whole(b"bcdef"), whole(b""), whole(b"last")]);
            assert_eq!(lines(b"123456\nok\n", 5, piece), [Line::TooLong, whole(b"ok")], "it costs only itself");
            assert_eq!(lines(b"123456", 5, piece), [Line::TooLong]);
            assert_eq!(lines(b"12345", 5, piece), [whole(b"12345")]);
        }
        assert_eq!(lines(b"", 10, 1), []);
    }
}
