//! Records a session while it goes on, without ever standing in its way.
//!
//! A thread of its own owns the file; a bounded queue leads to it. Trouble with the file is
//! remembered, not raised: the session goes on, and its owner asks once, by `take_error`, whether
//! there is something to tell the user.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use codex_protocol::rollout::{RolloutItem, RolloutLine, SessionMeta};
use jiff::{Timestamp, Zoned};
use tokio::sync::{mpsc, oneshot};

use crate::StateError;
use crate::lines::Lines;
use crate::lock::lock;
use crate::paths::{format_timestamp, session_file};
use crate::writer::{LineWriter, Open, Opened};

/// Enough for the items of a busy turn; behind a disk that is slower the turn waits.
const QUEUE: usize = 256;

/// Appends the items of one session to its file.
///
/// When it is dropped, what is queued still goes to the file; [`RolloutRecorder::flush`] waits for it.
#[derive(Debug)]
pub struct RolloutRecorder {
    path: PathBuf,
    queue: mpsc::Sender<Message>,
    trouble: Arc<Mutex<Trouble>>,
}

/// How a new file begins.
struct First {
    timestamp: String,
    item: Box<RolloutItem>,
    /// The file it was forked from, and how much of it.
    source: Option<(PathBuf, u64)>,
}

#[derive(Debug)]
enum Message {
    Line { timestamp: String, item: Box<RolloutItem> },
    Begin,
    Release,
    Flush(oneshot::Sender<io::Result<()>>),
}

/// The first error, kept until somebody asks.
#[derive(Debug, Default)]
enum Trouble {
    #[default]
    None,
    Untold(io::Error),
    Told,
}

impl RolloutRecorder {
    /// Prepares the file of a new session that began at this local time; the first `record` creates it.
    ///
    /// The file is readable by its owner alone, and so are the folders that have to be made for it.
    ///
    /// # Errors
    ///
    /// [`StateError::Write`] when no thread can be started for it.
    pub fn create(codex_home: &Path, meta: SessionMeta, began: &Zoned) -> Result<Self, StateError> {
        let path = session_file(codex_home, meta.id, began);
        let item = Box::new(RolloutItem::SessionMeta(Box::new(meta)));
        let first = First { timestamp: now(), item, source: None };
        let open = opener_of_new(path.clone());
        Self::start(path, Some(first), open)
    }

    /// Prepares a new session that begins with the first `length` bytes of another one's file, as
    /// [`RolloutRecorder::create`] does. They are copied line by line with the first item, or by [`RolloutRecorder::begin`].
    ///
    /// # Errors
    ///
    /// [`StateError::Write`] when no thread can be started for it.
    pub fn fork(codex_home: &Path, meta: SessionMeta, began: &Zoned, source: PathBuf, length: u64) -> Result<Self, StateError> {
        let path = session_file(codex_home, meta.id, began);
        let item = Box::new(RolloutItem::SessionMeta(Box::new(meta)));
        let first = First { timestamp: now(), item, source: Some((source, length)) };
        let open = opener_of_new(path.clone());
        Self::start(path, Some(first), open)
    }

    /// Goes on with the file of an earlier session. Nobody else can, as long as this is there.
    ///
    /// # Errors
    ///
    /// [`StateError::Write`] when the file is not there, is no regular file, or cannot be written;
    /// [`StateError::Busy`] when somebody else goes on with it.
    pub fn resume(path: PathBuf) -> Result<Self, StateError> {
        // Opened now so that a wrong path is an error and the lock is held from here on.
        let opened = open_file(&path).map_err(|source| match source.kind() {
            io::ErrorKind::WouldBlock => StateError::Busy { path: path.clone() },
            _ => StateError::Write { path: path.clone(), source },
        })?;
        let file = path.clone();
        let mut opened = Some(opened);
        Self::start(path, None, Box::new(move || opened.take().map_or_else(|| open_file(&file), Ok)))
    }

    fn start(path: PathBuf, first: Option<First>, open: Open<File>) -> Result<Self, StateError> {
        let (queue, messages) = mpsc::channel(QUEUE);
        let trouble = Arc::new(Mutex::new(Trouble::None));
        let worker = Worker { writer: LineWriter::new(open), first, trouble: Arc::clone(&trouble) };
        thread::Builder::new()
            .name("rollout".to_owned())
            .spawn(move || worker.run(messages))
            .map_err(|source| StateError::Write { path: path.clone(), source })?;
        Ok(Self { path, queue, trouble })
    }

    /// Where the session is recorded, whether or not the file exists yet.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Records an item, stamped with the present time; waits only while the queue is full.
    pub async fn record(&self, item: RolloutItem) {
        let message = Message::Line { timestamp: now(), item: Box::new(item) };
        if self.queue.send(message).await.is_err() {
            remember(&self.trouble, gone());
        }
    }

    /// Makes the file now, with what it begins with.
    pub async fn begin(&self) {
        if self.queue.send(Message::Begin).await.is_err() {
            remember(&self.trouble, gone());
        }
    }

    /// Lets go of the file once everything recorded so far is in it, so that somebody else can go on with the session.
    /// Whatever is recorded later takes it again.
    pub async fn release(&self) {
        if self.queue.send(Message::Release).await.is_err() {
            remember(&self.trouble, gone());
        }
    }

    /// Waits until everything recorded so far is in the file.
    ///
    /// # Errors
    ///
    /// [`StateError::Write`] when it is not, although it was tried once more. The warning for the user comes
    /// from [`RolloutRecorder::take_error`].
    pub async fn flush(&self) -> Result<(), StateError> {
        let (done, flushed) = oneshot::channel();
        let sent = self.queue.send(Message::Flush(done)).await;
        let result = match sent {
            Ok(()) => flushed.await.unwrap_or_else(|_| Err(gone())),
            Err(_) => Err(gone()),
        };
        result.map_err(|source| StateError::Write { path: self.path.clone(), source })
    }

    /// The first error of the recording, to exactly one caller; `None` to every other.
    pub fn take_error(&self) -> Option<StateError> {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *trouble, Trouble::Told) {
            Trouble::Untold(source) => Some(StateError::Write { path: self.path.clone(), source }),
            Trouble::Told => None,
            Trouble::None => {
                *trouble = Trouble::None;
                None
            }
        }
    }
}

struct Worker {
    writer: LineWriter<File>,
    /// The line that opens a new file; written before the first other line.
    first: Option<First>,
    trouble: Arc<Mutex<Trouble>>,
}

impl Worker {
    fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        while let Some(message) = messages.blocking_recv() {
            match message {
                Message::Line { timestamp, item } => {
                    self.begin();
                    self.write(timestamp, item);
                }
                Message::Begin => self.begin(),
                Message::Release => self.release(),
                Message::Flush(done) => {
                    // Whoever asked may be gone.
                    let _ = done.send(self.writer.settle());
                }
            }
        }
        if let Err(error) = self.writer.settle() {
            // Whoever waited for the file has been told by `flush`; this is for those who do not.
            tracing::debug!(%error, "the end of the session was not recorded");
        }
    }

    /// The lock goes with the file.
    fn release(&mut self) {
        if let Err(error) = self.writer.settle() {
            remember(&self.trouble, error);
        }
        self.writer.close();
    }

    /// Writes what a new file begins with, unless it was written already.
    fn begin(&mut self) {
        let Some(first) = self.first.take() else { return };
        self.write(first.timestamp, first.item);
        if let Some((path, length)) = first.source
            && let Err(error) = self.copy(&path, length)
        {
            remember(&self.trouble, error);
        }
    }

    fn copy(&mut self, path: &Path, length: u64) -> io::Result<()> {
        let mut lines = Lines::new(File::open(path)?.take(length));
        while let Some(line) = lines.next()? {
            if !line.too_long && !line.bytes.is_empty() {
                let mut line = line.bytes.to_vec();
                line.push(b'\n');
                self.writer.put(line)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, timestamp: String, item: Box<RolloutItem>) {
        let written = to_line(timestamp, *item).and_then(|line| self.writer.put(line));
        if let Err(error) = written {
            remember(&self.trouble, error);
        }
    }
}

fn to_line(timestamp: String, item: RolloutItem) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(&RolloutLine { timestamp, item })?;
    line.push(b'\n');
    Ok(line)
}

fn remember(trouble: &Mutex<Trouble>, error: io::Error) {
    tracing::debug!(%error, "a line of the session was not recorded");
    let mut trouble = trouble.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(*trouble, Trouble::None) {
        *trouble = Trouble::Untold(error);
    }
}

fn gone() -> io::Error {
    io::Error::other("the thread that records the session has ended")
}

fn now() -> String {
    format_timestamp(Timestamp::now())
}

/// Makes the file the first time, and opens it when it was let go of since.
fn opener_of_new(path: PathBuf) -> Open<File> {
    let mut made = false;
    Box::new(move || {
        let opened = if made { open_file(&path) } else { create_file(&path) }?;
        made = true;
        Ok(opened)
    })
}

fn create_file(path: &Path) -> io::Result<Opened<File>> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // Never somebody else's file or link: the name holds a fresh id.
    let sink = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
    lock(&sink)?;
    Ok(Opened { sink, torn: false })
}

fn open_file(path: &Path) -> io::Result<Opened<File>> {
    let sink = OpenOptions::new().read(true).append(true).open(path)?;
    let about = sink.metadata()?;
    if !about.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    lock(&sink)?;
    let mut last = [b'\n'];
    if let Some(at) = about.len().checked_sub(1) {
        sink.read_exact_at(&mut last, at)?;
    }
    Ok(Opened { sink, torn: last != [b'\n'] })
}
