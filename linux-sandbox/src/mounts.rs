//! Turns a [`Plan`] into mounts, inside a mount namespace that is already the command's own.
//!
//! Everything becomes read-only in one call; what stays writable was cloned before, as the system had it, and is put on
//! top. Nothing is ever made *more* permissive than the system's own mounts. Paths are opened without following links, and mounts
//! are placed on what was opened, so a path that is exchanged meanwhile is an error and no way out.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MoveMountFlags, OpenTreeFlags};

use crate::broker::{self, Programs};
use crate::namespaces::{Refused, at};
use crate::plan::{Action, Plan};
use crate::seal;
use crate::stubs::WITHOUT_LINKS;

/// Devices every program may expect.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// Links every program may expect in `/dev`.
const LINKS: [(&str, &str); 5] = [
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
    ("pts/ptmx", "/dev/ptmx"),
];

/// Parts of `/proc` through which a process changes the machine. Those that are missing are skipped.
const MACHINE: [&str; 7] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi"];

/// Where things that are hidden are shown instead; gone again when everything is in place.
const NOTHING: [&str; 2] = ["/dev/.nothing", "/dev/.nowhere"];

/// What was cloned before everything became read-only.
pub(crate) struct Prepared {
    roots: Vec<(PathBuf, OwnedFd)>,
    devices: Vec<(PathBuf, OwnedFd)>,
}

/// Makes this namespace read-only, but for what is still to be put on top. `terminal` is the name of the command's terminal, which becomes
/// `/dev/console`. Asks nothing of a plan but its roots.
pub(crate) fn prepare(plan: &Plan, terminal: Option<&Path>) -> Result<Prepared, Refused> {
    change(CWD, c"/", libc::AT_RECURSIVE, &attributes(0, libc::MS_PRIVATE)).map_err(at("private"))?;
    let prepared = Prepared { roots: clones(plan)?, devices: devices(terminal) };
    let everything = if plan.steps.get(Path::new("/")) == Some(&Action::Open) { HARMLESS } else { HARMLESS | libc::MOUNT_ATTR_RDONLY };
    change(CWD, c"/", libc::AT_RECURSIVE, &attributes(everything, 0)).map_err(at("read-only"))?;
    Ok(prepared)
}

/// Gives this namespace the plan's view. A root of the plan's that was none when it was [`prepare`]d stays read-only. `git` are the programs
/// that a broker stands for.
pub(crate) fn arrange(prepared: Prepared, plan: &Plan, git: Option<&Programs>) -> Result<(), Refused> {
    let is_sealed = place(plan, prepared.roots)?;
    own_devices(&prepared.devices).map_err(at("dev"))?;
    if let Some(git) = git {
        broker::arrange(git);
    }
    own_proc().map_err(at("proc"))?;
    hide(plan, is_sealed).map_err(at("hide"))
}

/// Takes the steps that are no hiding, and covers the home on the way, after what it lies in and before what lies in it. Returns
/// whether it is covered.
fn place(plan: &Plan, opened: Vec<(PathBuf, OwnedFd)>) -> Result<bool, Refused> {
    let mut opened = opened.into_iter().peekable();
    let mut home = plan.home.as_deref();
    let mut is_sealed = false;
    for (path, action) in plan.steps.iter().filter(|(path, _)| !plan.is_sealed_away(path)) {
        if let Some(home) = home.take_if(|home| *home <= path.as_path()) {
            is_sealed = seal::seal(home).map_err(at("protect"))?;
        }
        match action {
            Action::Open => {
                // What is before it is a root no longer.
                while opened.next_if(|(open, _)| open < path).is_some() {}
                if let Some((_, tree)) = opened.next_if(|(open, _)| open == path) {
                    harmless(&tree, HARMLESS).map_err(at("root"))?;
                    put(&tree, &find(path).map_err(at("root"))?).map_err(at("root"))?;
                }
            }
            Action::Pin => onto_itself(path, 0).map_err(at("pin"))?,
            Action::Close if plan.home.as_ref() == Some(path) => {}
            Action::Close => onto_itself(path, libc::MOUNT_ATTR_RDONLY).map_err(at("protect"))?,
            Action::Hide => {}
        }
    }
    match home {
        Some(home) => seal::seal(home).map_err(at("protect")),
        None => Ok(is_sealed),
    }
}

/// What a mount of the command's never is.
pub(crate) const HARMLESS: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

/// The writable roots as the system has them, in the plan's order. Those that cannot be opened stay read-only.
fn clones(plan: &Plan) -> Result<Vec<(PathBuf, OwnedFd)>, Refused> {
    let mut found = Vec::new();
    for path in plan.of(Action::Open).filter(|path| *path != Path::new("/") && !plan.is_sealed_away(path)) {
        match find(path).and_then(|object| clone_of(&object)) {
            Ok(tree) => found.push((path.to_owned(), tree)),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::LOOP) => {}
            Err(error) => return Err(at("root")(error)),
        }
    }
    Ok(found)
}

/// Opens the object at a path that was resolved before. A last part that is a link is the link itself.
pub(crate) fn find(path: &Path) -> Result<OwnedFd, Errno> {
    rustix::fs::openat2(CWD, path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty(), WITHOUT_LINKS)
}

pub(crate) fn clone_of(object: &OwnedFd) -> Result<OwnedFd, Errno> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    rustix::mount::open_tree(object, c"", flags | OpenTreeFlags::AT_RECURSIVE)
}

pub(crate) fn put(tree: &OwnedFd, place: &OwnedFd) -> Result<(), Errno> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    rustix::mount::move_mount(tree, c"", place, c"", flags)
}

/// Opens the object at a path, or the folder on the way to it that is closed now and that the command could open with a `chmod`.
/// `None` where the command cannot reach the path whatever it does.
fn find_or_what_bars(path: &Path) -> Result<Option<OwnedFd>, Errno> {
    for part in path.ancestors() {
        match find(part) {
            Err(Errno::ACCESS) => {}
            Ok(found) if part != path => {
                let is_own = rustix::fs::fstat(&found)?.st_uid == rustix::process::geteuid().as_raw();
                return Ok(Some(found).filter(|_| is_own));
            }
            found => return found.map(Some),
        }
    }
    Ok(None)
}

/// Mounts a path on itself. A path that the command cannot reach either needs none.
pub(crate) fn onto_itself(path: &Path, set: u64) -> Result<(), Errno> {
    let Some(object) = find_or_what_bars(path)? else { return Ok(()) };
    let tree = clone_of(&object)?;
    harmless(&tree, set)?;
    put(&tree, &object)
}

pub(crate) fn harmless(tree: &OwnedFd, set: u64) -> Result<(), Errno> {
    if set == 0 {
        return Ok(());
    }
    change(tree.as_fd(), c"", libc::AT_RECURSIVE | libc::AT_EMPTY_PATH, &attributes(set, 0))
}

/// The system's own devices, to be shown in the new `/dev`, with their names there.
fn devices(terminal: Option<&Path>) -> Vec<(PathBuf, OwnedFd)> {
    let named = DEVICES.iter().map(|name| (Path::new("/dev").join(name), Path::new("/dev").join(name)));
    let console = terminal.map(|path| (path.to_owned(), PathBuf::from("/dev/console")));
    named.chain(console).filter_map(|(from, to)| Some((to, find(&from).and_then(|object| clone_of(&object)).ok()?))).collect()
}

fn own_devices(devices: &[(PathBuf, OwnedFd)]) -> Result<(), Errno> {
    let quiet = MountFlags::NOSUID | MountFlags::NOEXEC;
    rustix::mount::mount(c"codex", c"/dev", c"tmpfs", quiet, c"mode=755,size=64k")?;
    for (path, tree) in devices {
        empty_file(path, 0o666)?;
        put(tree, &find(path)?)?;
    }
    for (target, link) in LINKS {
        rustix::fs::symlink(target, link)?;
    }
    for folder in ["/dev/pts", "/dev/shm", NOTHING[1]] {
        rustix::fs::mkdir(folder, Mode::from_raw_mode(0o755))?;
    }
    empty_file(Path::new(NOTHING[0]), 0)?;
    rustix::fs::chmod(NOTHING[1], Mode::empty())?;
    rustix::mount::mount(c"devpts", c"/dev/pts", c"devpts", quiet, c"newinstance,ptmxmode=0666,mode=620")?;
    rustix::mount::mount(c"codex", c"/dev/shm", c"tmpfs", MountFlags::NOSUID | MountFlags::NODEV, c"mode=1777")
}

fn empty_file(path: &Path, mode: u32) -> Result<(), Errno> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::from_raw_mode(mode)).map(drop)
}

fn own_proc() -> Result<(), Errno> {
    let quiet = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    rustix::mount::mount(c"proc", c"/proc", c"proc", quiet, None)?;
    for path in MACHINE {
        match onto_itself(Path::new(path), libc::MOUNT_ATTR_RDONLY) {
            Err(Errno::NOENT) => {}
            done => done?,
        }
    }
    Ok(())
}

/// Puts something without content and rights over what is hidden, and closes `/dev`.
fn hide(plan: &Plan, is_sealed: bool) -> Result<(), Errno> {
    for path in plan.of(Action::Hide).filter(|path| !(is_sealed && plan.is_sealed_away(path))) {
        let object = match find_or_what_bars(path) {
            Ok(Some(object)) => object,
            Ok(None) | Err(Errno::NOENT) => continue,
            Err(error) => return Err(error),
        };
        let is_folder = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&object)?.st_mode).is_dir();
        let tree = clone_of(&find(Path::new(NOTHING[usize::from(is_folder)]))?)?;
        harmless(&tree, HARMLESS | libc::MOUNT_ATTR_RDONLY)?;
        put(&tree, &object)?;
    }
    rustix::fs::unlink(NOTHING[0])?;
    rustix::fs::rmdir(NOTHING[1])?;
    change(CWD, c"/dev", 0, &attributes(libc::MOUNT_ATTR_RDONLY, 0))
}

pub(crate) fn attributes(set: u64, propagation: libc::c_ulong) -> libc::mount_attr {
    libc::mount_attr { attr_set: set, attr_clr: 0, propagation, userns_fd: 0 }
}

pub(crate) fn change(at: BorrowedFd<'_>, path: &CStr, flags: libc::c_int, attributes: &libc::mount_attr) -> Result<(), Errno> {
    // SAFETY: a path and a structure that are alive, and the structure's size.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            at.as_raw_fd(),
            path.as_ptr(),
            flags,
            std::ptr::from_ref(attributes),
            size_of::<libc::mount_attr>(),
        )
    };
    if done == 0 { Ok(()) } else { Err(last_errno()) }
}

pub(crate) fn last_errno() -> Errno {
    Errno::from_raw_os_error(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
}

/// The name of the terminal that standard input is, if it is one.
pub(crate) fn terminal() -> Option<PathBuf> {
    let name: CString = rustix::termios::ttyname(io::stdin(), Vec::new()).ok()?;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(name.as_bytes())))
}
