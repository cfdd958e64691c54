//! Waits for requests, in the first process of the namespaces, and makes a process for each.
//!
//! That process keeps the capabilities that a view needs. All it reads is names of a fixed form. The command cannot look into it or
//! trace it: it has no capabilities, this has.
#![allow(unsafe_code)]

use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::ptr;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Pid;

use super::programs::Programs;
use super::{CALLS, GitBroker, GitRequest, NAME_LENGTH, QUEUE};
use crate::command::Command;
use crate::failure::Failure;
use crate::host::Host;
use crate::namespaces::exit;
use crate::supervise::Sideline;

/// Requests that are worked on at the same time; more have to wait.
const AT_ONCE: usize = 32;

/// Makes processes for requests. Those that come before it is attended to are kept in the pipe that it holds open.
pub(crate) struct Waiter<'a> {
    broker: GitBroker,
    command: &'a Command,
    programs: &'a Programs,
    calls: OwnedFd,
    names: Names,
    running: Vec<Pid>,
}

impl<'a> Waiter<'a> {
    pub(crate) fn new(broker: GitBroker, command: &'a Command, programs: &'a Programs) -> Result<Self, Failure> {
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let calls = rustix::fs::open(CALLS, flags, Mode::empty()).map_err(Failure::step("starting the git broker"))?;
        Ok(Self { broker, command, programs, calls, names: Names::default(), running: Vec::new() })
    }

    fn answer(&mut self, name: &str) {
        // SAFETY: a fork of this process, which has one thread.
        match unsafe { libc::fork() } {
            0 => exit(detach().map_or(1, |()| (self.broker)(self.request(name)))),
            // Where none could be made, the requester sees that nobody answers.
            pid => self.running.extend(Pid::from_raw(pid).filter(|_| pid > 0)),
        }
    }

    fn request(&self, name: &str) -> GitRequest {
        GitRequest {
            folder: Path::new(QUEUE).join(name),
            roots: self.command.roots().map(Path::to_owned).collect(),
            programs: self.programs.clone(),
            landlock_truncates: self.command.landlock.is_ok_and(|abi| Host { landlock_abi: abi }.landlock_truncates()),
        }
    }
}

impl Sideline for Waiter<'_> {
    fn source(&self) -> Option<BorrowedFd<'_>> {
        (self.running.len() < AT_ONCE).then(|| self.calls.as_fd())
    }

    fn work(&mut self) {
        // One name at the most, so that the number of processes is looked at before the next.
        let mut bytes = [0; NAME_LENGTH + 1];
        let Ok(length) = rustix::io::read(&self.calls, &mut bytes) else { return };
        let complete: Vec<String> = bytes[..length].iter().filter_map(|byte| self.names.take(*byte)).collect();
        for name in complete {
            self.answer(&name);
        }
    }

    fn ended(&mut self, pid: Pid) {
        self.running.retain(|running| *running != pid);
    }
}

/// Lets go of everything that belongs to the command or to this process: group and terminal, streams, descriptors, signals.
fn detach() -> Result<(), Errno> {
    rustix::process::setsid()?;
    let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    rustix::process::chdir("/")?;
    // Closed below with everything else.
    mem::forget(null);
    // SAFETY: nothing but the standard streams is used from here on. What is closed belonged to a copy of a process.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32);
        let mut none: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
    }
    Ok(())
}

/// Takes names out of what comes through the pipe, byte by byte. What is no name is passed over to the end of its line.
#[derive(Default)]
struct Names {
    begun: String,
    broken: bool,
}

impl Names {
    fn take(&mut self, byte: u8) -> Option<String> {
        match byte {
            b'\n' => {
                let name = mem::take(&mut self.begun);
                let sound = !mem::take(&mut self.broken) && name.len() == NAME_LENGTH;
                return sound.then_some(name);
            }
            digit @ (b'0'..=b'9' | b'a'..=b'f') if self.begun.len() < NAME_LENGTH => self.begun.push(digit.into()),
            _ => self.broken = true,
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_of_the_fixed_form_are_taken() {
        let name = "0123456789abcdef".repeat(2);
        let long = format!("{name}0");
        let lines = ["", "../../etc", &name, &long, "0123", &name.to_uppercase(), "\0", &name].join("\n") + "\n" + &name;
        let mut names = Names::default();
        let taken: Vec<_> = lines.bytes().filter_map(|byte| names.take(byte)).collect();
        assert_eq!(taken, [name.clone(), name]);
    }
}
