//! Landlock and seccomp without namespaces: where the system refuses those, where a sandbox of ours is around us already, and
//! where the caller wants it so.
//!
//! What namespaces would do is made up for as far as that goes: protected names and secrets are holes in what is granted
//! ([`grants`]), a keeper ends what the command leaves behind. Each step down is said, and each can end in a refusal.

use std::collections::BTreeSet;
use std::io::{self, Write};

use codex_protocol::SandboxFallback;

use crate::broker;
use crate::call::Network;
use crate::command::{Command, Layer};
use crate::disk::RealDisk;
use crate::failure::{Failure, one_line_of};
use crate::files::{self, Rules};
use crate::grants;
use crate::machine::{self, SystemFiles};
use crate::namespaces::Refused;
use crate::plan::Action;
use crate::relaxed::Snapshot;
use crate::stubs;
use crate::supervise::{self, Group};

/// Why Landlock has to do alone.
pub(crate) enum Alone {
    /// The caller wants it so.
    Chosen,
    /// A sandbox of ours is around us, and all it closes stays closed.
    Nested,
    /// The system refused namespaces.
    Forced(Refused),
}

/// Runs the command under Landlock and seccomp, in a keeper.
pub(crate) fn run(command: &mut Command, why: Alone) -> Result<u8, Failure> {
    supervise::in_keeper(|| run_kept(command, why))
}

/// The same for a process that is a keeper.
pub(crate) fn run_kept(command: &mut Command, why: Alone) -> Result<u8, Failure> {
    settle(command, &why)?;
    command.enter_folder()?;
    if let Alone::Nested = why {
        command.plan.forget_what_is_closed_already();
    }
    stubs::see_through(&mut command.plan);
    // Only who is forced here is relaxed; who could have namespaces, or is in some, is not made weaker by a setting for others.
    let relaxed = matches!(why, Alone::Forced(_)) && command.limits.fallback == SandboxFallback::Relaxed;
    let snapshot = if relaxed { snapshot(command) } else { Snapshot::default() };
    let rules = Rules {
        write: grants::writable(&command.limits, &command.plan, &snapshot.names(), &RealDisk),
        read: grants::readable(&command.plan, &RealDisk),
        own_devices: matches!(why, Alone::Nested),
    };
    supervise::adopt_orphans()?;
    let child = command.start(&Layer::Alone(rules))?;
    let end = supervise::attend(child, &Group(child));
    supervise::kill_descendants();
    restore(command, &snapshot)?;
    if end.code() != 0 && command.wants_git() {
        tell_of_git(&why);
    }
    Ok(end.code())
}

/// Says why git could not write, where it could elsewhere.
fn tell_of_git(why: &Alone) {
    match why {
        // What stands for git there speaks for itself.
        Alone::Nested => {}
        Alone::Chosen => say(&broker::explain(None)),
        Alone::Forced(refused) => {
            let cause = SystemFiles::read("/".as_ref()).namespace_cause(&refused.step, refused.errno);
            say(&broker::explain(Some(&cause)));
        }
    }
}

/// Refuses, or says how much weaker this is.
fn settle(command: &Command, why: &Alone) -> Result<(), Failure> {
    let limits = &command.limits;
    let cause = match why {
        Alone::Forced(refused) => Some(SystemFiles::read("/".as_ref()).namespace_cause(&refused.step, refused.errno)),
        Alone::Chosen | Alone::Nested => None,
    };
    match (cause, command.landlock) {
        (Some(namespaces), Err(missing)) => return Err(Failure::Nothing { namespaces, landlock: missing.cause() }),
        (None, Err(missing)) => return Err(missing.into()),
        (Some(cause), Ok(_)) if limits.fallback == SandboxFallback::Refuse => return Err(Failure::NoNamespaces(cause)),
        (Some(cause), Ok(_)) if limits.announce => {
            let writes = command.plan.of(Action::Open).next().is_some();
            say(&machine::weaker(writes, limits.fallback, &cause));
        }
        (Some(_) | None, Ok(_)) => {}
    }
    if matches!(limits.network, Network::Proxy(_)) && limits.announce {
        say("sandbox: the network is closed, because a network by proxy needs namespaces");
    }
    Ok(())
}

fn snapshot(command: &Command) -> Snapshot {
    let (snapshot, too_large) = Snapshot::take(&grants::watched(&command.limits, &command.plan));
    for path in too_large {
        let path = one_line_of(&path);
        say(&format!("sandbox: `{path}` is too large to be restored, so nothing new can be made beside it"));
    }
    snapshot
}

/// Puts back what the command changed, from within limits of its own: a link somebody puts in the way leads nowhere.
fn restore(command: &Command, snapshot: &Snapshot) -> Result<(), Failure> {
    if snapshot.names() == BTreeSet::new() {
        return Ok(());
    }
    let rules = Rules { write: command.plan.of(Action::Open).map(ToOwned::to_owned).collect(), ..Rules::default() };
    rustix::thread::set_no_new_privs(true).map_err(Failure::step("setting no_new_privs"))?;
    files::confine(&rules, &Network::Off)?;
    for (path, result) in snapshot.restore() {
        let path = one_line_of(&path);
        match result {
            Ok(()) => say(&format!("sandbox: `{path}` is protected; the command changed it and it was restored")),
            Err(error) => say(&format!("sandbox: `{path}` is protected; the command changed it and it could not be restored: {error}")),
        }
    }
    Ok(())
}

/// One line on standard error.
pub(crate) fn say(line: &str) {
    // With standard error closed there is nobody to tell.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}
