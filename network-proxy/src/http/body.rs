//! Follows the body of a plain request to its end, so that nothing behind it reaches the host.
//!
//! A second request behind the first would be one that nobody judged. Pure: bytes in, how many of them belong to it out.

use super::head::{BodyLength, HeadError};

/// Longest line of a chunk's length, or of a trailer.
const LINE_BYTES: usize = 4096;
/// Bytes of all trailers.
const TRAILER_BYTES: usize = 16 * 1024;

/// Where in a body we are.
#[derive(Debug)]
pub struct Body(State);

#[derive(Debug)]
enum State {
    Exact(u64),
    /// In the line with a chunk's length.
    Size {
        line: Vec<u8>,
    },
    /// In a chunk.
    Data(u64),
    /// In the line end behind a chunk; how much of it was seen.
    DataEnd(u8),
    /// In the lines behind the last chunk.
    Trailer {
        line_bytes: usize,
        total: usize,
        last: u8,
    },
    Done,
}

impl Body {
    /// A body of which nothing was seen.
    pub fn new(length: BodyLength) -> Self {
        Self(match length {
            BodyLength::Exact(0) => State::Done,
            BodyLength::Exact(length) => State::Exact(length),
            BodyLength::Chunked => State::Size { line: Vec::new() },
        })
    }

    /// Whether all of it was seen.
    pub fn is_done(&self) -> bool {
        matches!(self.0, State::Done)
    }

    /// Takes what belongs to the body from the front of `bytes` and returns how many that are. Fewer than given: done.
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, HeadError> {
        let mut at = 0;
        while at < bytes.len() && !self.is_done() {
            at += self.step(&bytes[at..])?;
        }
        Ok(at)
    }

    fn step(&mut self, bytes: &[u8]) -> Result<usize, HeadError> {
        match &mut self.0 {
            State::Done => Ok(0),
            State::Exact(left) | State::Data(left) => {
                let taken = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= taken as u64;
                if *left == 0 {
                    self.0 = if matches!(self.0, State::Exact(_)) { State::Done } else { State::DataEnd(0) };
                }
                Ok(taken)
            }
            State::Size { line } => {
                line.push(bytes[0]);
                if line.ends_with(b"\r\n") {
                    let size = chunk_size(&line[..line.len() - 2])?;
                    self.0 = if size == 0 { State::Trailer { line_bytes: 0, total: 0, last: 0 } } else { State::Data(size) };
                } else if line.len() >= LINE_BYTES || bytes[0] == b'\n' {
                    return Err(HeadError("the length of a chunk is none"));
                }
                Ok(1)
            }
            State::DataEnd(seen) => {
                match (*seen, bytes[0]) {
                    (0, b'\r') => *seen = 1,
                    (1, b'\n') => self.0 = State::Size { line: Vec::new() },
                    _ => return Err(HeadError("a chunk is longer than it says")),
                }
                Ok(1)
            }
            State::Trailer { line_bytes, total, last } => {
                let ended = (*last, bytes[0]) == (b'\r', b'\n');
                let half_an_end = (bytes[0] == b'\n' || *last == b'\r') && !ended;
                if half_an_end || *total >= TRAILER_BYTES {
                    return Err(HeadError("what follows the last chunk is no trailer"));
                }
                let empty = ended && *line_bytes == 1;
                (*line_bytes, *total, *last) = (if ended { 0 } else { *line_bytes + 1 }, *total + 1, bytes[0]);
                if empty {
                    self.0 = State::Done;
                }
                Ok(1)
            }
        }
    }
}

fn chunk_size(line: &[u8]) -> Result<u64, HeadError> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let extension = &line[digits.len()..];
    let sound = !digits.is_empty() && digits.len() <= 16 && digits.iter().all(u8::is_ascii_hexdigit);
    if !sound || extension.iter().any(|byte| byte.is_ascii_control()) {
        return Err(HeadError("the length of a chunk is none"));
    }
    let digits = std::str::from_utf8(digits).unwrap_or_default();
    u64::from_str_radix(digits, 16).map_err(|_| HeadError("the length of a chunk is none"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn taken(length: BodyLength, bytes: &[u8], piece: usize) -> Result<(usize, bool), HeadError> {
        let mut body = Body::new(length);
        let mut all = 0;
        for piece in bytes.chunks(piece) {
            let taken = body.take(piece)?;
            all += taken;
            if taken < piece.len() {
                break;
            }
        }
        Ok((all, body.is_done()))
    }

    #[test]
    fn nothing_behind_a_body_belongs_to_it() {
        let second = b"GET http://other.example/ HTTP/1.1\r\n\r\n";
        for (length, body) in [
            (BodyLength::Exact(0), &b""[..]),
            (BodyLength::Exact(5), b"hello"),
            (BodyLength::Chunked, b"0\r\n\r\n"),
            (BodyLength::Chunked, b"5\r\nhello\r\n0\r\n\r\n"),
            (BodyLength::Chunked, b"5;ext=\"x\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n"),
        ] {
            let stream = [body, second].concat();
            for piece in [1, 2, 3, 7, 1000] {
                assert_eq!(taken(length, &stream, piece), Ok((body.len(), true)), "{length:?} in pieces of {piece}");
            }
        }
        assert_eq!(taken(BodyLength::Exact(10), b"hello", 2), Ok((5, false)));
    }

    #[test]
    fn chunks_that_two_readers_could_see_differently_are_refused() {
        for body in [
            "x\r\n",
            "\r\n",
            "-1\r\n",
            "+5\r\nhello",
            "0x5\r\n",
            "5 \r\nhello",
            "5\nhello",
            "5\r\nhelloo\r\n",
            "5\r\nhello\n",
            "11111111111111111\r\n",
            "0\r\nX\n\r\n",
            "0\r\n\n",
            "0\r\nX\ry\r\n\r\n",
            "5;\u{1}\r\nhello",
        ] {
            assert!(taken(BodyLength::Chunked, body.as_bytes(), 3).is_err(), "{body:?}");
        }
        assert!(taken(BodyLength::Chunked, &[b"1;".as_slice(), &[b'x'; 5000]].concat(), 100).is_err());
        assert!(taken(BodyLength::Chunked, &[b"0\r\nX: ".as_slice(), &[b'x'; 20_000]].concat(), 100).is_err());
    }

    proptest! {
        #[test]
        fn how_a_body_is_cut_into_pieces_changes_nothing(bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'0'), Just(b'2'), Just(b'x')], 0..40), piece in 1usize..8) {
            prop_assert_eq!(taken(BodyLength::Chunked, &bytes, piece), taken(BodyLength::Chunked, &bytes, 1000));
        }
    }
}
