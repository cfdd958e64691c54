//! What this kernel can enforce, asked without changing anything.
#![allow(unsafe_code)]

use std::io;
use std::ptr;

/// What the kernel offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// Version of Landlock's interface, 1 or more.
    pub landlock_abi: u32,
}

impl Host {
    /// Whether Landlock watches `truncate` itself; otherwise the system-call filter has to.
    pub(crate) fn landlock_truncates(self) -> bool {
        self.landlock_abi >= 3
    }
}

/// A part of the sandbox that this machine cannot enforce, with the way out. One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unenforceable {
    /// The kernel was built without Landlock, or is too old.
    #[error(
        "not run, because this kernel has no Landlock to confine file writes with: use Linux 5.13 or newer built with CONFIG_SECURITY_LANDLOCK, or choose `danger-full-access` inside a container or machine you can lose"
    )]
    LandlockMissing,
    /// Landlock is built in and switched off.
    #[error(
        "not run, because Landlock, which confines file writes, is switched off on this machine: add `landlock` to the kernel's `lsm=` boot parameter, or choose `danger-full-access` inside a container or machine you can lose"
    )]
    LandlockOff,
    /// Something around us, most often a container's own filter, forbids the calls.
    #[error(
        "not run, because the calls of Landlock, which confines file writes, are forbidden here ({0}): allow `landlock_*` in the container's seccomp profile, or choose `danger-full-access` if that container is your sandbox"
    )]
    LandlockForbidden(Errno),
    /// seccomp filters cannot be installed.
    #[error(
        "not run, because this kernel does not let seccomp filters be installed, which confine system calls ({0}): use a kernel built with CONFIG_SECCOMP_FILTER or allow `seccomp` in the container's profile, or choose `danger-full-access` inside a container or machine you can lose"
    )]
    SeccompMissing(Errno),
}

/// An error number with the system's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

impl std::fmt::Display for Errno {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        io::Error::from_raw_os_error(self.0).fmt(f)
    }
}

const LANDLOCK_CREATE_RULESET_VERSION: u32 = 1;
const SECCOMP_GET_ACTION_AVAIL: u32 = 2;

/// Asks the kernel for Landlock and seccomp: two system calls.
///
/// # Errors
/// The first part that is missing. A positive answer is no promise for later: the helper asks again and refuses by itself.
pub fn check_host() -> Result<Host, Unenforceable> {
    // SAFETY: with this flag the call reads no memory and returns a number.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, ptr::null::<u8>(), 0_usize, LANDLOCK_CREATE_RULESET_VERSION) };
    let landlock_abi = u32::try_from(abi).map_err(|_| match last_errno() {
        Errno(libc::ENOSYS) => Unenforceable::LandlockMissing,
        Errno(libc::EOPNOTSUPP) => Unenforceable::LandlockOff,
        other => Unenforceable::LandlockForbidden(other),
    })?;
    let action = libc::SECCOMP_RET_KILL_PROCESS;
    // SAFETY: reads one integer that is alive.
    let available = unsafe { libc::syscall(libc::SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0_u32, &raw const action) };
    if available != 0 {
        return Err(Unenforceable::SeccompMissing(last_errno()));
    }
    Ok(Host { landlock_abi })
}

fn last_errno() -> Errno {
    Errno(io::Error::last_os_error().raw_os_error().unwrap_or(0))
}
