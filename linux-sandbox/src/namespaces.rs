//! New namespaces for a command, and the first process in them.
//!
//! One `clone` makes user, mount, PID and IPC namespace; the process it makes adds a network of its own unless the network is open, which
//! takes so long that its maker does something else meanwhile. It builds the view, gives up every capability unless it serves git
//! commands, starts the command and stays as the parent of whatever the command leaves behind: when it ends, the kernel ends all
//! of them, and it ends with the process that made it.
#![allow(unsafe_code)]

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::process::{Pid, PidfdFlags, Signal};

use crate::broker::{self, Waiter};
use crate::call::Network;
use crate::command::{Command, Layer};
use crate::failure::{Failure, REFUSED_EXIT};
use crate::plan::Plan;
use crate::supervise::{self, Group, Sideline};
use crate::{capabilities, handover, mounts};

/// All that a command gets of its own, its network left out.
const FLAGS: libc::c_int = libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC;

/// The step that the system refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// A word for it.
    pub(crate) step: String,
    /// The error's number.
    pub(crate) errno: i32,
}

impl Refused {
    /// Whether a path of the plan went away meanwhile, which is nobody's refusal.
    pub(crate) fn is_a_race(&self) -> bool {
        self.errno == libc::ENOENT && matches!(self.step.as_str(), "root" | "pin" | "protect")
    }
}

/// For `map_err`: the step that failed.
pub(crate) fn at(step: &'static str) -> impl Fn(Errno) -> Refused {
    move |error| Refused { step: step.to_owned(), errno: error.raw_os_error() }
}

/// The first process of new namespaces, which waits to be told how the disk looks. It ends with its maker.
pub(crate) struct First {
    pub(crate) pid: Pid,
    /// Tells of its end.
    pub(crate) handle: OwnedFd,
    report: OwnedFd,
    orders: OwnedFd,
}

impl First {
    /// Lets it go on, by `plan`. Returns when the command runs, or has ended early; where something was refused there is no process left.
    pub(crate) fn go_on(self, plan: &Plan) -> Result<Pid, Refused> {
        // One that has ended already has said why.
        let _ = tell(self.orders, &plan.to_bytes());
        match refusal(&self.report) {
            None => Ok(self.pid),
            Some(refused) => {
                let _ = rustix::process::waitpid(Some(self.pid), rustix::process::WaitOptions::empty());
                Err(refused)
            }
        }
    }
}

/// Makes namespaces and the first process in them. `proxy` is a connection to whoever serves the command's network.
pub(crate) fn start(command: &mut Command, proxy: Option<UnixStream>) -> Result<First, Refused> {
    let pipe = || rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(at("pipe"));
    let ((report, reporter), (orders_in, orders)) = (pipe()?, pipe()?);
    let parent = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty()).map_err(at("pidfd"))?;
    // SAFETY: a fork of this process, which has one thread.
    match unsafe { libc::syscall(libc::SYS_clone, FLAGS | libc::SIGCHLD, 0, 0, 0, 0) } {
        0 => first_process(command, &parent, orders_in, reporter, proxy),
        pid if pid > 0 => {
            let pid = Pid::from_raw(pid as libc::pid_t).ok_or_else(|| at("clone")(Errno::SRCH))?;
            match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
                Ok(handle) => Ok(First { pid, handle, report, orders }),
                Err(error) => {
                    supervise::finish(pid);
                    Err(at("pidfd")(error))
                }
            }
        }
        _ => Err(at("clone")(mounts::last_errno())),
    }
}

/// Reads until the other end is closed: by the command's start, or after saying what was refused.
fn refusal(report: &OwnedFd) -> Option<Refused> {
    let mut text = Vec::new();
    let mut part = [0; 64];
    while let Ok(length @ 1..) = rustix::io::retry_on_intr(|| rustix::io::read(report, &mut part)) {
        text.extend_from_slice(&part[..length]);
    }
    let text = String::from_utf8_lossy(&text);
    let (step, errno) = text.split_once(' ')?;
    Some(Refused { step: step.to_owned(), errno: errno.parse().unwrap_or(libc::EIO) })
}

/// The first process's life.
fn first_process(command: &mut Command, parent: &OwnedFd, orders: OwnedFd, reporter: OwnedFd, proxy: Option<UnixStream>) -> ! {
    close_all_but(&[
        Some(parent.as_raw_fd()),
        Some(orders.as_raw_fd()),
        Some(reporter.as_raw_fd()),
        proxy.as_ref().map(AsRawFd::as_raw_fd),
    ]);
    if let Err(refused) = tie(parent).and_then(|()| build(command, orders)) {
        let _ = rustix::io::write(&reporter, format!("{} {}", refused.step, refused.errno).as_bytes());
        exit(REFUSED_EXIT);
    }
    // What is aimed at the caller's group comes here through the caller, once.
    let _ = rustix::process::setpgid(None, None);
    let code = serve(command, reporter, proxy.as_ref()).unwrap_or_else(|failure| {
        failure.tell();
        failure.exit_code()
    });
    exit(code)
}

/// What the parent has open, its locks on stubs among them, is none of the new process's business. The standard streams stay.
pub(crate) fn close_all_but(kept: &[Option<RawFd>]) {
    let mut kept: Vec<libc::c_uint> = kept.iter().flatten().filter_map(|fd| (*fd).try_into().ok()).collect();
    kept.sort_unstable();
    let mut first = 3;
    for fd in kept.into_iter().chain([libc::c_uint::MAX]) {
        if fd > first {
            let last = if fd == libc::c_uint::MAX { fd } else { fd - 1 };
            // SAFETY: descriptors that this process has from its parent and does not use. Where the call is missing they stay open,
            // which the command, with its own closed, does not notice.
            unsafe { libc::syscall(libc::SYS_close_range, first, last, 0_u32) };
        }
        first = fd.saturating_add(1);
    }
}

/// Ends at once, without what a Rust program does at its end: this process is a copy of another.
pub(crate) fn exit(code: u8) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code.into()) }
}

/// Asks to be killed when the parent dies, and makes sure that it has not died before.
fn tie(parent: &OwnedFd) -> Result<(), Refused> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(at("tie"))?;
    let mut dead = libc::pollfd { fd: parent.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one structure that is alive; does not wait.
    match unsafe { libc::poll(&raw mut dead, 1, 0) } {
        0 => Ok(()),
        _ => exit(REFUSED_EXIT),
    }
}

fn build(command: &mut Command, orders: OwnedFd) -> Result<(), Refused> {
    identity(command).map_err(|error| at("identity")(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
    if command.own_network() {
        // SAFETY: takes a number.
        let done = unsafe { libc::unshare(libc::CLONE_NEWNET) };
        if done != 0 {
            return Err(at("network")(mounts::last_errno()));
        }
    }
    let prepared = mounts::prepare(&command.plan, command.terminal.as_deref())?;
    command.plan = ordered(orders)?;
    mounts::arrange(prepared, &command.plan, command.git.as_ref().map(|(_, programs)| programs))?;
    if let Network::Proxy(_) = command.limits.network {
        handover::raise_loopback().map_err(at("loopback"))?;
    }
    Ok(())
}

/// The plan as the maker has it by now. Where that has died, so does this process.
fn ordered(orders: OwnedFd) -> Result<Plan, Refused> {
    hear(orders).ok().and_then(|bytes| Plan::from_bytes(&bytes)).ok_or_else(|| at("orders")(Errno::PIPE))
}

/// The length goes first: others may hold on to the pipe, so its end says nothing.
fn tell(to: OwnedFd, bytes: &[u8]) -> io::Result<()> {
    fs::File::from(to).write_all(&[&bytes.len().to_ne_bytes(), bytes].concat())
}

fn hear(from: OwnedFd) -> io::Result<Vec<u8>> {
    let mut from = fs::File::from(from);
    let mut length = [0; size_of::<usize>()];
    from.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::from_ne_bytes(length)];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The same user and group as outside, and nobody else.
fn identity(command: &Command) -> io::Result<()> {
    let (user, group) = command.identity;
    // Its files in /proc would be root's otherwise, and closed to an ordinary user.
    dumpable(true);
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    // From here on the command's processes cannot look into this one.
    dumpable(false);
    Ok(())
}

fn dumpable(yes: bool) {
    // SAFETY: takes a number and changes who may look into this process; cannot fail with these.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, libc::c_ulong::from(yes), 0, 0, 0) };
}

fn serve(command: &Command, reporter: OwnedFd, proxy: Option<&UnixStream>) -> Result<u8, Failure> {
    if let Some(proxy) = proxy {
        handover::hand_over(proxy)?;
    }
    command.enter_folder()?;
    let arranged = command.git.as_ref().filter(|_| broker::is_arranged());
    let mut waiter = arranged.map(|(broker, programs)| Waiter::new(*broker, command, programs)).transpose()?;
    if waiter.is_none() {
        capabilities::drop_all()?;
    }
    if command.is_probe() {
        return Ok(0);
    }
    let child = command.start(&Layer::Inside)?;
    drop(reporter);
    Ok(supervise::attend_with(child, &Group(child), waiter.as_mut().map(|waiter| waiter as &mut dyn Sideline)).code())
}

/// Tries, and leaves nothing behind.
pub(crate) fn probe(command: &mut Command) -> Result<(), Refused> {
    let first = start(command, None)?.go_on(&command.plan)?;
    let _ = rustix::process::waitpid(Some(first), rustix::process::WaitOptions::empty());
    Ok(())
}
