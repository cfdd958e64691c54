//! Opens and changes directory entries by real paths, with links forbidden.
//!
//! A path is never checked and then opened again by name: its directory is opened component by component from a root,
//! each without following links, and the entry is then reached through that handle. So whatever others do to the tree
//! meanwhile, nothing outside the roots is touched.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::overlay::Stamp;
use crate::reason;

#[cfg(target_os = "linux")]
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Where entries may be changed.
pub(crate) struct Hands {
    /// Real paths and their handles, longest first.
    roots: Vec<(PathBuf, OwnedFd)>,
    /// The directory opened last.
    last: Option<(PathBuf, OwnedFd)>,
}

impl Hands {
    /// Everywhere.
    pub(crate) fn anywhere() -> io::Result<Self> {
        let top = PathBuf::from("/");
        let handle = rustix::fs::open(&top, DIRECTORY, Mode::empty())?;
        Ok(Self { roots: vec![(top, handle)], last: None })
    }

    /// Below the given real directories only; one that is missing or led to by a link grants nothing.
    pub(crate) fn within(roots: &[PathBuf]) -> io::Result<Self> {
        let everywhere = Self::anywhere()?;
        let open = |root: &PathBuf| Some((root.clone(), everywhere.open_directory(root).ok()?));
        let mut roots: Vec<_> = roots.iter().filter(|root| root.is_absolute()).filter_map(open).collect();
        roots.sort_by_key(|(root, _)| std::cmp::Reverse(root.as_os_str().len()));
        Ok(Self { roots, last: None })
    }

    /// Returns the entry at a real path.
    pub(crate) fn entry<'a>(&'a mut self, real: &'a Path) -> io::Result<Entry<'a>> {
        let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
            return Err(Errno::ISDIR.into());
        };
        if self.last.as_ref().is_none_or(|(path, _)| path != parent) {
            self.last = Some((parent.to_owned(), self.open_directory(parent)?));
        }
        match &self.last {
            Some((_, handle)) => Ok(Entry { directory: handle.as_fd(), name }),
            None => Err(Errno::BADF.into()),
        }
    }

    fn open_directory(&self, real: &Path) -> io::Result<OwnedFd> {
        let root = self.roots.iter().find_map(|(root, handle)| Some((handle, real.strip_prefix(root).ok()?)));
        let (handle, below) = root.ok_or_else(reason::outside_the_roots)?;
        let mut directory = handle.try_clone()?;
        for name in below {
            directory = rustix::fs::openat(&directory, name, DIRECTORY, Mode::empty())?;
        }
        Ok(directory)
    }
}

/// A name in an open directory.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    directory: BorrowedFd<'a>,
    name: &'a OsStr,
}

impl Entry<'_> {
    /// Opens what is there without following a link and without waiting for the other end of a pipe.
    pub(crate) fn open(self, access: OFlags) -> io::Result<File> {
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(self.directory, self.name, flags, Mode::empty())?.into())
    }

    /// Creates a file; fails when anything is there.
    pub(crate) fn create(self, mode: u32) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(self.directory, self.name, flags, Mode::from_raw_mode(mode))?.into())
    }

    pub(crate) fn make_directory(self) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(self.directory, self.name, Mode::from_raw_mode(0o777))?)
    }

    pub(crate) fn remove_directory(self) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(self.directory, self.name, AtFlags::REMOVEDIR)?)
    }

    pub(crate) fn unlink(self) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(self.directory, self.name, AtFlags::empty())?)
    }

    /// Gives the entry another name in its directory; fails when that is taken.
    pub(crate) fn rename(self, to: &OsStr) -> io::Result<()> {
        match rustix::fs::statat(self.directory, to, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(rustix::fs::renameat(self.directory, self.name, self.directory, to)?),
            Err(error) => Err(error.into()),
            Ok(_) => Err(Errno::EXIST.into()),
        }
    }

    /// Swaps the entry with another name of its directory in one step.
    ///
    /// # Errors
    /// Also where the file system or the kernel cannot do that.
    pub(crate) fn exchange(self, with: &OsStr) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        return Ok(rustix::fs::renameat_with(self.directory, self.name, self.directory, with, rustix::fs::RenameFlags::EXCHANGE)?);
        #[cfg(not(target_os = "linux"))]
        {
            let _ = with;
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    /// Returns the stamp of the entry itself; `None` for a directory.
    pub(crate) fn stamp(self) -> io::Result<Option<Stamp>> {
        let stat = rustix::fs::statat(self.directory, self.name, AtFlags::SYMLINK_NOFOLLOW)?;
        let directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        Ok((!directory).then(|| stamp_of(&stat)))
    }
}

#[allow(clippy::unnecessary_cast, clippy::useless_conversion, reason = "the field types differ between platforms")]
fn stamp_of(stat: &Stat) -> Stamp {
    Stamp {
        dev: stat.st_dev as u64,
        ino: stat.st_ino as u64,
        size: stat.st_size as u64,
        modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
    }
}
