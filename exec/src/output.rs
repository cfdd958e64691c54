//! Writes to standard output and standard error from a thread of its own.
//!
//! A reader that stops reading (a pager, a stopped terminal) must not stop the run: signals are still
//! heard and commands' pipes still drained while a write is stuck. The queue is short, so the run waits
//! for its reader all the same.

use std::io::{self, Write};

use tokio::sync::{mpsc, oneshot};

/// Which stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Out,
    Err,
}

/// Chunks that wait for the writer: enough to hide scheduling, small enough to push back.
const WAITING_CHUNKS: usize = 32;

/// A place in the writer's queue.
pub(crate) type Room<'a> = mpsc::Permit<'a, (Stream, Vec<u8>)>;

/// The writing thread.
pub(crate) struct Output {
    queue: mpsc::Sender<(Stream, Vec<u8>)>,
    ended: oneshot::Receiver<io::Result<()>>,
}

impl Output {
    /// Starts the thread. It ends with the first write to standard output that fails; standard error
    /// is written as well as it goes.
    pub(crate) fn start(stdout: impl Write + Send + 'static, stderr: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, chunks) = mpsc::channel(WAITING_CHUNKS);
        let (tell, ended) = oneshot::channel();
        std::thread::Builder::new().name("output".to_owned()).stack_size(128 * 1024).spawn(move || {
            // The run may have given up waiting; then nobody needs to hear.
            let _ = tell.send(write_all(chunks, stdout, stderr));
        })?;
        Ok(Self { queue, ended })
    }

    /// Waits for room in the queue. `None`: standard output is gone.
    pub(crate) async fn room(&self) -> Option<Room<'_>> {
        self.queue.reserve().await.ok()
    }

    /// Waits until everything is written, and tells what went wrong.
    pub(crate) async fn finish(self) -> io::Result<()> {
        drop(self.queue);
        self.ended.await.unwrap_or(Ok(()))
    }
}

fn write_all(mut chunks: mpsc::Receiver<(Stream, Vec<u8>)>, mut stdout: impl Write, mut stderr: impl Write) -> io::Result<()> {
    while let Some((stream, bytes)) = chunks.blocking_recv() {
        match stream {
            Stream::Out => {
                stdout.write_all(&bytes)?;
                stdout.flush()?;
            }
            Stream::Err => {
                let _ = stderr.write_all(&bytes).and_then(|()| stderr.flush());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn everything_is_written_before_the_end() {
        let (stdout, stderr) = (Shared::default(), Shared::default());
        let output = Output::start(stdout.clone(), stderr.clone()).unwrap();
        for _ in 0..100 {
            output.room().await.unwrap().send((Stream::Out, b"o".to_vec()));
            output.room().await.unwrap().send((Stream::Err, b"e".to_vec()));
        }
        output.finish().await.unwrap();
        assert_eq!((stdout.0.lock().unwrap().len(), stderr.0.lock().unwrap().len()), (100, 100));
    }

    #[tokio::test]
    async fn a_closed_output_is_noticed_and_a_closed_log_is_not() {
        let stdout = Shared::default();
        let output = Output::start(stdout.clone(), Closed).unwrap();
        output.room().await.unwrap().send((Stream::Err, b"e".to_vec()));
        output.room().await.unwrap().send((Stream::Out, b"o".to_vec()));
        output.finish().await.unwrap();
        assert_eq!(*stdout.0.lock().unwrap(), b"o");

        let output = Output::start(Closed, Shared::default()).unwrap();
        while let Some(room) = output.room().await {
            room.send((Stream::Out, b"o".to_vec()));
        }
        assert_eq!(output.finish().await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
