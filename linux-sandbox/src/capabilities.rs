//! Gives up every capability, for good.
//!
//! Matters when started as root: without them the command is an ordinary user that happens to own root's files. With
//! `no_new_privs` set, neither a set-uid program nor being uid 0 brings any back.
#![allow(unsafe_code)]

use rustix::io::Errno;
use rustix::thread::{CapabilitySet, CapabilitySets};

use crate::failure::Failure;

/// Empties all five sets. Needs no privilege but for the bounding set, which is moot where there was none to begin with.
pub(crate) fn drop_all() -> Result<(), Failure> {
    let now = rustix::thread::capabilities(None).map_err(Failure::step("reading capabilities"))?;
    if now.effective.contains(CapabilitySet::SETPCAP) {
        empty_bounding_set();
    }
    // Kernels without ambient capabilities have none to clear.
    let _ = rustix::thread::clear_ambient_capability_set();
    let none = CapabilitySets { effective: CapabilitySet::empty(), permitted: CapabilitySet::empty(), inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, none).map_err(Failure::step("dropping capabilities"))?;
    let left = rustix::thread::capabilities(None).map_err(Failure::step("reading capabilities"))?;
    if left == none { Ok(()) } else { Err(Failure::step("dropping capabilities")(Errno::PERM)) }
}

fn empty_bounding_set() {
    for number in 0..64 {
        // SAFETY: takes a number, touches no memory. Past the last capability of this kernel it fails, and that is the end.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, number, 0, 0, 0) } != 0 {
            break;
        }
    }
}
