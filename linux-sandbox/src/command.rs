//! One command from its words to its program: everything that can be made ready is, before a process exists for it.
#![allow(unsafe_code)]

use std::convert::Infallible;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;

use rustix::process::{Pid, Signal};

use crate::broker::{self, GitBroker, Programs};
use crate::call::{Call, Confinement, Network};
use crate::disk::RealDisk;
use crate::failure::Failure;
use crate::files::{self, Rules};
use crate::host::{self, Host, Unenforceable};
use crate::namespaces::exit;
use crate::plan::{Action, Plan};
use crate::syscalls::{self, Limits, Sockets};
use crate::{capabilities, later, mounts};

/// What there is around the last process before the command's program.
#[derive(Clone, Debug)]
pub(crate) enum Layer {
    /// Namespaces are in force, capabilities are gone.
    Inside,
    /// Nothing; these files.
    Alone(Rules),
}

/// A command and the limits it gets.
pub(crate) struct Command {
    pub(crate) limits: Confinement,
    pub(crate) plan: Plan,
    /// User and group.
    pub(crate) identity: (u32, u32),
    /// The name of its terminal.
    pub(crate) terminal: Option<PathBuf>,
    pub(crate) landlock: Result<u32, Unenforceable>,
    /// What answers for `git`, and the programs it stands for.
    pub(crate) git: Option<(GitBroker, Programs)>,
    argv: Vec<OsString>,
    /// What was blocked before this program blocked what it waits for.
    signals: libc::sigset_t,
    /// Whether the session was made for the command and is thus its own.
    own_session: bool,
    /// Whether the front's group is the one its terminal listens to.
    in_foreground: bool,
}

impl Command {
    /// Looks at the disk, the terminal and the kernel.
    pub(crate) fn new(call: Call, signals: libc::sigset_t) -> Self {
        let terminal = mounts::terminal();
        // SAFETY: three calls that cannot fail and take no pointer. Rustix's own take it that leaders have
        // numbers, but one outside of this process's PID namespace is 0.
        let (own, group, session) = unsafe { (libc::getpid(), libc::getpgrp(), libc::getsid(0)) };
        let front = terminal.as_ref().and_then(|_| rustix::termios::tcgetpgrp(io::stdin()).ok());
        Self {
            plan: Plan::new(&call.limits, &RealDisk),
            identity: (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw()),
            terminal,
            landlock: host::landlock_abi(),
            git: None,
            own_session: session == own,
            in_foreground: front.is_some_and(|front| front.as_raw_nonzero().get() == group),
            limits: call.limits,
            argv: call.argv,
            signals,
        }
    }

    /// None at all, to see whether it could be confined.
    pub(crate) fn probe(signals: libc::sigset_t) -> Self {
        let limits = Confinement { cwd: "/".into(), ..Confinement::default() };
        Self::new(Call { limits, argv: Vec::new() }, signals)
    }

    /// Looks at the disk once more.
    pub(crate) fn plan_again(&mut self) {
        self.plan = Plan::new(&self.limits, &RealDisk);
    }

    pub(crate) fn is_probe(&self) -> bool {
        self.argv.is_empty()
    }

    /// The writable roots that there are.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &Path> {
        self.plan.of(Action::Open)
    }

    /// Whether it seems to want git to write to a repository, which only a broker can do.
    pub(crate) fn wants_git(&self) -> bool {
        self.limits.git_broker && self.roots().next().is_some() && broker::wants_git(&self.argv)
    }

    pub(crate) fn own_network(&self) -> bool {
        self.limits.network != Network::On
    }

    pub(crate) fn enter_folder(&self) -> Result<(), Failure> {
        let cwd = &self.limits.cwd;
        rustix::process::chdir(cwd).map_err(|error| Failure::Cwd { cwd: cwd.clone(), source: error.into() })
    }

    /// Starts the command in a group of its own. Returns when the command's program runs, or has ended without.
    ///
    /// The new process shares this one's memory until then, as after `vfork`, because copying it would take longer than all that
    /// is done there. This one waits meanwhile, and nothing it looks at later is changed.
    pub(crate) fn start(&self, layer: &Layer) -> Result<Pid, Failure> {
        let filter = syscalls::program(self.filter(layer)).map_err(Failure::step("building the system-call filter"))?;
        let program = self.argv.first().cloned().unwrap_or_default();
        let words = self.argv.iter().map(|word| CString::new(word.as_bytes())).collect::<Result<Vec<_>, _>>();
        let words = words.map_err(|error| Failure::Exec { program: program.clone(), source: error.into() })?;
        let mut last = Last { command: self, layer, filter, program, words, environment: later::environment() };
        let mut stack = vec![0_u128; STACK / size_of::<u128>()];
        let top = stack.as_mut_ptr_range().end.cast::<libc::c_void>();
        // SAFETY: `top` ends a live, aligned block that nobody else uses; this thread, the only one, is suspended until the child has left
        // our memory, so that and `last` outlive its use of them. What the child sets up is its own: no flag but that of memory is shared.
        let pid = unsafe { libc::clone(become_last, top, libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD, (&raw mut last).cast()) };
        Pid::from_raw(pid).filter(|_| pid > 0).ok_or_else(|| Failure::step("starting a process")(mounts::last_errno()))
    }

    fn filter(&self, layer: &Layer) -> Limits {
        let truncates = self.landlock.as_ref().is_ok_and(|abi| Host { landlock_abi: *abi }.landlock_truncates());
        match layer {
            // Mounts see to it that nothing else is changed or cut.
            Layer::Inside => Limits { sockets: self.limits.network.sockets(), writes: true, landlock_truncates: true, others: false },
            Layer::Alone(rules) => Limits {
                sockets: if self.limits.network == Network::On { Sockets::Ordinary } else { Sockets::Unconnected },
                writes: !rules.write.is_empty(),
                landlock_truncates: truncates,
                others: true,
            },
        }
    }

    fn inside(&self) -> Rules {
        let git = if self.git.is_some() { &[broker::QUEUE, broker::CALLS][..] } else { &[] };
        Rules { write: self.roots().chain(git.iter().map(Path::new)).map(ToOwned::to_owned).collect(), read: None, own_devices: true }
    }

    /// A session and group of the command's own. A session that was made for it is kept, for its terminal's sake.
    fn take_place(&self) -> Result<(), Failure> {
        let step = "giving the command a session of its own";
        if !self.own_session {
            return rustix::process::setsid().map(drop).map_err(Failure::step(step));
        }
        rustix::process::setpgid(None, None).map_err(Failure::step(step))?;
        if self.in_foreground {
            // From a group in the background this would stop us, but for the signal being blocked.
            let unblocked = block(libc::SIGTTOU);
            let done = rustix::termios::tcsetpgrp(io::stdin(), rustix::process::getpid());
            restore(&unblocked);
            done.map_err(Failure::step(step))?;
        }
        Ok(())
    }
}

/// Bytes of stack for what the last process does before it is another program.
const STACK: usize = 512 * 1024;

/// The last process before the command's program.
struct Last<'a> {
    command: &'a Command,
    layer: &'a Layer,
    filter: syscalls::Program,
    program: OsString,
    words: Vec<CString>,
    environment: Vec<CString>,
}

extern "C" fn become_last(last: *mut libc::c_void) -> libc::c_int {
    // SAFETY: `Command::start` passes a value of its own and waits.
    let last = unsafe { &*last.cast::<Last<'_>>() };
    let Err(failure) = last.become_it();
    failure.tell();
    exit(failure.exit_code())
}

impl Last<'_> {
    /// Confines this process and becomes the command.
    fn become_it(&self) -> Result<Infallible, Failure> {
        let command = self.command;
        command.take_place()?;
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(Failure::step("tying the command to the helper"))?;
        rustix::thread::set_no_new_privs(true).map_err(Failure::step("setting no_new_privs"))?;
        match self.layer {
            Layer::Inside if command.landlock.is_err() => {}
            Layer::Inside => files::confine(&command.inside(), &command.limits.network)?,
            Layer::Alone(rules) => {
                let network = if command.limits.network == Network::On { Network::On } else { Network::Off };
                files::confine(rules, &network)?;
            }
        }
        capabilities::drop_all()?;
        syscalls::install(&self.filter)?;
        close_all_but_the_standard_streams()?;
        self.become_program()
    }

    fn become_program(&self) -> Result<Infallible, Failure> {
        let table = |strings: &[CString]| strings.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect::<Vec<_>>();
        let (words, environment) = (table(&self.words), table(&self.environment));
        restore(&self.command.signals);
        // SAFETY: the tables end with null and point to strings that live until the call is over; there is a first word. SIGPIPE is
        // put back to what a fresh process has; Rust's start-up code had it ignored, and that would outlive `exec`.
        unsafe {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::execvpe(words[0], words.as_ptr(), environment.as_ptr());
        }
        Err(Failure::Exec { program: self.program.clone(), source: telling(io::Error::last_os_error(), &self.program) })
    }
}

fn block(signal: libc::c_int) -> libc::sigset_t {
    // SAFETY: plain values that are initialised by the calls.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
        before
    }
}

fn restore(signals: &libc::sigset_t) {
    // SAFETY: reads a set that was filled in before.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, signals, ptr::null_mut()) };
}

/// Closes what a caller may have left open, or what is ours.
pub(crate) fn close_all_but_the_standard_streams() -> Result<(), Failure> {
    // SAFETY: nothing of ours is used through a descriptor above 2 where this is called.
    if unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) } == 0 {
        return Ok(());
    }
    // Linux 5.9 has the call; so does every kernel that got this far.
    Err(Failure::step("closing descriptors")(io::Error::last_os_error()))
}

/// `execvp` says "permission denied" also for a name that is in no folder of `PATH` when one of them may not be entered.
fn telling(error: io::Error, program: &OsStr) -> io::Error {
    if error.raw_os_error() != Some(libc::EACCES) || program.as_bytes().contains(&b'/') {
        return error;
    }
    #[expect(clippy::disallowed_methods, reason = "the command's own environment, which `execvp` has just looked at")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let exists = std::env::split_paths(&path).any(|folder| folder.join(program).symlink_metadata().is_ok());
    if exists { error } else { io::Error::from_raw_os_error(libc::ENOENT) }
}
