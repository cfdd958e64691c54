//! Starts the helper under a tracer, and without one where that is not permitted.
//!
//! The child asks to be traced and starts the helper, which stops it before the first instruction; only then is it taken over in the
//! way that leaves job control alone. Not earlier: this process is not to be looked into, and nor is its copy before `exec`.
#![allow(unsafe_code)]

use std::ffi::{CString, OsString, c_int};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::pipe::PipeFlags;

use super::ptrace::{self, Change, Tid};
use super::{NotFollowed, Outcome, Traced, follow};

/// Why the helper was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// A word has a zero byte, which no program can be given.
    #[error("an argument or variable contains a zero byte")]
    ZeroByte,
    /// The system refused a process.
    #[error("cannot start a process: {0}")]
    Start(#[source] io::Error),
}

/// Runs the helper, and through it the command, to its end. Standard streams are this process's own.
///
/// SIGINT and SIGQUIT, which a terminal sends to the command as well, are ignored meanwhile; SIGTERM and SIGHUP are passed on.
/// All processes of the command end with this one. Must be called while this process has a single thread.
///
/// # Errors
/// When no process could be made; nothing has run then.
pub fn run(traced: &Traced) -> Result<Outcome, TraceError> {
    let program = c_string(traced.program.as_os_str().as_bytes().to_vec())?;
    let argv = table(traced.argv.iter().map(|word| word.as_bytes().to_vec()))?;
    let envp = table(traced.env.iter().map(|(name, value)| pair(name, value)))?;
    let (answer, teller) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(|error| TraceError::Start(error.into()))?;
    // SAFETY: one thread, and the child calls only async-signal-safe functions over memory prepared before.
    let child = unsafe { libc::fork() };
    match child {
        -1 => Err(TraceError::Start(io::Error::last_os_error())),
        // SAFETY: as above; it never returns.
        0 => unsafe { become_helper(&teller, &program, &argv.pointers, &envp.pointers) },
        child => {
            drop(teller);
            Ok(parent(child, &answer))
        }
    }
}

fn parent(child: Tid, answer: &OwnedFd) -> Outcome {
    pass_signals_on(child);
    match take_over(child, answer) {
        Ok(()) => follow::until_the_end(child),
        Err(errno) => Outcome {
            code: wait_for(child),
            refusals: Vec::new(),
            more: 0,
            not_followed: Some(NotFollowed { errno, yama_scope: yama_scope() }),
        },
    }
}

/// From the child's own request to be traced to the tracing we want; the error number says what is in the way, and the child runs on.
fn take_over(child: Tid, answer: &OwnedFd) -> Result<(), c_int> {
    // The pipe ends with the `exec`, or holds why the child is not traced.
    let mut refused = [0; size_of::<c_int>()];
    if rustix::io::read(answer, &mut refused) == Ok(refused.len()) {
        return Err(c_int::from_ne_bytes(refused));
    }
    ptrace::wait_for_stop(child);
    ptrace::let_go_stopped(child)?;
    ptrace::wait_for_stop(child);
    let seized = ptrace::seize(child);
    // SAFETY: a signal to a child of ours that was not reaped.
    unsafe { libc::kill(child, libc::SIGCONT) };
    seized
}

fn yama_scope() -> Option<u8> {
    std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok()?.trim().parse().ok()
}

fn wait_for(child: Tid) -> u8 {
    while let Some((tid, change)) = ptrace::wait() {
        if tid == child
            && let Some(code) = shell_code(change)
        {
            return code;
        }
    }
    u8::MAX
}

/// The exit code of an end; `None` for what is none.
pub(super) fn shell_code(change: Change) -> Option<u8> {
    match change {
        Change::Exited(code) => Some(u8::try_from(code & 0xff).unwrap_or(u8::MAX)),
        Change::Killed(signal) => Some(u8::try_from(128 + signal).unwrap_or(u8::MAX)),
        Change::Stopped(..) => None,
    }
}

/// The child, for the handler.
static CHILD: AtomicI32 = AtomicI32::new(0);

extern "C" fn pass_on(signal: c_int) {
    let child = CHILD.load(Ordering::Relaxed);
    if child > 0 {
        // SAFETY: async-signal-safe; the child is not reaped while the handler is in place, or the number is no process's.
        unsafe { libc::kill(child, signal) };
    }
}

fn pass_signals_on(child: Tid) {
    CHILD.store(child, Ordering::Relaxed);
    // SAFETY: the handler is async-signal-safe; ignoring is always allowed.
    unsafe {
        for signal in [libc::SIGINT, libc::SIGQUIT] {
            libc::signal(signal, libc::SIG_IGN);
        }
        for signal in [libc::SIGTERM, libc::SIGHUP] {
            libc::signal(signal, pass_on as *const () as libc::sighandler_t);
        }
    }
}

/// The child's life before `exec`.
unsafe fn become_helper(teller: &OwnedFd, program: &CString, argv: &[*const libc::c_char], envp: &[*const libc::c_char]) -> ! {
    // SAFETY: system calls over memory of the parent's, which this process has a copy of; tables end with null.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0);
        if let Err(errno) = ptrace::ask_to_be_traced() {
            libc::write(teller.as_raw_fd(), (&raw const errno).cast(), size_of::<c_int>());
        }
        libc::execve(program.as_ptr(), argv.as_ptr(), envp.as_ptr());
        libc::_exit(127)
    }
}

/// A table as `execve` wants it, and the strings it points to.
struct Table {
    pointers: Vec<*const libc::c_char>,
    _strings: Vec<CString>,
}

fn table(items: impl Iterator<Item = Vec<u8>>) -> Result<Table, TraceError> {
    let strings = items.map(c_string).collect::<Result<Vec<_>, _>>()?;
    let pointers = strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect();
    Ok(Table { pointers, _strings: strings })
}

fn c_string(bytes: Vec<u8>) -> Result<CString, TraceError> {
    CString::new(bytes).map_err(|_| TraceError::ZeroByte)
}

fn pair(name: &OsString, value: &OsString) -> Vec<u8> {
    [name.as_bytes(), b"=", value.as_bytes()].concat()
}
