//! Landlock: which files may be written and, where something is hidden without a mount over it, which may be read.
//!
//! Only the rights that are limited are handled: reading needs no rule and costs nothing where nothing is hidden. Everything
//! newer than what the kernel has is left out by the `landlock` crate; [`crate::syscalls`] makes up for the one omission that
//! matters.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    path_beneath_rules,
};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::call::Network;
use crate::failure::Failure;
use crate::mounts;

/// Devices every program may expect to write to. No `/dev/pts`: it holds the user's other terminals.
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// More of them where `/dev` is the command's own.
const OWN_DEVICES: [&str; 3] = ["/dev/shm", "/dev/pts", "/dev/console"];

/// What the command may touch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// Folders and files that are written.
    pub(crate) write: Vec<PathBuf>,
    /// What can be read, where not everything can.
    pub(crate) read: Option<Vec<PathBuf>>,
    /// Whether `/dev` belongs to the command alone.
    pub(crate) own_devices: bool,
}

/// Confines this thread and everything it becomes.
pub(crate) fn confine(rules: &Rules, network: &Network) -> Result<(), Failure> {
    let status = enforce(rules, network).map_err(Failure::step("Landlock"))?;
    if status == RulesetStatus::NotEnforced {
        return Err(Failure::Step { step: "Landlock", reason: "the kernel did not take the rules".into() });
    }
    Ok(())
}

fn enforce(rules: &Rules, network: &Network) -> Result<RulesetStatus, RulesetError> {
    // The right that ABI 9 adds is to reach named sockets, which an open network includes.
    let change = AccessFs::from_write(if *network == Network::On { ABI::V8 } else { ABI::V9 });
    let read: BitFlags<AccessFs> = AccessFs::ReadFile.into();
    let handled = if rules.read.is_some() { change | read } else { change };
    let mut ruleset = Ruleset::default().handle_access(handled)?.scope(Scope::from_all(ABI::V6))?;
    if *network == Network::Off {
        ruleset = ruleset.handle_access(AccessNet::from_all(ABI::V4))?;
    }
    let device: BitFlags<AccessFs> = AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    let device = if rules.read.is_some() { device | read } else { device };
    let own_devices = if rules.own_devices { &OWN_DEVICES[..] } else { &[] };
    let nothing_special = change & !(AccessFs::MakeChar | AccessFs::MakeBlock);
    let created = ruleset
        .create()?
        .add_rules(rules.write.iter().filter_map(|path| grant(path, nothing_special)).map(Ok::<_, RulesetError>))?
        .add_rules(path_beneath_rules(own_devices, nothing_special))?
        .add_rules(path_beneath_rules(DEVICES, device))?
        .add_rules(path_beneath_rules(rules.read.iter().flatten(), read))?
        .add_rules(
            own_terminals(&io::stdin(), &io::stdout(), &io::stderr()).map(|fd| Ok::<_, RulesetError>(PathBeneath::new(fd, device))),
        )?;
    Ok(created.restrict_self()?.ruleset)
}

/// A rule for the object at a path that was resolved before. A link that has been put in the way since grants nothing.
fn grant(path: &Path, access: BitFlags<AccessFs>) -> Option<PathBeneath<OwnedFd>> {
    let object = match mounts::find(path) {
        // Inside a sandbox of ours the call is not there, and what a link leads to is closed by that one.
        Err(Errno::NOSYS) => {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            rustix::fs::open(path, flags, Mode::empty()).ok()?
        }
        found => found.ok()?,
    };
    let kind = FileType::from_raw_mode(rustix::fs::fstat(&object).ok()?.st_mode);
    match kind {
        FileType::Directory => Some(PathBeneath::new(object, access)),
        FileType::Symlink => None,
        _ => Some(PathBeneath::new(object, access & AccessFs::from_file(ABI::V9))),
    }
}

/// The standard streams that are terminals: already open, and thus the command's to open again by name.
fn own_terminals<'a>(stdin: &'a io::Stdin, stdout: &'a io::Stdout, stderr: &'a io::Stderr) -> impl Iterator<Item = BorrowedFd<'a>> {
    [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()].into_iter().filter(IsTerminal::is_terminal)
}
