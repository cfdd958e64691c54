//! Reads a child's output: all of it, in large steps, whether or not anybody listens.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

use crate::Capture;

/// Most bytes in one [`Chunk`].
pub const CHUNK_CAP: usize = 8 * 1024;

/// Chunks that wait for a live reader; half a MiB is a screenful many times over.
pub const CHUNK_QUEUE: usize = 64;

/// Bytes per `read`.
const READ: usize = 64 * 1024;

/// A child that printed more than this is let run ahead a little between reads.
const TALKATIVE: u64 = 512 * 1024;

/// How far ahead: time for about one pipe's worth from a fast program.
const RUN_AHEAD: Duration = Duration::from_millis(1);

/// Which stream a chunk came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output; also standard error, which goes down the same pipe so that the order of the two is kept.
    Stdout,
    /// Standard error of a process whose streams are kept apart. None of this crate's are.
    Stderr,
}

/// A piece of output for a live reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it came from.
    pub stream: Stream,
    /// At most [`CHUNK_CAP`] bytes, cut anywhere, also inside a character.
    pub bytes: Vec<u8>,
    /// Bytes lost just before these, because the reader was slow. They are in the [`Capture`] as far as that reaches.
    pub skipped: u64,
}

/// The sending side of the live chunks.
pub(crate) struct Live {
    chunks: mpsc::Sender<Chunk>,
    skipped: u64,
}

impl Live {
    pub(crate) fn new(chunks: mpsc::Sender<Chunk>) -> Self {
        Self { chunks, skipped: 0 }
    }

    fn offer(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(CHUNK_CAP) {
            match self.chunks.try_reserve() {
                Ok(place) => {
                    place.send(Chunk { stream: Stream::Stdout, bytes: piece.to_vec(), skipped: std::mem::take(&mut self.skipped) })
                }
                Err(_full_or_closed) => self.skipped += piece.len() as u64,
            }
        }
    }
}

/// Reads until the last writer is gone. `buffer` is what the kernel holds for a writer before it has to wait.
pub(crate) async fn drain(fd: Arc<AsyncFd<OwnedFd>>, buffer: usize, capture: Capture, mut live: Live) {
    let mut space = vec![0; READ];
    let patient = buffer > READ;
    loop {
        let Ok(mut ready) = fd.readable().await else { return };
        let mut burst = 0;
        loop {
            match rustix::io::read(fd.get_ref(), &mut space[..]) {
                Ok(0) => return,
                Ok(count) => {
                    capture.push(&space[..count]);
                    live.offer(&space[..count]);
                    burst += count;
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    ready.clear_ready();
                    break;
                }
                // A terminal answers EIO when its last user is gone.
                Err(_) => return,
            }
            if burst >= 16 * READ {
                burst = 0;
                tokio::task::yield_now().await;
            }
        }
        drop(ready);
        if patient && burst < buffer / 2 && capture.total() > TALKATIVE {
            // Waking up for every few KiB would cost more than the bytes do.
            tokio::time::sleep(RUN_AHEAD).await;
        }
    }
}
