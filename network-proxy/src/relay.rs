//! Carries bytes both ways between two connections until both sides are done, one fails, or nothing moves any more.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes held for each direction.
const BUFFER: usize = 16 * 1024;

/// Bytes that went to the host and that came from it.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Counts {
    pub(crate) fn add_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

/// Runs until both directions are done; ends early when nothing moved for `idle` (at most twice of it).
pub(crate) async fn until_idle<T>(counts: &Counts, idle: Duration, work: impl Future<Output = T>) -> Option<T> {
    let watch = async {
        loop {
            let before = (counts.sent(), counts.received());
            tokio::time::sleep(idle).await;
            if before == (counts.sent(), counts.received()) {
                return;
            }
        }
    };
    tokio::select! {
        done = work => Some(done),
        () = watch => None,
    }
}

/// Carries everything from `from` to `to`, then closes `to` for writing.
pub(crate) async fn pump(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin), count: impl Fn(usize)) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
        count(read);
    }
}
