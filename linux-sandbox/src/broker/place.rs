//! The private folder, and this program in the place of `git`, as a part of arranging a command's view.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};

use super::programs::Programs;
use super::{CALLS, FOLDER, PLACES, PROGRAMS, QUEUE};
use crate::mounts;

/// Where a view's own files are while it is built.
pub(super) const VIEW: &str = "/dev/codex-git/view";

/// Makes the folder, moves the system's `git` there and puts this program over it. `/dev` has to be writable still.
///
/// All of it or nothing: without it git is simply not brokered, which is no reason to refuse a command.
pub(crate) fn arrange(programs: &Programs) {
    if try_arrange(programs).is_err() {
        for place in programs.git.iter().filter(|place| is_own(place, programs)) {
            let _ = rustix::mount::unmount(place.as_path(), UnmountFlags::DETACH | UnmountFlags::NOFOLLOW);
        }
        let _ = rustix::mount::unmount(FOLDER, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW);
    }
}

/// Whether [`arrange`] has done its work.
pub(crate) fn is_arranged() -> bool {
    Path::new(PLACES).exists()
}

fn is_own(place: &Path, programs: &Programs) -> bool {
    let identity = |path: &Path| path.metadata().ok().map(|about| (about.dev(), about.ino()));
    identity(place).is_some() && identity(place) == identity(&programs.own)
}

fn try_arrange(programs: &Programs) -> Result<(), Errno> {
    let quiet = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    rustix::fs::mkdir(FOLDER, Mode::from_raw_mode(0o755))?;
    rustix::mount::mount(c"codex-git", FOLDER, c"tmpfs", quiet, c"mode=755,size=64m")?;
    for folder in [QUEUE, PROGRAMS, VIEW] {
        rustix::fs::mkdir(folder, Mode::from_raw_mode(0o700))?;
    }
    rustix::fs::mkfifoat(CWD, CALLS, Mode::RUSR | Mode::WUSR)?;
    let mut places = Vec::new();
    for (number, git) in programs.git.iter().enumerate() {
        let place = mounts::find(git)?;
        let own = mounts::clone_of(&mounts::find(&programs.own)?)?;
        let folder = PathBuf::from(PROGRAMS).join(number.to_string());
        rustix::fs::mkdir(&folder, Mode::from_raw_mode(0o700))?;
        // By its own name, which processes are known by.
        let stored = folder.join("git");
        make_file(&stored, &[])?;
        mounts::put(&mounts::clone_of(&place)?, &mounts::find(&stored)?)?;
        mounts::put(&own, &place)?;
        places.extend_from_slice(git.as_os_str().as_bytes());
        places.push(b'\n');
    }
    make_file(Path::new(PLACES), &places)
}

pub(super) fn make_file(path: &Path, content: &[u8]) -> Result<(), Errno> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::from_raw_mode(0o644))?;
    let mut rest = content;
    while !rest.is_empty() {
        rest = &rest[rustix::io::write(&file, rest)?..];
    }
    Ok(())
}
