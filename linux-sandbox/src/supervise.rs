//! Waiting for a command: signals are passed on to it, its end becomes an exit code, and nothing of it is left.
//!
//! A chain of at most three processes stands before the command, each waiting for the next. The *front* has the number the
//! caller knows. The first process of the namespaces is the second; without namespaces it is a *keeper*, which is out of reach of what
//! is aimed at the front's group and outlives it just long enough to end what the command left behind. Where there are namespaces, a
//! *witness* stands beside the chain: it does nothing but put things in order where the front was killed.
#![allow(unsafe_code)]

use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};

use crate::failure::Failure;
use crate::namespaces::{close_all_but, exit};

/// What callers and terminals send, and what a command may want to see.
const PASSED_ON: [libc::c_int; 9] =
    [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGUSR2, libc::SIGWINCH, libc::SIGCONT, libc::SIGTSTP];

/// What a keeper or a witness gets when its front has died. Any number that nobody else uses.
fn front_died() -> libc::c_int {
    libc::SIGRTMIN() + 7
}

/// Signals from now on wait for [`attend`]; the answer is what was blocked before, which the command gets back.
pub(crate) fn hold_signals() -> libc::sigset_t {
    // SAFETY: plain values that are initialised by the calls; the default for SIGCHLD makes children wait to be asked for.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        let mut before: libc::sigset_t = mem::zeroed();
        libc::sigprocmask(libc::SIG_BLOCK, &waited_for(), &raw mut before);
        before
    }
}

fn waited_for() -> libc::sigset_t {
    // SAFETY: a plain value that `sigemptyset` initialises.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in PASSED_ON.into_iter().chain([libc::SIGCHLD, front_died()]) {
            libc::sigaddset(&raw mut set, signal);
        }
        set
    }
}

/// Who gets the signals.
pub(crate) trait Receiver {
    fn pass(&self, signal: libc::c_int);
}

/// The next process of the chain, for the front: the one a shell knows, which stops together with the command.
pub(crate) struct Next(pub(crate) Pid);

impl Receiver for Next {
    fn pass(&self, signal: libc::c_int) {
        send(self.0.as_raw_nonzero().get(), signal);
        if signal == libc::SIGTSTP {
            send(rustix::process::getpid().as_raw_nonzero().get(), libc::SIGSTOP);
        }
    }
}

/// The command, which leads a group.
pub(crate) struct Group(pub(crate) Pid);

impl Receiver for Group {
    fn pass(&self, signal: libc::c_int) {
        // A group outside of the terminal's session is not stopped by the terminal's signal.
        let signal = if signal == libc::SIGTSTP { libc::SIGSTOP } else { signal };
        let leader = self.0.as_raw_nonzero().get();
        // Before it made its group it is alone.
        if !send(-leader, signal) {
            send(leader, signal);
        }
    }
}

fn send(to: libc::pid_t, signal: libc::c_int) -> bool {
    // SAFETY: sends a signal.
    unsafe { libc::kill(to, signal) == 0 }
}

/// How waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With the child, and this code.
    Child(u8),
    /// With the death of the front.
    Abandoned,
}

impl End {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Child(code) => code,
            Self::Abandoned => 128 + 9,
        }
    }
}

/// Something else to do while a command runs.
pub(crate) trait Sideline {
    /// What to wait for; `None` while nothing more can be taken on.
    fn source(&self) -> Option<BorrowedFd<'_>>;
    /// There is something to read at the source.
    fn work(&mut self);
    /// A process of this one's has ended.
    fn ended(&mut self, pid: Pid);
}

/// Waits for `child`, takes other ended children off the process table and passes signals on.
pub(crate) fn attend(child: Pid, receiver: &dyn Receiver) -> End {
    attend_with(child, receiver, None)
}

/// [`attend`], with something to do beside it.
pub(crate) fn attend_with(child: Pid, receiver: &dyn Receiver, mut sideline: Option<&mut dyn Sideline>) -> End {
    // Where signals cannot be read like anything else, the sideline is not served.
    let signals = sideline.as_ref().and_then(|_| signals_to_read());
    loop {
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == child => return End::Child(code_of(status)),
                Ok(Some((pid, _))) => {
                    if let Some(sideline) = &mut sideline {
                        sideline.ended(pid);
                    }
                }
                Err(Errno::INTR) => {}
                Ok(None) => break,
                Err(_) => return End::Child(u8::MAX),
            }
        }
        let signal = match (&signals, &mut sideline) {
            (Some(signals), Some(sideline)) => next_signal_or_work(signals, *sideline),
            // SAFETY: waits for one of the signals, all of which are blocked.
            _ => Some(unsafe { libc::sigwaitinfo(&waited_for(), ptr::null_mut()) }),
        };
        match signal {
            None | Some(libc::SIGCHLD | -1) => {}
            Some(signal) if signal == front_died() => return End::Abandoned,
            Some(signal) => receiver.pass(signal),
        }
    }
}

fn signals_to_read() -> Option<OwnedFd> {
    // SAFETY: makes a descriptor from a set that is alive; nobody else has it.
    unsafe {
        let fd = libc::signalfd(-1, &waited_for(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        (fd >= 0).then(|| OwnedFd::from_raw_fd(fd))
    }
}

/// Waits for one of both, does the work, and returns the signal if it was one.
fn next_signal_or_work(signals: &OwnedFd, sideline: &mut dyn Sideline) -> Option<libc::c_int> {
    let source = sideline.source().map_or(-1, |source| source.as_raw_fd());
    let wanted = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // A number below zero is passed over.
    let mut both = [wanted(signals.as_raw_fd()), wanted(source)];
    // SAFETY: two structures that are alive.
    unsafe { libc::poll(both.as_mut_ptr(), 2, -1) };
    if both[1].revents != 0 {
        sideline.work();
    }
    if both[0].revents == 0 {
        return None;
    }
    let mut about = [0; size_of::<libc::signalfd_siginfo>()];
    rustix::io::read(signals, &mut about).ok()?;
    // The signal's number comes first in the structure.
    libc::c_int::try_from(u32::from_ne_bytes([about[0], about[1], about[2], about[3]])).ok()
}

fn code_of(status: WaitStatus) -> u8 {
    let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// Runs `work` in a keeper and is its front: the answer is the keeper's exit code.
pub(crate) fn in_keeper(work: impl FnOnce() -> Result<u8, Failure>) -> Result<u8, Failure> {
    let front = rustix::process::getpid();
    // SAFETY: a fork of this process, which has one thread.
    match unsafe { libc::fork() } {
        0 => exit(keep(front, work)),
        pid if pid > 0 => {
            let keeper = Pid::from_raw(pid).ok_or_else(|| Failure::step("starting a process")(Errno::SRCH))?;
            Ok(attend(keeper, &Next(keeper)).code())
        }
        _ => Err(Failure::step("starting a process")(crate::mounts::last_errno())),
    }
}

fn keep(front: Pid, work: impl FnOnce() -> Result<u8, Failure>) -> u8 {
    outlive_the_front();
    if rustix::process::getppid() != Some(front) {
        return u8::MAX;
    }
    work().unwrap_or_else(|failure| {
        failure.tell();
        failure.exit_code()
    })
}

/// What is aimed at the front's group does not come here, and its death is told.
fn outlive_the_front() {
    // SAFETY: asks for a signal that is blocked and waited for, and leaves the front's group.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, front_died(), 0, 0, 0);
        libc::setpgid(0, 0);
    }
}

/// A process that puts things in order if its front dies before it could.
pub(crate) struct Witness(Pid);

impl Witness {
    /// Starts it. `first` is the first process of the command's namespaces, which ends with the front; `put_in_order` is done when it has.
    pub(crate) fn start(first: &OwnedFd, put_in_order: impl FnOnce()) -> Result<Self, Failure> {
        let front = rustix::process::getpid();
        // SAFETY: a fork of this process, which has one thread.
        match unsafe { libc::fork() } {
            0 => {
                outlive_the_front();
                close_all_but(&[Some(first.as_raw_fd())]);
                // Whoever reads what the command prints must not wait for this process.
                // SAFETY: nothing is printed or read here.
                unsafe { libc::syscall(libc::SYS_close_range, 0_u32, 2_u32, 0_u32) };
                while rustix::process::getppid() == Some(front) {
                    // SAFETY: waits for one of the signals, all of which are blocked.
                    unsafe { libc::sigwaitinfo(&waited_for(), ptr::null_mut()) };
                }
                await_end(first);
                put_in_order();
                exit(0)
            }
            pid if pid > 0 => Pid::from_raw(pid).map(Self).ok_or_else(|| Failure::step("starting a process")(Errno::SRCH)),
            _ => Err(Failure::step("starting a process")(crate::mounts::last_errno())),
        }
    }

    /// Lets it go, undone. It is gone when the answer is dropped.
    pub(crate) fn dismiss(self) -> Dismissed {
        let _ = rustix::process::kill_process(self.0, Signal::KILL);
        Dismissed(self.0)
    }
}

/// A witness that was killed.
pub(crate) struct Dismissed(Pid);

impl Drop for Dismissed {
    fn drop(&mut self) {
        wait_for(self.0);
    }
}

/// Waits until a process has ended that will.
fn await_end(process: &OwnedFd) {
    let mut ended = libc::pollfd { fd: process.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one structure that is alive.
    while unsafe { libc::poll(&raw mut ended, 1, -1) } < 0 && crate::mounts::last_errno() == Errno::INTR {}
}

/// Ends a child of the chain that may not have ended, and waits for its end.
pub(crate) fn finish(child: Pid) {
    let _ = rustix::process::kill_process(child, Signal::KILL);
    wait_for(child);
}

fn wait_for(child: Pid) {
    while matches!(rustix::process::waitpid(Some(child), WaitOptions::empty()), Err(Errno::INTR)) {}
}

/// From now on orphans among the descendants become this process's own children.
pub(crate) fn adopt_orphans() -> Result<(), Failure> {
    // SAFETY: takes a number.
    let done = unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
    if done == 0 { Ok(()) } else { Err(Failure::step("holding on to orphans")(crate::mounts::last_errno())) }
}

/// Kills every descendant, sessions of their own or not, and waits until none is left. For [`adopt_orphans`].
pub(crate) fn kill_descendants() {
    while let Some(()) = reap_ended() {
        for child in children() {
            let _ = rustix::process::kill_process(child, Signal::KILL);
        }
        // Each end hands its own children over, which the next round kills.
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Takes ended children off the process table; `None` when there are none at all.
fn reap_ended() -> Option<()> {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(None) => return Some(()),
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

/// This process's children, by asking each process for its parent; `children` files are not in every kernel.
fn children() -> Vec<Pid> {
    let own = rustix::process::getpid();
    let numbers = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|number| parent_of(*number) == Some(own)).filter_map(Pid::from_raw).collect()
}

fn parent_of(number: libc::pid_t) -> Option<Pid> {
    let text = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The name in parentheses may hold anything; what follows are numbers.
    let after = text.rsplit_once(')')?.1;
    Pid::from_raw(after.split_whitespace().nth(1)?.parse().ok()?)
}
