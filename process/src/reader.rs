//! Reads a child's output: all of it, in large steps, whether or not anybody listens.
//!
//! A task does it, woken when there is something to read. That is a wake-up per write of the child, so a child that
//! pours is read by a thread of its own for as long as it does, which looks once a millisecond and takes a pipe's
//! worth each time.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{mpsc, oneshot};

use crate::{Capture, poll};

/// Most bytes in one [`Chunk`].
pub const CHUNK_CAP: usize = 8 * 1024;

/// Chunks that wait for a live reader; half a MiB is a screenful many times over.
pub const CHUNK_QUEUE: usize = 64;

/// Bytes per `read`.
const READ: usize = 64 * 1024;

/// A child that printed this much since the last pause pours.
const TALKATIVE: usize = 512 * 1024;

/// Between two looks at a pouring child: about one pipe's worth of a fast program.
const LOOK: Duration = Duration::from_millis(1);

/// Looks in vain after which a child no longer pours.
const PAUSE: u32 = 100;

/// Which stream a chunk came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output; also standard error where it goes down the same pipe, so that the order of the two is kept.
    Stdout,
    /// Standard error of a process whose streams are kept apart.
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
    stream: Stream,
    skipped: u64,
}

impl Live {
    pub(crate) fn new(chunks: mpsc::Sender<Chunk>, stream: Stream) -> Self {
        Self { chunks, stream, skipped: 0 }
    }

    fn offer(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(CHUNK_CAP) {
            match self.chunks.try_reserve() {
                Ok(place) => place.send(Chunk { stream: self.stream, bytes: piece.to_vec(), skipped: std::mem::take(&mut self.skipped) }),
                Err(_full_or_closed) => self.skipped += piece.len() as u64,
            }
        }
    }
}

/// Where the bytes go.
pub(crate) struct Sink {
    capture: Capture,
    live: Live,
    space: Vec<u8>,
}

/// What one look at the descriptor found.
enum Look {
    /// So many bytes, and nothing more at present.
    Empty(usize),
    /// So many bytes, and there may be more.
    More(usize),
    /// The last writer is gone.
    End,
}

impl Sink {
    pub(crate) fn new(capture: Capture, live: Live) -> Self {
        Self { capture, live, space: vec![0; READ] }
    }

    /// Takes what is there, up to `limit` bytes and a read.
    fn take(&mut self, fd: &OwnedFd, limit: usize) -> Look {
        let mut taken = 0;
        while taken < limit {
            match rustix::io::read(fd, &mut self.space[..]) {
                Ok(0) => return Look::End,
                Ok(count) => {
                    self.capture.push(&self.space[..count]);
                    self.live.offer(&self.space[..count]);
                    taken += count;
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Look::Empty(taken),
                // A terminal answers EIO when its last user is gone.
                Err(_) => return Look::End,
            }
        }
        Look::More(taken)
    }
}

/// Reads a terminal until its last user is gone. A terminal holds some 4 KiB, so there is nothing to gain from waiting.
pub(crate) async fn drain_terminal(fd: Arc<AsyncFd<OwnedFd>>, mut sink: Sink) {
    while let Ok(mut ready) = fd.readable().await {
        match sink.take(fd.get_ref(), READ) {
            Look::Empty(_) => ready.clear_ready(),
            Look::More(_) => tokio::task::yield_now().await,
            Look::End => return,
        }
    }
}

/// Reads a pipe until its last writer is gone.
pub(crate) async fn drain_pipe(mut fd: AsyncFd<OwnedFd>, mut sink: Sink) {
    loop {
        let mut flow = 0;
        while flow < TALKATIVE {
            let Ok(mut ready) = fd.readable().await else { return };
            match sink.take(fd.get_ref(), TALKATIVE) {
                Look::Empty(count) => {
                    ready.clear_ready();
                    flow += count;
                }
                Look::More(count) => flow += count,
                Look::End => return,
            }
        }
        let (answer, paused) = oneshot::channel();
        let pipe = fd.into_inner();
        let thread = thread::Builder::new().name("output".into()).stack_size(128 * 1024);
        if thread.spawn(move || pour(pipe, sink, answer)).is_err() {
            // Without a thread the pipe is gone with the closure; a system this short of them has other worries.
            return;
        }
        let Ok((pipe, same_sink)) = paused.await else { return };
        let Ok(registered) = poll::watch(pipe, Interest::READABLE) else { return };
        (fd, sink) = (registered, same_sink);
    }
}

/// Reads a pouring child until it pauses, and answers with what it was given; without an answer the output has ended.
fn pour(fd: OwnedFd, mut sink: Sink, answer: oneshot::Sender<(OwnedFd, Sink)>) {
    let mut in_vain = 0;
    while in_vain < PAUSE {
        if answer.is_closed() {
            return;
        }
        match sink.take(&fd, TALKATIVE) {
            Look::End => return,
            Look::More(_) => in_vain = 0,
            Look::Empty(count) => {
                in_vain = if count == 0 { in_vain + 1 } else { 0 };
                thread::sleep(LOOK);
            }
        }
    }
    // The child may have been dropped just now.
    let _ = answer.send((fd, sink));
}
