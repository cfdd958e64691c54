//! Cuts a body of server-sent events into events, however the bytes arrive.
//!
//! Knows nothing of any wire. Lines end at `\n`, `\r\n` or `\r`, also when a packet ends between the two; UTF-8 may
//! be cut anywhere because only whole lines are read; a leading byte order mark is dropped; comments are skipped; a
//! last event without its blank line counts. Lines and events are capped so that a server cannot fill the memory.

use std::borrow::Cow;

/// The longest line, and the longest event.
pub const CAP: usize = 16 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// One event. Fields other than `event` and `data` are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// `event:`, or empty.
    pub name: &'a str,
    /// The `data:` lines, joined by newlines; bytes that are no UTF-8 are replaced.
    pub data: Cow<'a, str>,
}

/// A line or an event was longer than [`CAP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is longer than {} MiB", CAP / 1024 / 1024)]
pub struct TooLong;

/// Takes bytes as they come, gives events as they are whole.
#[derive(Debug, Default)]
pub struct SseDecoder {
    /// How much of a byte order mark was seen; `None` once the first other byte was.
    mark: Mark,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// Whether the last line ended with a `\r` that was the last byte so far.
    after_cr: bool,
    name: String,
    data: Vec<u8>,
    has_data: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Possible(usize),
    Past,
}

impl Default for Mark {
    fn default() -> Self {
        Self::Possible(0)
    }
}

impl SseDecoder {
    /// A decoder at the start of a body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and hands each event that they complete to `sink`.
    ///
    /// # Errors
    /// [`TooLong`]; the decoder must not be used afterwards.
    pub fn push(&mut self, bytes: &[u8], mut sink: impl FnMut(Event<'_>)) -> Result<(), TooLong> {
        let mut rest = self.past_mark(bytes);
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (head, tail) = rest.split_at(end);
            if self.line.is_empty() {
                self.take_line(head, &mut sink)?;
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(head);
                self.take_line(&line, &mut sink)?;
                line.clear();
                self.line = line;
            }
            rest = match tail {
                [b'\r', b'\n', after @ ..] => after,
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [_, after @ ..] => after,
                [] => &[],
            };
        }
        if self.line.len() + rest.len() > CAP {
            return Err(TooLong);
        }
        self.line.extend_from_slice(rest);
        Ok(())
    }

    /// Says that the body has ended: what is there of a last event counts.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn finish(&mut self, mut sink: impl FnMut(Event<'_>)) -> Result<(), TooLong> {
        if let Mark::Possible(seen) = self.mark {
            self.mark = Mark::Past;
            self.line.extend_from_slice(&BYTE_ORDER_MARK[..seen]);
        }
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line, &mut sink)?;
        }
        self.dispatch(&mut sink);
        Ok(())
    }

    /// Drops a byte order mark from the start of the body, also when it comes in pieces.
    fn past_mark<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut rest = bytes;
        while let Mark::Possible(seen) = self.mark {
            match rest.split_first() {
                None => break,
                Some((first, after)) if *first == BYTE_ORDER_MARK[seen] => {
                    rest = after;
                    self.mark = if seen + 1 == BYTE_ORDER_MARK.len() { Mark::Past } else { Mark::Possible(seen + 1) };
                }
                Some(_) => {
                    self.line.extend_from_slice(&BYTE_ORDER_MARK[..seen]);
                    self.mark = Mark::Past;
                }
            }
        }
        rest
    }

    fn take_line(&mut self, line: &[u8], sink: &mut impl FnMut(Event<'_>)) -> Result<(), TooLong> {
        if line.len() > CAP {
            return Err(TooLong);
        }
        if line.is_empty() {
            self.dispatch(sink);
            return Ok(());
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                if self.data.len() + value.len() > CAP {
                    return Err(TooLong);
                }
                self.data.extend_from_slice(value);
                self.has_data = true;
            }
            b"event" => {
                self.name.clear();
                self.name.push_str(&String::from_utf8_lossy(value));
            }
            // Comments have an empty field name; `id`, `retry` and unknown fields mean nothing here.
            _ => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        if self.has_data {
            sink(Event { name: &self.name, data: String::from_utf8_lossy(&self.data) });
        }
        self.name.clear();
        self.data.clear();
        self.has_data = false;
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn decode(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut decoder = SseDecoder::new();
        let mut events = Vec::new();
        for piece in pieces {
            decoder.push(piece, |event| events.push((event.name.to_owned(), event.data.into_owned()))).unwrap();
        }
        decoder.finish(|event| events.push((event.name.to_owned(), event.data.into_owned()))).unwrap();
        events
    }

    fn event(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn every_line_end_ends_a_line() {
        for text in ["event: a\ndata: 1\n\ndata:2\n\n", "event: a\r\ndata: 1\r\n\r\ndata:2\r\n\r\n", "event: a\rdata: 1\r\rdata:2\r\r"] {
            assert_eq!(decode(&[text.as_bytes()]), vec![event("a", "1"), event("", "2")], "{text:?}");
        }
    }

    #[test]
    fn a_crlf_between_two_packets_is_one_line_end() {
        assert_eq!(decode(&[b"data: 1\r", b"\ndata: 2\r", b"\n\r", b"\n"]), vec![event("", "1\n2")]);
    }

    #[test]
    fn data_lines_join_and_only_one_space_is_dropped() {
        assert_eq!(decode(&[b"data:  a\ndata:\ndata:b\n\n"]), vec![event("", " a\n\nb")]);
    }

    #[test]
    fn comments_and_empty_events_give_nothing() {
        assert_eq!(decode(&[b": ping\n\n\n:\nevent: lost\n\nid: 3\nretry: 1\n\ndata\n\n"]), vec![event("", "")]);
    }

    #[test]
    fn a_byte_order_mark_is_dropped_and_a_part_of_one_is_not() {
        assert_eq!(decode(&[b"\xEF", b"\xBB", b"\xBFdata: 1\n\n"]), vec![event("", "1")]);
        assert_eq!(decode(&[b"\xEF\xBBdata: 1\n\ndata: 2"]), vec![event("", "2")]);
    }

    #[test]
    fn a_last_event_without_blank_line_counts() {
        assert_eq!(decode(&[b"data: 1\n\ndata: 2"]), vec![event("", "1"), event("", "2")]);
    }

    #[test]
    fn a_line_beyond_the_cap_is_an_error_and_not_a_full_memory() {
        let mut decoder = SseDecoder::new();
        let piece = vec![b'x'; 1024 * 1024];
        let mut outcome = Ok(());
        for _ in 0..20 {
            outcome = decoder.push(&piece, |_| {});
            if outcome.is_err() {
                break;
            }
        }
        assert_eq!(outcome, Err(TooLong));
        assert!(decoder.line.len() <= CAP);
    }

    proptest! {
        #[test]
        fn decoding_is_the_same_for_every_chunking(
            text in "(\u{feff})?(data|event|: x|data: \\{\"é\":\"日🙂\"\\}|[a-z: é🙂]|\r\n|\n|\r|data: ){0,60}",
            cuts in proptest::collection::vec(0usize..400, 0..12),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            let whole = decode(&[bytes]);
            prop_assert_eq!(&decode(&pieces), &whole);
            prop_assert_eq!(&decode(&single), &whole);
        }
    }
}
