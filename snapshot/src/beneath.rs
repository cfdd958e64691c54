//! Opens what lies below the workspace's folder without following any link on the way: whoever turned a folder into a link
//! while we looked away leads us nowhere.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, open, openat, openat2};
use rustix::io::Errno;

use crate::tree::to_path;

/// The workspace's folder.
#[derive(Debug)]
pub(crate) struct Root {
    fd: OwnedFd,
    pub(crate) path: PathBuf,
}

impl Root {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let fd = openat(CWD, path, OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY, Mode::empty())?;
        Ok(Self { fd, path: path.to_path_buf() })
    }

    pub(crate) fn full(&self, path: &[u8]) -> PathBuf {
        self.path.join(to_path(path))
    }

    /// Opens a folder by its path below the root.
    pub(crate) fn folder(&self, path: &[u8]) -> io::Result<OwnedFd> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        if path.is_empty() {
            return Ok(openat(&self.fd, ".", flags, Mode::empty())?);
        }
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        match openat2(&self.fd, to_path(path), flags, Mode::empty(), resolve) {
            // An older kernel, or a filter that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => self.step_by_step(path, flags),
            other => Ok(other?),
        }
    }

    fn step_by_step(&self, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
        let mut folder = openat(&self.fd, ".", flags, Mode::empty())?;
        for name in path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()) {
            if name == b".." || name == b"." {
                return Err(Errno::INVAL.into());
            }
            folder = openat(&folder, to_path(name), flags, Mode::empty())?;
        }
        Ok(folder)
    }
}

/// Opens a plain file of a folder to read it.
pub(crate) fn file_in(folder: BorrowedFd<'_>, name: &[u8]) -> io::Result<OwnedFd> {
    Ok(openat(folder, to_path(name), OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())?)
}

/// Makes a private file that was not there.
pub(crate) fn new_file(path: &Path) -> io::Result<OwnedFd> {
    Ok(open(path, OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::RUSR | Mode::WUSR)?)
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
