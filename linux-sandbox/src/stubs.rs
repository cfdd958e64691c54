//! Stand-ins on the disk for protected names that are missing: empty folders that live as long as a command that needs them.
//!
//! Commands of several sessions may need the same one, and removing a folder takes away what others mounted on it. So each
//! holds a shared lock on the folder itself, and only who gets it alone removes it. A stub is known by its time of
//! change, which anything put into it would move; one left behind by a power cut is found by that and goes with the next
//! command. Until it has that time it is known by its mode. Locks, not a list of names somewhere, because a lock ends with its owner however that dies.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, ResolveFlags, Timespec, Timestamps};
use rustix::io::Errno;

use crate::failure::Failure;
use crate::plan::{Action, Plan};

/// A stub's time of change.
const MARK: i64 = codex_protocol::policy::PLACEHOLDER_MTIME;

/// A stub's mode from the instant it is made. Its last bit says nothing about an empty folder of its owner's, so nobody else sets it.
const MODE: u32 = 0o1755;

/// How often a stub may be taken away by others between making and locking it.
const TRIES: usize = 64;

/// The stubs of one command. [`clear`](Self::clear) them when it has ended.
#[derive(Default)]
pub(crate) struct Stubs(Vec<Stub>);

struct Stub {
    parent: OwnedFd,
    name: OsString,
    /// The folder, locked.
    folder: OwnedFd,
}

impl Stubs {
    /// Makes what the plan needs, and takes part in what is there of others. Names that nobody can make, the command
    /// neither, leave the plan.
    pub(crate) fn make(plan: &mut Plan) -> Result<Self, Failure> {
        let mut stubs = Self::default();
        // A stub of another command's may have been there when the plan was made, and may go at any time until it is held.
        see_through(plan);
        for path in plan.stubs.clone() {
            match hold(&path, true) {
                Ok(stub) => stubs.0.extend(stub),
                Err(Errno::ACCESS) => {
                    plan.steps.remove(&path);
                    plan.stubs.remove(&path);
                    keep_closed(&path, plan);
                }
                Err(Errno::PERM | Errno::ROFS | Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {
                    plan.steps.remove(&path);
                    plan.stubs.remove(&path);
                }
                Err(error) => {
                    stubs.clear();
                    return Err(Failure::step("keeping a protected name from being made")(error));
                }
            }
        }
        let existing = plan.of(Action::Close).filter(|path| !plan.stubs.contains(*path) && is_empty_folder(path));
        let existing: Vec<_> = existing.map(Path::to_owned).collect();
        for path in existing {
            // One that cannot be locked is nobody's stub. One that went just now was, and is needed again.
            let held = match hold(&path, false) {
                Err(Errno::NOENT) => hold(&path, true),
                held => held,
            };
            stubs.0.extend(held.ok().flatten());
        }
        Ok(stubs)
    }

    /// Removes every stub that nobody else needs and nobody has put anything into.
    pub(crate) fn clear(self) {
        self.remove_names();
    }

    /// The part of [`clear`](Self::clear) that others see. The disk may take its time with what was named, which is over when this is dropped.
    pub(crate) fn remove_names(&self) {
        for stub in &self.0 {
            let alone = rustix::fs::flock(&stub.folder, FlockOperation::NonBlockingLockExclusive).is_ok();
            if alone && is_marked(&stub.folder) && is_still_there(stub) {
                // With something in it, it is somebody's.
                let _ = rustix::fs::unlinkat(&stub.parent, &stub.name, AtFlags::REMOVEDIR);
            }
        }
    }
}

/// Removes what is left of a command's stubs after whoever made them was killed.
pub(crate) fn clear_left(plan: &Plan) {
    let left = plan.of(Action::Close).filter(|path| is_empty_folder(path)).filter_map(|path| hold(path, false).ok().flatten());
    Stubs(left.collect()).clear();
}

/// Finds names that are missing but for a stub of another command's, and has the plan treat them as missing. One that went since
/// the plan was made was such a stub.
pub(crate) fn see_through(plan: &mut Plan) {
    let is_missing = |path: &&Path| match path.symlink_metadata() {
        Ok(about) => bears_mark(about.mtime(), about.mode()) && is_empty_folder(path),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    let found: Vec<_> = plan.of(Action::Close).filter(is_missing).map(Path::to_owned).collect();
    plan.stubs.extend(found);
}

/// Whether something has a stub's time, or its mode where it has not got the time yet.
fn bears_mark(mtime: i64, mode: u32) -> bool {
    mtime == MARK || Mode::from_raw_mode(mode).contains(Mode::SVTX)
}

/// Opens a folder by a path without links, makes it first if wanted, and locks it. `None` when it is no folder.
fn hold(path: &Path, make: bool) -> Result<Option<Stub>, Errno> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(None) };
    let parent = crate::mounts::find(parent)?;
    for _ in 0..TRIES {
        let made = make && made(&parent, name)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match rustix::fs::openat(&parent, name, flags, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::NOENT) if make => continue,
            Err(Errno::NOTDIR | Errno::LOOP) => return Ok(None),
            Err(error) => return Err(error),
        };
        if made {
            mark(&folder)?;
        }
        rustix::fs::flock(&folder, FlockOperation::LockShared)?;
        let stub = Stub { parent: rustix::io::dup(&parent)?, name: name.to_owned(), folder };
        if is_still_there(&stub) {
            return Ok(Some(stub));
        }
    }
    Err(Errno::AGAIN)
}

/// A name that cannot be made now in a folder of the user's own could be made after a `chmod` of it, so that folder stays closed.
fn keep_closed(path: &Path, plan: &mut Plan) {
    let Some(parent) = path.parent() else { return };
    let is_own = parent.symlink_metadata().is_ok_and(|about| about.uid() == rustix::process::geteuid().as_raw());
    if is_own {
        plan.steps.insert(parent.to_owned(), Action::Close);
    }
}

fn made(parent: &OwnedFd, name: &std::ffi::OsStr) -> Result<bool, Errno> {
    match rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(MODE)) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(error) => Err(error),
    }
}

fn mark(folder: &OwnedFd) -> Result<(), Errno> {
    let time = Timespec { tv_sec: MARK, tv_nsec: 0 };
    rustix::fs::futimens(folder, &Timestamps { last_access: time, last_modification: time })
}

fn is_marked(folder: &OwnedFd) -> bool {
    rustix::fs::fstat(folder).is_ok_and(|about| bears_mark(about.st_mtime, about.st_mode))
}

fn is_still_there(stub: &Stub) -> bool {
    let held = rustix::fs::fstat(&stub.folder);
    let named = rustix::fs::statat(&stub.parent, &stub.name, AtFlags::SYMLINK_NOFOLLOW);
    matches!((held, named), (Ok(held), Ok(named)) if (held.st_dev, held.st_ino) == (named.st_dev, named.st_ino))
}

fn is_empty_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|about| about.is_dir()) && path.read_dir().is_ok_and(|mut entries| entries.next().is_none())
}

/// Only for paths that were resolved before: a link put in their way since is an error.
pub(crate) const WITHOUT_LINKS: ResolveFlags = ResolveFlags::NO_SYMLINKS;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn plan(path: &Path) -> Plan {
        let mut plan = Plan::default();
        plan.steps.insert(path.to_owned(), Action::Close);
        if !path.exists() {
            plan.stubs.insert(path.to_owned());
        }
        plan
    }

    fn place() -> (tempfile::TempDir, std::path::PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().canonicalize().unwrap().join(".git");
        (place, path)
    }

    #[test]
    fn the_last_one_to_need_a_stub_removes_it() {
        let (_place, path) = place();
        let first = Stubs::make(&mut plan(&path)).unwrap();
        let second = Stubs::make(&mut plan(&path)).unwrap();
        assert!(path.is_dir());
        first.clear();
        assert!(path.is_dir(), "the second command still needs it");
        second.clear();
        assert!(!path.exists());
    }

    #[test]
    fn a_stub_that_goes_between_plan_and_making_is_made_again() {
        let (_place, path) = place();
        for goes_before in [true, false] {
            let mut early = Some(Stubs::make(&mut plan(&path)).unwrap());
            let mut later = plan(&path);
            assert!(later.stubs.is_empty());
            if goes_before {
                early.take().unwrap().clear();
                assert!(!path.exists());
            }
            let own = Stubs::make(&mut later).unwrap();
            if let Some(early) = early {
                early.clear();
            }
            assert!(path.is_dir() && later.steps.contains_key(&path));
            own.clear();
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_stub_left_behind_goes_with_the_next_command_and_a_folder_of_the_users_stays() {
        let (_place, path) = place();
        std::mem::forget(Stubs::make(&mut plan(&path)).unwrap().0.pop().map(|stub| (stub.parent, stub.name)));
        assert!(path.is_dir());
        Stubs::make(&mut plan(&path)).unwrap().clear();
        assert!(!path.exists());
        fs::create_dir(&path).unwrap();
        Stubs::make(&mut plan(&path)).unwrap().clear();
        assert!(path.is_dir());
    }

    #[test]
    fn a_stub_of_another_command_is_no_name_that_exists() {
        let (_place, path) = place();
        let stubs = Stubs::make(&mut plan(&path)).unwrap();
        let mut other = plan(&path);
        assert!(other.stubs.is_empty());
        see_through(&mut other);
        assert!(other.stubs.contains(&path));
        // Gone between the plan and the look at it.
        let mut other = plan(&path);
        stubs.clear();
        assert!(other.stubs.is_empty());
        see_through(&mut other);
        assert!(other.stubs.contains(&path));
        fs::create_dir(&path).unwrap();
        let mut other = plan(&path);
        see_through(&mut other);
        assert!(other.stubs.is_empty());
        // Made, and not marked yet.
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(MODE)).unwrap();
        see_through(&mut other);
        assert!(other.stubs.contains(&path));
    }

    #[test]
    fn what_somebody_made_of_a_stub_stays() {
        let (_place, path) = place();
        let stubs = Stubs::make(&mut plan(&path)).unwrap();
        fs::write(path.join("HEAD"), "ref").unwrap();
        stubs.clear();
        assert!(path.join("HEAD").exists());
    }

    /// S2: a `chmod` would make it a name that can be made.
    #[test]
    fn a_folder_of_the_users_own_that_is_not_writable_stays_closed() {
        let (place, path) = place();
        let folder = path.parent().unwrap();
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o555)).unwrap();
        // Whoever has the right to write everywhere makes the name, as in any other folder.
        let may_write = rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok();
        let mut plan = plan(&path);
        plan.steps.insert(folder.to_owned(), Action::Open);
        Stubs::make(&mut plan).unwrap().clear();
        assert_eq!(plan.steps[folder], if may_write { Action::Open } else { Action::Close });
        assert_eq!(plan.steps.contains_key(&path), may_write);
        fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_name_that_cannot_be_made_needs_no_stub() {
        let mut plan = plan(Path::new("/proc/self/.git"));
        Stubs::make(&mut plan).unwrap().clear();
        assert!(plan.steps.is_empty() && plan.stubs.is_empty());
    }
}
