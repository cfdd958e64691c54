//! The view of one request's process, and its confinement.
//!
//! In the writable roots no link is followed and nothing is executed, so that whatever the command does to its files meanwhile, a path
//! of git's leads where it says. One git folder is writable, with what git would run or obey in it closed and its settings
//! replaced. Landlock lets git alone be executed, and keeps the command from looking into this process: neither is in the other's domain.
#![allow(unsafe_code)]

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope, path_beneath_rules,
};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};

use super::GitRequest;
use super::place::{VIEW, make_file};
use crate::mounts;
use crate::namespaces::exit;
use crate::syscalls::{self, Limits, Sockets};
use crate::{capabilities, failure::Failure};

/// A step that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// A part of the view.
    #[error("{step}: {error}")]
    Mount {
        /// What was attempted.
        step: &'static str,
        /// The system's answer.
        error: Errno,
    },
    /// The confinement.
    #[error("{0}")]
    Confine(String),
}

fn at(step: &'static str) -> impl Fn(Errno) -> ViewError {
    move |error| ViewError::Mount { step, error }
}

/// A git folder that was made writable.
#[derive(Debug)]
pub struct GitFolder {
    path: PathBuf,
    real: OwnedFd,
    /// Keeps what `real` belongs to from being taken apart.
    _detached: OwnedFd,
    hand: UnixStream,
}

impl GitFolder {
    /// The folder as it is on the disk: nothing in it is closed or replaced. No path leads there.
    pub fn real(&self) -> &OwnedFd {
        &self.real
    }

    /// Puts the file `config.lock` of the real folder in the place of its `config`.
    ///
    /// What is covered in this view cannot be renamed in it, by whatever way. Afterwards it is not covered any more, so nothing must be
    /// run after this.
    ///
    /// # Errors
    /// Those of renaming.
    pub fn settle(&self) -> io::Result<()> {
        let mut hand = &self.hand;
        hand.write_all(b"r")?;
        let mut answer = [0; 4];
        hand.read_exact(&mut answer)?;
        match i32::from_ne_bytes(answer) {
            0 => Ok(()),
            errno => Err(io::Error::from_raw_os_error(errno)),
        }
    }

    /// Its path, where parts are closed or replaced.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Links are not followed, nothing is executed.
const PLAIN: u64 = libc::MOUNT_ATTR_NOSYMFOLLOW | libc::MOUNT_ATTR_NOEXEC | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

impl GitRequest {
    /// Gives this process a view of its own, in which nothing of the roots misleads it. Comes first.
    ///
    /// # Errors
    /// The step that the system refused; nothing must be looked at then.
    pub fn enter_view(&self) -> Result<(), ViewError> {
        own_mounts()?;
        for place in &self.programs.git {
            rustix::mount::unmount(place.as_path(), UnmountFlags::DETACH | UnmountFlags::NOFOLLOW).map_err(at("the place of git"))?;
        }
        for root in &self.roots {
            match mounts::find(root) {
                Err(Errno::NOENT | Errno::ACCESS) => {}
                found => {
                    let object = found.map_err(at("a writable root"))?;
                    change(object.as_fd(), libc::AT_RECURSIVE, PLAIN, 0).map_err(at("a writable root"))?;
                }
            }
        }
        Ok(())
    }

    /// Makes `folder` writable but for the `closed` names in it, and shows git other content in place of the `replaced` files.
    ///
    /// Names that are not there are passed over.
    ///
    /// # Errors
    /// The step that the system refused.
    pub fn open_git_folder(&self, folder: &Path, closed: &[&str], replaced: &[(&str, &str)]) -> Result<GitFolder, ViewError> {
        let opened = || -> Result<OwnedFd, Errno> {
            let tree = mounts::clone_of(&mounts::find(folder)?)?;
            change(tree.as_fd(), libc::AT_EMPTY_PATH, PLAIN, libc::MOUNT_ATTR_RDONLY)?;
            Ok(tree)
        };
        // Made before anything is covered, and never placed: no name leads to it.
        let tree = opened().map_err(at("the git folder"))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let real = rustix::fs::openat(&tree, c".", flags, Mode::empty()).map_err(at("the git folder"))?;
        let detached = tree;
        let hand = lend_hand(&real).map_err(at("the repository's settings"))?;
        own_mounts()?;
        let tree = opened().map_err(at("the git folder"))?;
        mounts::put(&tree, &mounts::find(folder).map_err(at("the git folder"))?).map_err(at("the git folder"))?;
        for name in closed {
            match mounts::onto_itself(&folder.join(name), PLAIN | libc::MOUNT_ATTR_RDONLY) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(at("what is closed in the git folder")(error)),
            }
        }
        for (name, content) in replaced {
            match replace(&folder.join(name), content) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(at("what is replaced in the git folder")(error)),
            }
        }
        Ok(GitFolder { path: folder.to_owned(), real, _detached: detached, hand })
    }

    /// Confines this process and what it starts, for good: no capabilities, no network, writing in the roots and `git_folder` alone,
    /// executing git alone.
    ///
    /// # Errors
    /// A part that cannot be put in force; nothing must be run then.
    pub fn confine(&self, git_folder: &Path) -> Result<(), ViewError> {
        let failed = |failure: Failure| ViewError::Confine(failure.to_string());
        rustix::thread::set_no_new_privs(true).map_err(at("no_new_privs"))?;
        let status = self.landlock(git_folder).map_err(|error| ViewError::Confine(error.to_string()))?;
        if status == RulesetStatus::NotEnforced {
            return Err(ViewError::Confine("the kernel did not take the Landlock rules".into()));
        }
        capabilities::drop_all().map_err(failed)?;
        let limits = Limits { sockets: Sockets::Unconnected, writes: true, landlock_truncates: self.landlock_truncates, others: true };
        let filter = syscalls::program(limits).map_err(|error| ViewError::Confine(error.to_string()))?;
        syscalls::install(&filter).map_err(failed)
    }

    fn landlock(&self, git_folder: &Path) -> Result<RulesetStatus, RulesetError> {
        let change = AccessFs::from_write(ABI::V9);
        let rules = Ruleset::default()
            // What every Landlock has must be in force; what newer ones add is a bonus.
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_write(ABI::V1) | AccessFs::Execute)?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(change)?
            .handle_access(AccessNet::from_all(ABI::V4))?
            .scope(Scope::from_all(ABI::V6))?
            .create()?;
        let writable = self.roots.iter().map(PathBuf::as_path).chain([git_folder]);
        let rules = rules
            .add_rules(path_beneath_rules(writable, change & !(AccessFs::MakeChar | AccessFs::MakeBlock)))?
            .add_rules(path_beneath_rules(["/dev/null"], AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev))?
            .add_rules(path_beneath_rules(self.programs.executables(), AccessFs::Execute))?;
        Ok(rules.restrict_self()?.ruleset)
    }
}

/// Separates this process's mounts from those of others.
fn own_mounts() -> Result<(), ViewError> {
    // SAFETY: takes a number.
    if unsafe { libc::unshare(libc::CLONE_NEWNS) } == 0 { Ok(()) } else { Err(at("a view of its own")(mounts::last_errno())) }
}

/// Starts a process that stays in the present view and renames the settings when it is told to. It can do nothing else, and ends with
/// the other end of the connection.
fn lend_hand(real: &OwnedFd) -> Result<UnixStream, Errno> {
    let (own, mut theirs) = UnixStream::pair().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    // SAFETY: a fork of this process, which has one thread.
    match unsafe { libc::fork() } {
        0 => {
            drop(own);
            let ready = capabilities::drop_all().is_ok();
            let mut word = [0];
            while ready && theirs.read_exact(&mut word).is_ok() {
                let done = rustix::fs::renameat(real, c"config.lock", real, c"config");
                let answer = done.err().map_or(0, Errno::raw_os_error);
                if theirs.write_all(&answer.to_ne_bytes()).is_err() {
                    break;
                }
            }
            exit(0)
        }
        pid if pid > 0 => Ok(own),
        _ => Err(mounts::last_errno()),
    }
}

fn change(tree: std::os::fd::BorrowedFd<'_>, flags: libc::c_int, set: u64, clear: u64) -> Result<(), Errno> {
    let attributes = libc::mount_attr { attr_set: set, attr_clr: clear, propagation: 0, userns_fd: 0 };
    mounts::change(tree, c"", flags | libc::AT_EMPTY_PATH, &attributes)
}

/// Puts a read-only file with this content over another. The file system it comes from is out of reach afterwards.
fn replace(file: &Path, content: &str) -> Result<(), Errno> {
    let place = mounts::find(file)?;
    let quiet = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    rustix::mount::mount(c"codex-git", VIEW, c"tmpfs", quiet, c"mode=700,size=4m")?;
    let source = Path::new(VIEW).join("file");
    make_file(&source, content.as_bytes())?;
    let tree = mounts::clone_of(&mounts::find(&source)?)?;
    change(tree.as_fd(), 0, PLAIN | libc::MOUNT_ATTR_RDONLY, 0)?;
    mounts::put(&tree, &place)?;
    rustix::mount::unmount(VIEW, UnmountFlags::DETACH)
}
