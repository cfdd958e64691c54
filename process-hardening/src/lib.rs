//! What this program does to itself before anything else: no core dumps, no strangers in its memory, no libraries
//! from its environment for what it starts.
//!
//! **Not here:** restrictions on commands (`codex-linux-sandbox`) and anything that can fail: each step is as much as the
//! system allows, and none is a reason not to start.
//!
//! Keys and conversations are in this process's memory. A core file would leave them on disk, and a process of the same
//! user could attach and read them; being "not dumpable" ends both, and hides `/proc/self/environ` too.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char};

unsafe extern "C" {
    static mut environ: *mut *mut c_char;
}

/// Hardens the process. To be called first thing in `main`, before any thread exists.
///
/// * no core dumps, soft and hard limit; children inherit that;
/// * not dumpable: no attaching, no reading of `/proc/self/{mem,environ}` by the same user (on Linux; on macOS no attaching);
/// * variables that make the loader load or log (`LD_*`, on macOS `DYLD_*`) are removed from the environment, so
///   that neither a helper of ours nor a command starts with code chosen by whoever set them. They have done their
///   worst to this process already; the point is what it starts.
///
/// Costs some microseconds.
pub fn harden() {
    use rustix::process::{Resource, Rlimit};
    // Lowering one's own limit is always allowed.
    let _ = rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    #[cfg(target_os = "macos")]
    refuse_debuggers();
    remove_loader_variables();
}

#[cfg(target_os = "macos")]
fn refuse_debuggers() {
    // SAFETY: this request takes no memory; a system that does not know it answers with an error, which changes nothing.
    unsafe { libc::ptrace(libc::PT_DENY_ATTACH, 0, std::ptr::null_mut(), 0) };
}

/// Whether a variable tells the dynamic loader what to do.
fn steers_the_loader(name: &[u8]) -> bool {
    name.starts_with(b"LD_") || name.starts_with(b"DYLD_")
}

fn remove_loader_variables() {
    for name in loader_variables() {
        // SAFETY: `harden` is called before any thread exists, so nobody reads the environment meanwhile.
        unsafe {
            libc::unsetenv(name.as_ptr());
        }
    }
}

/// The names to remove, copied: the table changes as they go.
fn loader_variables() -> Vec<CString> {
    let mut names = Vec::new();
    // SAFETY: `environ` is null or a null-ended table of C strings, and nobody changes it while we read.
    unsafe {
        let mut entry = environ;
        while !entry.is_null() && !(*entry).is_null() {
            let bytes = CStr::from_ptr(*entry).to_bytes();
            let name = bytes.split(|byte| *byte == b'=').next().unwrap_or_default();
            if steers_the_loader(name) {
                names.extend(CString::new(name));
            }
            entry = entry.add(1);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loader_variables_are_meant() {
        for name in ["LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "LD_ANYTHING", "DYLD_INSERT_LIBRARIES"] {
            assert!(steers_the_loader(name.as_bytes()), "{name}");
        }
        for name in ["PATH", "OLD_PATH", "LDFLAGS", "XLD_X", ""] {
            assert!(!steers_the_loader(name.as_bytes()), "{name}");
        }
    }
}
