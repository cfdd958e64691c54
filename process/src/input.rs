//! Writes to a child's standard input without blocking and without dying of it.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::os::fd::OwnedFd;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::unix::AsyncFd;

/// Our end of a child's input.
pub(crate) struct Input {
    fd: Mutex<Option<Arc<AsyncFd<OwnedFd>>>>,
    terminal: bool,
}

impl Input {
    pub(crate) fn closed() -> Self {
        Self { fd: Mutex::new(None), terminal: false }
    }

    pub(crate) fn pipe(fd: AsyncFd<OwnedFd>) -> Self {
        Self { fd: Mutex::new(Some(Arc::new(fd))), terminal: false }
    }

    pub(crate) fn terminal(fd: Arc<AsyncFd<OwnedFd>>) -> Self {
        Self { fd: Mutex::new(Some(fd)), terminal: true }
    }

    /// The terminal, if that is what the input is.
    pub(crate) fn as_terminal(&self) -> Option<Arc<AsyncFd<OwnedFd>>> {
        self.fd().filter(|_| self.terminal)
    }

    pub(crate) fn close(&self) {
        if !self.terminal {
            self.fd.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    pub(crate) async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        let fd = self.fd().ok_or_else(|| io::Error::new(io::ErrorKind::BrokenPipe, "standard input is closed"))?;
        while !bytes.is_empty() {
            let mut ready = fd.writable().await?;
            match ready.try_io(|fd| without_sigpipe(|| Ok(rustix::io::write(fd.get_ref(), bytes)?))) {
                Ok(Ok(written)) => bytes = &bytes[written..],
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Err(error),
                Err(_would_block) => {}
            }
        }
        Ok(())
    }

    fn fd(&self) -> Option<Arc<AsyncFd<OwnedFd>>> {
        self.fd.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Runs one write with SIGPIPE held back, so that a child that closed its input is an error of the write even in a
/// program that lets SIGPIPE end it (as one that prints into `head` should).
fn without_sigpipe<T>(write: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    // SAFETY: the sets are plain values initialised by the calls; only this thread's mask changes, and it is put back.
    unsafe {
        let mut pipe: libc::sigset_t = mem::zeroed();
        let mut before: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut pipe);
        libc::sigaddset(&raw mut pipe, libc::SIGPIPE);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, &raw mut before);
        let result = write();
        if result.as_ref().is_err_and(|error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe) {
            let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            libc::sigtimedwait(&raw const pipe, ptr::null_mut(), &raw const at_once);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
        result
    }
}
