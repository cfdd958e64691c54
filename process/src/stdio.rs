//! Makes the two ends of a child's standard streams: ours, which never block, and its own, which do.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::FdFlags;
use rustix::pipe::PipeFlags;
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

use crate::error::setup;
use crate::launch::ChildStdio;
use crate::{SpawnError, StdinMode, Stdio};

/// Asked of the kernel for an output pipe: a child that prints much is then read in few, large steps.
const PIPE_SIZE: usize = 1 << 20;

/// Our ends.
pub(crate) enum OurStdio {
    Pipes {
        /// Where output is read.
        output: OwnedFd,
        /// Where errors are read, when they have a pipe of their own.
        errors: Option<OwnedFd>,
        /// Where input is written, if it is.
        input: Option<OwnedFd>,
    },
    Handed {
        /// Where the caller writes input.
        input: OwnedFd,
        /// Where the caller reads output.
        output: OwnedFd,
        /// Where errors are read.
        errors: OwnedFd,
    },
    /// Both.
    Terminal(OwnedFd),
}

/// Both sides of the streams asked for.
pub(crate) fn open(stdio: Stdio) -> Result<(OurStdio, ChildStdio), SpawnError> {
    match stdio {
        Stdio::Pipes { stdin } => pipes(stdin, None),
        Stdio::SplitPipes { stdin } => pipes(stdin, Some(output_pipe()?)),
        Stdio::Handed => handed(),
        Stdio::Pty { cols, rows } => terminal(window(cols, rows)).map_err(setup("opening a terminal")),
    }
}

pub(crate) fn window(cols: u16, rows: u16) -> Winsize {
    Winsize { ws_col: cols, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 }
}

/// Our end, which never blocks, and the child's.
fn output_pipe() -> Result<(OwnedFd, OwnedFd), SpawnError> {
    let (ours, theirs) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(setup("opening a pipe"))?;
    // A user over the system-wide soft limit keeps the usual 64 KiB; that is only slower.
    let _ = rustix::pipe::fcntl_setpipe_size(&ours, PIPE_SIZE);
    rustix::io::ioctl_fionbio(&ours, true).map_err(setup("opening a pipe"))?;
    Ok((ours, above_streams(theirs)?))
}

fn pipes(stdin: StdinMode, split: Option<(OwnedFd, OwnedFd)>) -> Result<(OurStdio, ChildStdio), SpawnError> {
    let (output, child_output) = output_pipe()?;
    let (errors, child_errors) = split.unzip();
    let (input, child_stdin) = match stdin {
        StdinMode::Closed => {
            let null = rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
            (None, null.map_err(setup("opening `/dev/null`"))?)
        }
        StdinMode::Open => {
            let (child_stdin, input) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(setup("opening a pipe"))?;
            rustix::io::ioctl_fionbio(&input, true).map_err(setup("opening a pipe"))?;
            (Some(input), child_stdin)
        }
    };
    let child = ChildStdio { stdin: above_streams(child_stdin)?, output: child_output, errors: child_errors, terminal: false };
    Ok((OurStdio::Pipes { output, errors, input }, child))
}

fn handed() -> Result<(OurStdio, ChildStdio), SpawnError> {
    let (ours, theirs) = pipes(StdinMode::Open, Some(output_pipe()?))?;
    match ours {
        OurStdio::Pipes { output, errors: Some(errors), input: Some(input) } => Ok((OurStdio::Handed { input, output, errors }, theirs)),
        other => Ok((other, theirs)),
    }
}

fn terminal(size: Winsize) -> io::Result<(OurStdio, ChildStdio)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let ours = rustix::pty::openpt(flags)?;
    rustix::pty::unlockpt(&ours)?;
    let theirs = rustix::pty::ioctl_tiocgptpeer(&ours, flags)?;
    rustix::termios::tcsetwinsize(&theirs, size)?;
    rustix::io::ioctl_fionbio(&ours, true)?;
    let output = rustix::io::fcntl_dupfd_cloexec(&theirs, 3)?;
    let stdin = rustix::io::fcntl_dupfd_cloexec(&theirs, 3)?;
    Ok((OurStdio::Terminal(ours), ChildStdio { stdin, output, errors: None, terminal: true }))
}

/// The same file under a number the child's own streams do not need, for a process that was itself started without some.
fn above_streams(fd: OwnedFd) -> Result<OwnedFd, SpawnError> {
    if fd.as_raw_fd() > 2 {
        return Ok(fd);
    }
    let moved = rustix::io::fcntl_dupfd_cloexec(&fd, 3).map_err(setup("opening a pipe"))?;
    debug_assert!(rustix::io::fcntl_getfd(&moved).is_ok_and(|flags| flags.contains(FdFlags::CLOEXEC)));
    Ok(moved)
}
