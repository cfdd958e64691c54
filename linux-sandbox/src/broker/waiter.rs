//! The process that waits for requests and makes one for each.
//!
//! It keeps the capabilities that a view needs, has the same namespaces as the command and ends with them. All it reads is
//! names of a fixed form. The command cannot look into it or trace it: it has no capabilities, this has.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::{self, Read};
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::ptr;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::WaitOptions;

use super::programs::Programs;
use super::{CALLS, GitBroker, GitRequest, NAME_LENGTH, QUEUE};
use crate::command::Command;
use crate::failure::Failure;
use crate::host::Host;
use crate::mounts::last_errno;
use crate::namespaces::exit;

/// Requests that are worked on at the same time; more have to wait.
const AT_ONCE: usize = 32;

/// Starts the waiter. It is there when this returns: requests are kept in the pipe that it holds open.
pub(crate) fn start(broker: GitBroker, command: &Command, programs: &Programs) -> Result<(), Failure> {
    let failed = Failure::step("starting the git broker");
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let calls = match rustix::fs::open(CALLS, flags, Mode::empty()) {
        Ok(calls) => calls,
        Err(error) => return Err(failed(error)),
    };
    // SAFETY: a fork of this process, which has one thread.
    match unsafe { libc::fork() } {
        0 => {
            // Only the name differs from one request to the next.
            let request = |name: &str| GitRequest {
                folder: Path::new(QUEUE).join(name),
                roots: command.roots().map(Path::to_owned).collect(),
                programs: programs.clone(),
                landlock_truncates: command.landlock.is_ok_and(|abi| Host { landlock_abi: abi }.landlock_truncates()),
            };
            let code = detach(calls).map_or(1, |calls| wait(calls, broker, &request));
            exit(code)
        }
        pid if pid > 0 => Ok(()),
        _ => Err(failed(last_errno())),
    }
}

/// Lets go of everything that belongs to the command: its group and terminal, its streams and signals.
fn detach(calls: OwnedFd) -> Result<File, Errno> {
    rustix::process::setsid()?;
    let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    drop(null);
    rustix::process::chdir("/")?;
    // Its number may be anything; all others are closed.
    let kept = calls.as_raw_fd().unsigned_abs();
    // SAFETY: nothing but `calls` and the standard streams is used from here on. What is closed belonged to a copy of a process.
    unsafe {
        if kept > 3 {
            libc::syscall(libc::SYS_close_range, 3_u32, kept - 1, 0_u32);
        }
        libc::syscall(libc::SYS_close_range, kept + 1, u32::MAX, 0_u32);
        let mut none: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
    }
    Ok(File::from(calls))
}

fn wait(mut calls: File, broker: GitBroker, request: &dyn Fn(&str) -> GitRequest) -> u8 {
    let mut running = 0;
    loop {
        let Ok(name) = next_name(&mut calls) else { return 1 };
        let mut options = WaitOptions::NOHANG;
        if running >= AT_ONCE {
            options = WaitOptions::empty();
        }
        while let Ok(Some(_)) = rustix::process::waitpid(None, options) {
            running -= 1;
            options = WaitOptions::NOHANG;
        }
        let Some(name) = name else { continue };
        // SAFETY: a fork of this process, which has one thread.
        match unsafe { libc::fork() } {
            0 => {
                drop(calls);
                exit(broker(request(&name)))
            }
            pid if pid > 0 => running += 1,
            // The requester sees that nobody answers.
            _ => {}
        }
    }
}

/// The next line of the pipe; `None` when it is no name.
fn next_name(calls: &mut File) -> io::Result<Option<String>> {
    let mut name = String::new();
    let mut sound = true;
    loop {
        let mut byte = [0];
        calls.read_exact(&mut byte)?;
        match byte[0] {
            b'\n' => return Ok((sound && name.len() == NAME_LENGTH).then_some(name)),
            digit @ (b'0'..=b'9' | b'a'..=b'f') if name.len() < NAME_LENGTH => name.push(digit.into()),
            _ => sound = false,
        }
    }
}
