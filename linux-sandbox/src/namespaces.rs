//! New namespaces for a command: whether they can be had.
#![allow(unsafe_code)]

use std::io;
use std::ptr;

use crate::host::Errno;

/// All that a command gets of its own, its network left out.
const FLAGS: libc::c_int = libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC;

/// The step that the system refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// A word for it.
    pub(crate) step: &'static str,
    pub(crate) errno: Errno,
}

/// Tries, and leaves nothing behind.
pub(crate) fn probe() -> Result<(), Refused> {
    // SAFETY: a fork of this process, which has one thread; the child ends at once.
    unsafe {
        match libc::syscall(libc::SYS_clone, FLAGS | libc::CLONE_NEWNET | libc::SIGCHLD, 0, 0, 0, 0) {
            0 => libc::_exit(0),
            pid if pid > 0 => {
                libc::waitpid(pid as libc::pid_t, ptr::null_mut(), 0);
                Ok(())
            }
            _ => Err(Refused { step: "clone", errno: Errno(io::Error::last_os_error().raw_os_error().unwrap_or(0)) }),
        }
    }
}
