//! What this kernel can enforce, asked without changing anything.
#![allow(unsafe_code)]

use std::io;
use std::ptr;

use crate::machine::Cause;

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

impl Unenforceable {
    /// The same as what is in the way and what to change.
    pub(crate) fn cause(self) -> Cause {
        let (what, remedy) = match self {
            Self::LandlockMissing => {
                ("this kernel has no Landlock".to_owned(), "use Linux 5.13 or newer built with CONFIG_SECURITY_LANDLOCK")
            }
            Self::LandlockOff => ("Landlock is switched off".to_owned(), "add `landlock` to the kernel's `lsm=` boot parameter"),
            Self::LandlockForbidden(errno) => {
                (format!("the calls of Landlock are forbidden here ({errno})"), "allow `landlock_*` in the container's seccomp profile")
            }
            Self::SeccompMissing(errno) => (
                format!("seccomp filters cannot be installed ({errno})"),
                "use a kernel built with CONFIG_SECCOMP_FILTER, or allow `seccomp` in the container's profile",
            ),
        };
        Cause { what, remedy: remedy.to_owned() }
    }
}

/// Asks the kernel for Landlock and seccomp: two system calls.
///
/// # Errors
/// The first part that is missing. A positive answer is no promise for later: the helper asks again and refuses by itself.
pub fn check_host() -> Result<Host, Unenforceable> {
    let landlock_abi = landlock_abi()?;
    seccomp()?;
    Ok(Host { landlock_abi })
}

/// Asks for the version of Landlock.
pub(crate) fn landlock_abi() -> Result<u32, Unenforceable> {
    // SAFETY: with this flag the call reads no memory and returns a number.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, ptr::null::<u8>(), 0_usize, LANDLOCK_CREATE_RULESET_VERSION) };
    u32::try_from(abi).map_err(|_| match last_errno() {
        Errno(libc::ENOSYS) => Unenforceable::LandlockMissing,
        Errno(libc::EOPNOTSUPP) => Unenforceable::LandlockOff,
        other => Unenforceable::LandlockForbidden(other),
    })
}

/// Asks for system-call filters.
pub(crate) fn seccomp() -> Result<(), Unenforceable> {
    let action = libc::SECCOMP_RET_KILL_PROCESS;
    // SAFETY: reads one integer that is alive.
    let available = unsafe { libc::syscall(libc::SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0_u32, &raw const action) };
    if available == 0 { Ok(()) } else { Err(Unenforceable::SeccompMissing(last_errno())) }
}

fn last_errno() -> Errno {
    Errno(io::Error::last_os_error().raw_os_error().unwrap_or(0))
}
