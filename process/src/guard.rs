//! A tiny process that outlives us just long enough to kill what we left behind.
//!
//! `PR_SET_PDEATHSIG` ends a child when we are killed, but not what that child had started. The guard knows the
//! process group of every child of ours and sits in a read; when we are gone, however that came, the read ends and it kills the
//! groups. It is a fork that never runs a program: own session, no descriptors but its socket, no memory of its own to speak of.
//! A process that made a session of its own escapes it; only a PID namespace holds those.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::OnceLock;

use rustix::process::Pid;

/// Our end of the socket; `None` when the system refused a guard, which costs nothing but this protection.
static GUARD: OnceLock<Option<OwnedFd>> = OnceLock::new();

/// Groups the guard can remember; children beyond it are not guarded.
const GROUPS: usize = 1024;

/// Starts the guard, once.
pub(crate) fn start() {
    GUARD.get_or_init(fork_guard);
}

/// From now on the group dies with us.
pub(crate) fn add(group: Pid) {
    tell(group.as_raw_nonzero().get());
}

/// The group's number is about to be free for others.
pub(crate) fn remove(group: Pid) {
    tell(-group.as_raw_nonzero().get());
}

fn tell(word: c_int) {
    let Some(Some(socket)) = GUARD.get() else { return };
    // SAFETY: sends four bytes of a live integer; never blocks, never raises SIGPIPE.
    unsafe {
        libc::send(socket.as_raw_fd(), (&raw const word).cast(), size_of::<c_int>(), libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT);
    }
}

fn fork_guard() -> Option<OwnedFd> {
    let mut pair = [0; 2];
    // SAFETY: `pair` takes two descriptors, which are owned by nobody else afterwards.
    let (ours, theirs) = unsafe {
        if libc::socketpair(libc::AF_UNIX, libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC, 0, pair.as_mut_ptr()) != 0 {
            return None;
        }
        (OwnedFd::from_raw_fd(pair[0]), OwnedFd::from_raw_fd(pair[1]))
    };
    // SAFETY: the child of this threaded process calls only async-signal-safe functions and never returns from `guard`.
    match unsafe { libc::fork() } {
        0 => unsafe { guard(theirs.as_raw_fd()) },
        pid if pid > 0 => Some(ours),
        _ => None,
    }
}

/// The guard's whole life. All signals are blocked since before the fork.
unsafe fn guard(socket: c_int) -> ! {
    // SAFETY: only system calls on plain values; `groups` lives on this stack.
    unsafe {
        libc::setsid();
        libc::chdir(c"/".as_ptr());
        libc::dup2(socket, 0);
        libc::syscall(libc::SYS_close_range, 1_u32, u32::MAX, 0_u32);
        libc::prctl(libc::PR_SET_NAME, c"codex-guard".as_ptr(), 0, 0, 0);
        let mut groups: [c_int; GROUPS] = [0; GROUPS];
        loop {
            let mut word: c_int = 0;
            let got = libc::recv(0, (&raw mut word).cast(), size_of::<c_int>(), 0);
            if got < 0 && *libc::__errno_location() == libc::EINTR {
                continue;
            }
            if got != size_of::<c_int>() as isize {
                break;
            }
            let (wanted, replacement) = if word > 0 { (0, word) } else { (-word, 0) };
            let mut at = 0;
            while at < GROUPS {
                if groups[at] == wanted {
                    groups[at] = replacement;
                    break;
                }
                at += 1;
            }
        }
        for group in groups {
            if group > 1 {
                libc::kill(-group, libc::SIGKILL);
            }
        }
        libc::_exit(0)
    }
}
