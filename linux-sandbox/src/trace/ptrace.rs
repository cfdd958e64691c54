//! `ptrace` as functions: one a request, errors as error numbers.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::io;
use std::ptr;

use libc::pid_t;

/// A traced thread, by its number.
pub(super) type Tid = pid_t;

/// Stops of this kind are said to be events; what libc calls `PTRACE_EVENT_STOP`, where it does.
pub(super) const EVENT_STOP: c_int = 128;

const OPTIONS: c_int = libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACECLONE;

/// Where a system call is, as the kernel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syscall {
    /// About to be made.
    Entry { number: i64, args: [u64; 6] },
    /// Answered; negative answers are error numbers.
    Exit { error: Option<i32> },
    /// Neither.
    Elsewhere,
}

/// The kernel's `ptrace_syscall_info` in words of eight bytes: the kind is the lowest byte of the first, the union starts at the fourth.
type Info = [u64; 11];

fn last_errno() -> c_int {
    io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

fn request(what: libc::c_int, tid: Tid, address: *mut c_void, data: *mut c_void) -> Result<(), c_int> {
    // SAFETY: only requests whose address and data are plain numbers are made through this function.
    let answer = unsafe { libc::ptrace(what as _, tid, address, data) };
    if answer == -1 { Err(last_errno()) } else { Ok(()) }
}

fn number(value: impl TryInto<usize>) -> *mut c_void {
    ptr::without_provenance_mut(value.try_into().unwrap_or(0))
}

/// Lets the parent trace this process, which stops it at its next `exec`.
pub(super) fn ask_to_be_traced() -> Result<(), c_int> {
    request(libc::PTRACE_TRACEME as c_int, 0, ptr::null_mut(), ptr::null_mut())
}

/// Stops tracing a stopped child, and leaves it stopped.
pub(super) fn let_go_stopped(tid: Tid) -> Result<(), c_int> {
    request(libc::PTRACE_DETACH as c_int, tid, ptr::null_mut(), number(libc::SIGSTOP))
}

/// Waits until a child stops; one that ends instead is left for [`wait`].
pub(super) fn wait_for_stop(child: Tid) {
    // SAFETY: all zeros is a value of this plain structure, and the kernel writes into a live one.
    unsafe {
        let mut about: libc::siginfo_t = std::mem::zeroed();
        let which = libc::id_t::from(child.unsigned_abs());
        let options = libc::WEXITED | libc::WSTOPPED | libc::WNOWAIT;
        while libc::waitid(libc::P_PID, which, &raw mut about, options) == -1 && last_errno() == libc::EINTR {}
        if about.si_code != libc::CLD_EXITED && about.si_code != libc::CLD_KILLED && about.si_code != libc::CLD_DUMPED {
            // Taken off, so that the next call waits for the next stop.
            libc::waitid(libc::P_PID, which, &raw mut about, libc::WSTOPPED);
        }
    }
}

/// Becomes the tracer of a child and of everything it will make.
pub(super) fn seize(tid: Tid) -> Result<(), c_int> {
    request(libc::PTRACE_SEIZE as c_int, tid, ptr::null_mut(), number(OPTIONS))
}

/// Lets a stopped thread go on to its next event, delivering `signal` unless zero.
pub(super) fn go_on(tid: Tid, signal: c_int) {
    // A thread that has been killed meanwhile is told of by `wait`.
    let _ = request(libc::PTRACE_CONT as c_int, tid, ptr::null_mut(), number(signal));
}

/// The same, but to its next system call at most.
pub(super) fn go_on_to_call(tid: Tid, signal: c_int) {
    let _ = request(libc::PTRACE_SYSCALL as c_int, tid, ptr::null_mut(), number(signal));
}

/// Leaves a thread stopped, as its job control wants, until it is continued.
pub(super) fn listen(tid: Tid) {
    let _ = request(libc::PTRACE_LISTEN as c_int, tid, ptr::null_mut(), ptr::null_mut());
}

/// The number that belongs to the event a thread stopped for: the new thread's, or the former one's.
pub(super) fn event_message(tid: Tid) -> Option<Tid> {
    let mut message: libc::c_ulong = 0;
    // SAFETY: the kernel writes one `unsigned long` to a live place.
    let answer = unsafe { libc::ptrace(libc::PTRACE_GETEVENTMSG as _, tid, ptr::null_mut::<c_void>(), &raw mut message) };
    if answer == -1 { None } else { Tid::try_from(message).ok() }
}

/// Where the system call is that a thread stopped for.
pub(super) fn syscall(tid: Tid) -> Syscall {
    const GET_SYSCALL_INFO: c_int = 0x420e;
    const ENTRY: u64 = 1;
    const EXIT: u64 = 2;
    let mut info: Info = [0; 11];
    // SAFETY: the kernel writes at most as many bytes as it is told there are, into a live array.
    let answer = unsafe { libc::ptrace(GET_SYSCALL_INFO as _, tid, size_of::<Info>(), info.as_mut_ptr()) };
    if answer == -1 {
        return Syscall::Elsewhere;
    }
    match info[0].to_le() & 0xff {
        ENTRY => Syscall::Entry {
            number: i64::from_ne_bytes(info[3].to_ne_bytes()),
            args: [info[4], info[5], info[6], info[7], info[8], info[9]],
        },
        EXIT => {
            let value = i64::from_ne_bytes(info[3].to_ne_bytes());
            let failed = info[4].to_le() & 0xff != 0;
            Syscall::Exit { error: failed.then(|| i32::try_from(value.unsigned_abs()).unwrap_or(0)) }
        }
        _ => Syscall::Elsewhere,
    }
}

/// Reads `length` bytes of a stopped thread's memory, fewer where it ends.
pub(super) fn read(tid: Tid, address: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let Some(word) = peek(tid, address.wrapping_add(bytes.len() as u64)) else { break };
        bytes.extend(word);
    }
    bytes.truncate(length);
    bytes
}

/// Reads up to the next zero byte, at most `limit` bytes.
pub(super) fn read_string(tid: Tid, address: u64, limit: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while bytes.len() < limit {
        let word = peek(tid, address.wrapping_add(bytes.len() as u64))?;
        match word.iter().position(|byte| *byte == 0) {
            Some(end) => {
                bytes.extend(&word[..end]);
                return Some(bytes);
            }
            None => bytes.extend(word),
        }
    }
    None
}

const WORD: usize = size_of::<libc::c_long>();

fn peek(tid: Tid, address: u64) -> Option<[u8; WORD]> {
    // The C library returns the word itself, so that only `errno` tells a failure from a word of ones.
    // SAFETY: reads another process's memory, not ours; `errno` is this thread's own.
    let word = unsafe {
        *libc::__errno_location() = 0;
        let word = libc::ptrace(libc::PTRACE_PEEKDATA as _, tid, number(address), ptr::null_mut::<c_void>());
        (*libc::__errno_location() == 0).then_some(word)
    }?;
    Some(word.to_ne_bytes())
}

/// What became of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Exited(i32),
    Killed(c_int),
    /// Stopped by or with a signal; the second number is the event, zero when there is none.
    Stopped(c_int, c_int),
}

/// Waits for the next change of any thread we trace or any child; `None` when there is none left.
pub(super) fn wait() -> Option<(Tid, Change)> {
    loop {
        let mut status = 0;
        // SAFETY: writes one integer to a live place.
        let tid = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL) };
        if tid < 0 {
            if last_errno() == libc::EINTR {
                continue;
            }
            return None;
        }
        let change = if libc::WIFEXITED(status) {
            Change::Exited(libc::WEXITSTATUS(status))
        } else if libc::WIFSIGNALED(status) {
            Change::Killed(libc::WTERMSIG(status))
        } else {
            Change::Stopped(libc::WSTOPSIG(status), status >> 16)
        };
        return Some((tid, change));
    }
}
