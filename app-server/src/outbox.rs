//! What waits to be written to one client.
//!
//! Putting never waits: a thread must not stand still because one of its readers does. What waits is counted in bytes, and a
//! reader that lets too much pile up is cut off.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Bytes that may wait for a client. A turn's events are some hundred kilobytes; an image or a file that was asked for, some megabytes.
const MOST_WAITING: usize = 64 * 1024 * 1024;

/// The end that messages are put into.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    messages: mpsc::UnboundedSender<Arc<str>>,
    waiting: Arc<AtomicUsize>,
    cut_off: CancellationToken,
}

/// The end that a transport writes from.
#[derive(Debug)]
pub(crate) struct Outgoing {
    messages: mpsc::UnboundedReceiver<Arc<str>>,
    waiting: Arc<AtomicUsize>,
}

/// Makes both ends. `cut_off` is cancelled when the client reads too slowly.
pub(crate) fn outbox(cut_off: CancellationToken) -> (Outbox, Outgoing) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (Outbox { messages: sender, waiting: Arc::clone(&waiting), cut_off }, Outgoing { messages: receiver, waiting })
}

impl Outbox {
    /// Puts a message in; one for a client that is gone or cut off goes nowhere.
    pub(crate) fn put(&self, message: Arc<str>) {
        if self.cut_off.is_cancelled() {
            return;
        }
        let waiting = self.waiting.fetch_add(message.len(), Ordering::Relaxed) + message.len();
        if waiting > MOST_WAITING {
            tracing::warn!(waiting, "a client does not read what it is sent and was cut off");
            self.cut_off.cancel();
            return;
        }
        if self.messages.send(message).is_err() {
            self.cut_off.cancel();
        }
    }
}

impl Outgoing {
    /// The next message; `None` once nobody can put any in.
    pub(crate) async fn next(&mut self) -> Option<Arc<str>> {
        let message = self.messages.recv().await?;
        self.waiting.fetch_sub(message.len(), Ordering::Relaxed);
        Some(message)
    }

    /// The same for a thread without a runtime.
    pub(crate) fn next_blocking(&mut self) -> Option<Arc<str>> {
        let message = self.messages.blocking_recv()?;
        self.waiting.fetch_sub(message.len(), Ordering::Relaxed);
        Some(message)
    }

    /// A message that is there already.
    pub(crate) fn ready(&mut self) -> Option<Arc<str>> {
        let message = self.messages.try_recv().ok()?;
        self.waiting.fetch_sub(message.len(), Ordering::Relaxed);
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_lets_too_much_pile_up_is_cut_off() {
        let cut_off = CancellationToken::new();
        let (outbox, mut outgoing) = outbox(cut_off.clone());
        let message: Arc<str> = "x".repeat(MOST_WAITING / 2).into();
        outbox.put(Arc::clone(&message));
        assert!(outgoing.ready().is_some());
        outbox.put(Arc::clone(&message));
        outbox.put(Arc::clone(&message));
        assert!(!cut_off.is_cancelled());
        outbox.put(message);
        assert!(cut_off.is_cancelled());
    }
}
