//! Keeps what a child printed, within a fixed amount of memory.
//!
//! Bytes only: nothing is decoded while a child runs. [`Window`] holds the first [`OUTPUT_CAP`] bytes and a ring of the
//! last half of that, which is enough to answer with the head alone or with head and tail, whichever is asked for
//! at the end. [`Capture`] is the shared handle; it outlives the child.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most bytes an answer holds: 1 MiB.
pub const OUTPUT_CAP: usize = 1 << 20;

const HALF: usize = OUTPUT_CAP / 2;

/// Which part of a long output is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureMode {
    /// The first and the last half of the cap.
    HeadTail,
    /// The first bytes.
    Head,
}

/// Output as far as it was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// At most [`OUTPUT_CAP`] bytes.
    pub bytes: Vec<u8>,
    /// Bytes printed, kept or not.
    pub total: u64,
    /// Where in `bytes` the part that was left out belongs; `None` when nothing was.
    pub gap: Option<usize>,
}

impl Captured {
    /// Bytes that were left out.
    pub fn omitted(&self) -> u64 {
        self.total - self.bytes.len() as u64
    }
}

/// Output since the last time somebody asked.
pub type NewOutput = Captured;

/// Handle to a child's output; cheap to clone, readable at any time, also after the child is gone.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    whole: Window,
    /// Since the last [`Capture::take_new`]. `None` before the first: then it equals `whole`.
    fresh: Option<Window>,
}

impl Capture {
    /// What was printed so far.
    pub fn snapshot(&self, mode: CaptureMode) -> Captured {
        self.lock().whole.snapshot(mode)
    }

    /// What was printed since the previous call, or since the start for the first; head and tail when it is long.
    pub fn take_new(&self) -> NewOutput {
        let mut state = self.lock();
        match state.fresh.replace(Window::default()) {
            Some(window) => window.snapshot(CaptureMode::HeadTail),
            None => state.whole.snapshot(CaptureMode::HeadTail),
        }
    }

    /// Bytes printed so far.
    pub fn total(&self) -> u64 {
        self.lock().whole.total
    }

    pub(crate) fn push(&self, bytes: &[u8]) {
        let mut state = self.lock();
        state.whole.push(bytes);
        if let Some(fresh) = &mut state.fresh {
            fresh.push(bytes);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first [`OUTPUT_CAP`] bytes of a stream and the last half cap of what came after them.
#[derive(Debug, Default)]
struct Window {
    head: Vec<u8>,
    tail: Ring,
    total: u64,
}

impl Window {
    fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let (first, rest) = bytes.split_at(bytes.len().min(OUTPUT_CAP - self.head.len()));
        self.head.extend_from_slice(first);
        self.tail.push(rest);
    }

    fn snapshot(&self, mode: CaptureMode) -> Captured {
        let omits = self.total > OUTPUT_CAP as u64;
        match mode {
            CaptureMode::HeadTail if omits => {
                let mut bytes = Vec::with_capacity(OUTPUT_CAP);
                bytes.extend_from_slice(&self.head[..HALF]);
                bytes.extend_from_slice(&self.head[HALF + self.tail.len()..]);
                self.tail.append_to(&mut bytes);
                Captured { bytes, total: self.total, gap: Some(HALF) }
            }
            CaptureMode::HeadTail | CaptureMode::Head => {
                Captured { bytes: self.head.clone(), total: self.total, gap: omits.then_some(self.head.len()) }
            }
        }
    }
}

/// The last [`HALF`] bytes pushed.
#[derive(Debug, Default)]
struct Ring {
    bytes: Vec<u8>,
    /// Where the oldest byte is once the ring is full.
    start: usize,
}

impl Ring {
    fn len(&self) -> usize {
        self.bytes.len()
    }

    fn push(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(HALF)..];
        let (grow, rest) = bytes.split_at(bytes.len().min(HALF - self.bytes.len()));
        self.bytes.extend_from_slice(grow);
        let (to_end, around) = rest.split_at(rest.len().min(HALF - self.start));
        self.bytes[self.start..self.start + to_end.len()].copy_from_slice(to_end);
        self.bytes[..around.len()].copy_from_slice(around);
        self.start = (self.start + rest.len()) % HALF;
    }

    fn append_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes[self.start..]);
        out.extend_from_slice(&self.bytes[..self.start]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    }

    fn expected(stream: &[u8], mode: CaptureMode) -> Vec<u8> {
        match mode {
            _ if stream.len() <= OUTPUT_CAP => stream.to_vec(),
            CaptureMode::Head => stream[..OUTPUT_CAP].to_vec(),
            CaptureMode::HeadTail => [&stream[..HALF], &stream[stream.len() - HALF..]].concat(),
        }
    }

    #[test]
    fn every_length_and_piece_size_keeps_the_right_head_and_tail() {
        for len in [0, 1, HALF, OUTPUT_CAP - 1, OUTPUT_CAP, OUTPUT_CAP + 1, OUTPUT_CAP + 1000, OUTPUT_CAP + HALF, 2 * OUTPUT_CAP + 77] {
            let bytes = stream(len);
            for piece in [997, 65_536, HALF + 3, 3 * OUTPUT_CAP] {
                let capture = Capture::default();
                bytes.chunks(piece).for_each(|part| capture.push(part));
                for mode in [CaptureMode::Head, CaptureMode::HeadTail] {
                    let got = capture.snapshot(mode);
                    assert!(got.bytes == expected(&bytes, mode), "{len} bytes by {piece}, {mode:?}");
                    assert_eq!(got.total, len as u64);
                    assert_eq!(got.omitted(), len.saturating_sub(OUTPUT_CAP) as u64);
                    assert_eq!(got.gap.is_some(), len > OUTPUT_CAP);
                }
            }
        }
    }

    #[test]
    fn new_output_is_handed_out_once_and_the_whole_stays() {
        let capture = Capture::default();
        capture.push(b"one ");
        assert_eq!(capture.take_new().bytes, b"one ");
        assert_eq!(capture.take_new(), Captured::default());
        capture.push(b"two");
        capture.push(b" three");
        assert_eq!(capture.take_new(), Captured { bytes: b"two three".to_vec(), total: 9, gap: None });
        assert_eq!(capture.snapshot(CaptureMode::Head).bytes, b"one two three");
    }

    #[test]
    fn memory_stays_flat_however_much_is_pushed() {
        let capture = Capture::default();
        let _ = capture.take_new();
        let piece = vec![b'x'; 65_536];
        for _ in 0..800 {
            capture.push(&piece);
        }
        let state = capture.lock();
        for window in [&state.whole, state.fresh.as_ref().unwrap()] {
            assert!(window.head.capacity() + window.tail.bytes.capacity() <= 2 * OUTPUT_CAP);
        }
    }
}
