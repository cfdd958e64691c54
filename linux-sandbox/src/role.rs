//! The helper's life: read the call, choose the means, run the command in them, hand its exit code on.
//!
//! On the way of each command of a session, so nothing is done that could be left out: no threads, no configuration, no second
//! process where one will do.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;

use crate::alone::{self, Alone};
use crate::broker::{self, GitBroker, Programs};
use crate::call::{Backend, Call, Network};
use crate::command::{Command, close_all_but_the_standard_streams};
use crate::failure::Failure;
use crate::namespaces::{self, First, Refused};
use crate::stubs::{self, Stubs};
use crate::supervise::{self, Next, Witness};
use crate::{handover, host, later, nested};

/// Runs the helper; `args` are those after the program's own name.
///
/// Returns when the command and everything it started have ended, with its exit code, or 128 and the number of the
/// signal that ended it. Where the command has not run, one line on standard error says why, and the result is
/// [`REFUSED_EXIT`](crate::REFUSED_EXIT), [`NOT_EXECUTABLE_EXIT`](crate::NOT_EXECUTABLE_EXIT) or
/// [`MISSING_EXIT`](crate::MISSING_EXIT). Must be called before any other thread exists.
pub fn run_main(args: impl IntoIterator<Item = OsString>) -> u8 {
    run_main_with(args, None)
}

/// [`run_main_with`] for a program that is about to end: this process becomes the helper, with this environment, which is the
/// command's, in place of its own. Saves a start of the whole program. Must be called with a single thread.
pub fn become_helper(env: &[(OsString, OsString)], args: impl IntoIterator<Item = OsString>, broker: Option<GitBroker>) -> u8 {
    match later::replace_environment(env) {
        Ok(()) => run_main_with(args, broker),
        Err(failure) => {
            failure.tell();
            failure.exit_code()
        }
    }
}

/// [`run_main`] with a broker for `git`, which a call can ask for.
///
/// Where namespaces or Landlock cannot be had there is none, and git folders stay closed.
pub fn run_main_with(args: impl IntoIterator<Item = OsString>, broker: Option<GitBroker>) -> u8 {
    let mut args = args.into_iter().peekable();
    if args.next_if(|arg| arg == "--probe").is_some() {
        return answer_probe();
    }
    run(args, broker).unwrap_or_else(|failure| {
        failure.tell();
        failure.exit_code()
    })
}

/// Says whether namespaces can be had: `ok`, or the step that failed and the number of its error.
fn answer_probe() -> u8 {
    let text = match namespaces::probe(&mut Command::probe(supervise::hold_signals())) {
        Ok(()) => "ok".to_owned(),
        Err(refused) => format!("{} {}", refused.step, refused.errno),
    };
    u8::from(io::stdout().write_all(text.as_bytes()).is_err())
}

fn run(args: impl IntoIterator<Item = OsString>, broker: Option<GitBroker>) -> Result<u8, Failure> {
    let call = Call::parse(args).map_err(Failure::Call)?;
    close_all_but_the_standard_streams()?;
    host::seccomp()?;
    let mut command = Command::new(call, supervise::hold_signals());
    command.git = git_broker(&command, broker);
    if nested::inside() {
        return alone::run(&mut command, Alone::Nested);
    }
    if command.limits.backend == Backend::Landlock {
        return alone::run(&mut command, Alone::Chosen);
    }
    // Another command's stub may become this one's to remove.
    stubs::see_through(&mut command.plan);
    match in_namespaces(&mut command)? {
        Ok(code) => Ok(code),
        Err(refused) => alone::run(&mut command, Alone::Forced(refused)),
    }
}

/// The broker and the programs it stands for, if the call wants it and there is anything it could write to.
fn git_broker(command: &Command, broker: Option<GitBroker>) -> Option<(GitBroker, Programs)> {
    let wanted = command.limits.git_broker && command.landlock.is_ok() && command.roots().next().is_some();
    let broker = broker.filter(|_| wanted)?;
    #[expect(clippy::disallowed_methods, reason = "the command's own environment, in which it looks for git")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let roots: Vec<_> = command.roots().map(ToOwned::to_owned).collect();
    Some((broker, broker::find(&path, &roots)?))
}

/// How often the disk may change under a plan.
const TRIES: usize = 4;

/// Runs the command in namespaces of its own; the inner error is that they cannot be had.
fn in_namespaces(command: &mut Command) -> Result<Result<u8, Refused>, Failure> {
    if let (Err(missing), true) = (command.landlock, command.limits.announce) {
        alone::say(&format!(
            "sandbox: namespaces and seccomp confine this command, without Landlock as a further layer: {}",
            missing.cause()
        ));
    }
    let mut tries = 0;
    loop {
        let proxy = match &command.limits.network {
            Network::Proxy(socket) => Some(handover::connect(socket)?),
            Network::Off | Network::On => None,
        };
        match in_these(command, proxy)? {
            Err(refused) if refused.is_a_race() && tries < TRIES => {
                tries += 1;
                command.plan_again();
                stubs::see_through(&mut command.plan);
            }
            done => return Ok(done),
        }
    }
}

/// One try. While the first process makes its part of the view, this one sees to the disk.
fn in_these(command: &mut Command, proxy: Option<UnixStream>) -> Result<Result<u8, Refused>, Failure> {
    let first = match namespaces::start(command, proxy) {
        Ok(first) => first,
        Err(refused) => return Ok(Err(refused)),
    };
    let pid = first.pid;
    let in_order = Order::begin(command, &first);
    let ran = in_order.map(|order| {
        let code = first.go_on(&command.plan).map(|first| supervise::attend(first, &Next(first)).code());
        order.restore();
        code
    });
    if ran.is_err() {
        supervise::finish(pid);
    }
    ran
}

/// The disk as the command needs it, and who puts it back.
struct Order {
    stubs: Stubs,
    witness: Option<Witness>,
}

impl Order {
    fn begin(command: &mut Command, first: &First) -> Result<Self, Failure> {
        let witness = match command.plan.stubs.is_empty() {
            true => None,
            false => Some(Witness::start(&first.handle, || stubs::clear_left(&command.plan))?),
        };
        match Stubs::make(&mut command.plan) {
            Ok(stubs) => Ok(Self { stubs, witness }),
            Err(failure) => {
                drop(witness.map(Witness::dismiss));
                Err(failure)
            }
        }
    }

    fn restore(self) {
        self.stubs.remove_names();
        // It ends while the disk is busy.
        let witness = self.witness.map(Witness::dismiss);
        drop(self.stubs);
        drop(witness);
    }
}
