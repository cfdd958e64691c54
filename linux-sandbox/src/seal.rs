//! `$CODEX_HOME` as a command in namespaces sees it: a read-only folder of its own that holds what was there at the start,
//! each thing mounted as it is, and nothing of what no command may read.
//!
//! A mount over a single secret would hide one object and not a name: a new file renamed over it is a new object. What
//! comes into the real folder later is in no command's folder at all.

use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags};

use crate::mounts::{HARMLESS, attributes, change, clone_of, find, harmless, onto_itself, put};
use crate::secrets;

/// Covers the folder. `false` where that is not possible, because it cannot be listed; it is read-only then.
pub(crate) fn seal(home: &Path) -> Result<bool, Errno> {
    let place = match find(home) {
        Err(Errno::ACCESS) => return Ok(false),
        found => found?,
    };
    let inside = match rustix::fs::openat(&place, c".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Err(Errno::ACCESS) => return onto_itself(home, libc::MOUNT_ATTR_RDONLY).map(|()| false),
        opened => opened?,
    };
    let cover = empty(rustix::fs::fstat(&inside)?.st_mode)?;
    put(&cover, &place)?;
    for (name, is_folder) in secrets::IN_HOME {
        stand_in(&cover, name, is_folder, 0)?;
    }
    for entry in Dir::read_from(&inside)? {
        let entry = entry?;
        let name = entry.file_name();
        if !matches!(name.to_bytes(), b"." | b"..") && !secrets::is_left_out(name.to_bytes()) {
            match show(&inside, &cover, name) {
                // Gone since it was listed.
                Err(Errno::NOENT) => {}
                done => done?,
            }
        }
    }
    change(cover.as_fd(), c"", libc::AT_EMPTY_PATH, &attributes(libc::MOUNT_ATTR_RDONLY, 0))?;
    Ok(true)
}

/// A file system of its own, not mounted yet.
fn empty(mode: u32) -> Result<OwnedFd, Errno> {
    let context = rustix::mount::fsopen(c"tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
    rustix::mount::fsconfig_set_string(&context, c"source", c"codex")?;
    rustix::mount::fsconfig_set_string(&context, c"size", c"1m")?;
    rustix::mount::fsconfig_set_string(&context, c"mode", format!("{:o}", mode & 0o777))?;
    rustix::mount::fsconfig_create(&context)?;
    let harmless = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    rustix::mount::fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, harmless)
}

/// Shows one thing of the real folder under the same name.
fn show(inside: &OwnedFd, cover: &OwnedFd, name: &CStr) -> Result<(), Errno> {
    let object = rustix::fs::openat(inside, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let kind = FileType::from_raw_mode(rustix::fs::fstat(&object)?.st_mode);
    if kind.is_symlink() {
        let target = rustix::fs::readlinkat(&object, c"", Vec::new())?;
        return rustix::fs::symlinkat(target.as_c_str(), cover, name);
    }
    let tree = clone_of(&object)?;
    harmless(&tree, HARMLESS | libc::MOUNT_ATTR_RDONLY)?;
    put(&tree, &stand_in(cover, name, kind.is_dir(), 0o700)?)
}

/// Something empty, for a mount to sit on or to stay as it is.
fn stand_in<P: rustix::path::Arg + Copy>(cover: &OwnedFd, name: P, is_folder: bool, mode: u32) -> Result<OwnedFd, Errno> {
    let mode = Mode::from_raw_mode(mode);
    if is_folder {
        rustix::fs::mkdirat(cover, name, mode)?;
    } else {
        rustix::fs::openat(cover, name, OFlags::CREATE | OFlags::EXCL | OFlags::RDONLY | OFlags::CLOEXEC, mode)?;
    }
    rustix::fs::openat(cover, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}
