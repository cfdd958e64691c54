//! Landlock: which files may be written.
//!
//! Only rights to change things are handled, so reading needs no rule and costs nothing. Everything newer than what the
//! kernel has is left out by the `landlock` crate; [`crate::syscalls`] makes up for the one omission that matters.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    path_beneath_rules,
};

use crate::call::{Confinement, Network};
use crate::failure::Failure;

/// Devices every program may expect to write to. No `/dev/pts`: it holds the user's other terminals.
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// Confines this thread and everything it becomes.
pub(crate) fn confine(limits: &Confinement) -> Result<(), Failure> {
    let status = enforce(limits).map_err(Failure::step("Landlock"))?;
    if status == RulesetStatus::NotEnforced {
        return Err(Failure::Step { step: "Landlock", reason: "the kernel did not take the rules".into() });
    }
    Ok(())
}

fn enforce(limits: &Confinement) -> Result<RulesetStatus, RulesetError> {
    // The right that ABI 9 adds is to reach named sockets, which an open network includes.
    let change = AccessFs::from_write(if limits.network == Network::On { ABI::V8 } else { ABI::V9 });
    let mut ruleset = Ruleset::default().handle_access(change)?.scope(Scope::from_all(ABI::V6))?;
    if limits.network != Network::On {
        ruleset = ruleset.handle_access(AccessNet::from_all(ABI::V4))?;
    }
    let device: BitFlags<AccessFs> = AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    let rules = ruleset
        .create()?
        .add_rules(path_beneath_rules(&limits.write, change & !(AccessFs::MakeChar | AccessFs::MakeBlock)))?
        .add_rules(path_beneath_rules(DEVICES, device))?
        .add_rules(
            own_terminals(&io::stdin(), &io::stdout(), &io::stderr()).map(|fd| Ok::<_, RulesetError>(PathBeneath::new(fd, device))),
        )?;
    Ok(rules.restrict_self()?.ruleset)
}

/// The standard streams that are terminals: already open, and thus the command's to open again by name.
fn own_terminals<'a>(stdin: &'a io::Stdin, stdout: &'a io::Stdout, stderr: &'a io::Stderr) -> impl Iterator<Item = BorrowedFd<'a>> {
    [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()].into_iter().filter(IsTerminal::is_terminal)
}
