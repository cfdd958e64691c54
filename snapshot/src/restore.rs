//! Makes paths what they were. Each step can be done again, so that one which was cut off is finished the next time.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, fchmod, mkdirat, openat, readlinkat, renameat, statat, symlinkat, unlinkat};
use rustix::io::Errno;

use crate::beneath::{self, Root};
use crate::blobs::{self, Blobs};
use crate::entry::{Blob, Entry, Kind, Stamp};
use crate::error::SnapshotError;
use crate::tree::{Delta, split, to_path};

/// A path and what it shall be; `None`: not there.
pub(crate) type Target = (Box<[u8]>, Option<Entry>);

/// Does it all: removes from the deepest up, makes from the top down.
pub(crate) fn restore(root: &Root, blobs: &Blobs, targets: &[Target]) -> Result<(), SnapshotError> {
    let failed = |path: &[u8]| SnapshotError::io("cannot restore", root.full(path));
    let mut sorted: Vec<&Target> = targets.iter().collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (path, target) in sorted.iter().rev() {
        remove_other(root, path, target.as_ref()).map_err(failed(path))?;
    }
    for (path, target) in &sorted {
        if let Some(entry) = target {
            make(root, blobs, path, entry).map_err(failed(path))?;
        }
    }
    // A folder that may not be written to gets its mode only when all in it is there.
    for (path, target) in sorted.iter().rev() {
        if let Some(Entry { kind: Kind::Folder, mode, .. }) = target {
            set_mode(root, path, *mode).map_err(failed(path))?;
        }
    }
    Ok(())
}

/// The folder that a path is in; `None` when it is not there.
fn above(root: &Root, path: &[u8]) -> io::Result<Option<rustix::fd::OwnedFd>> {
    match root.folder(split(path).0) {
        Ok(folder) => Ok(Some(folder)),
        // A link on the way has to give way itself, or is somebody else's: what is beyond it is not this path.
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a path is neither as it was before something was begun nor as it was to become: somebody else was there since.
pub(crate) fn is_of_another(root: &Root, delta: &Delta) -> bool {
    let (before, after) = (delta.before.as_ref(), delta.after.as_ref());
    let is_folder = |entry: Option<&Entry>| entry.is_some_and(Entry::is_folder);
    let is_either = match at(root, &delta.path) {
        // Between the old and the new of another kind there is nothing for a moment.
        Ok(None) => before.is_none() || after.is_none() || is_folder(before) != is_folder(after),
        // Its permissions come last.
        Ok(Some(now)) if now.is_folder() => is_folder(before) || is_folder(after),
        Ok(Some(now)) => [before, after].into_iter().flatten().any(|entry| is_still(entry, &now)),
        Err(_) => false,
    };
    if !is_either && let Ok(Some(folder)) = above(root, &delta.path) {
        let _ = unlinkat(&folder, to_path(&beside(split(&delta.path).1)), AtFlags::empty());
    }
    !is_either
}

/// Whether what was seen before is what is there now; a file that was not read then is told by its length and time.
fn is_still(before: &Entry, now: &Entry) -> bool {
    match (&before.kind, &now.kind) {
        (Kind::File { len, blob: Blob::Unkept, .. }, Kind::File { len: len_now, .. }) => {
            len == len_now && before.mode == now.mode && before.stamp.modified == now.stamp.modified
        }
        _ => before.same(now),
    }
}

/// What is at a path now, read whole; `None` when nothing is.
fn at(root: &Root, path: &[u8]) -> io::Result<Option<Entry>> {
    let Some(folder) = above(root, path)? else { return Ok(None) };
    let name = split(path).1;
    let stat = match statat(&folder, to_path(name), AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(None),
        stat => stat?,
    };
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link(readlinkat(&folder, to_path(name), Vec::new())?.into_bytes().into()),
        FileType::RegularFile => {
            let (len, sum) = blobs::sum_of(File::from(beneath::file_in(folder.as_fd(), name)?))?;
            // Where it is kept does not matter here, only that it was read.
            Kind::File { len, sum, blob: Blob::Whole(0) }
        }
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    };
    Ok(Some(Entry { kind, mode: stat.st_mode & 0o7777, stamp: Stamp::of(&stat, 0) }))
}

fn kind_at(folder: BorrowedFd<'_>, name: &[u8]) -> io::Result<Option<FileType>> {
    match statat(folder, to_path(name), AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Clears the way: what shall not be there, or is of another kind than what shall be.
fn remove_other(root: &Root, path: &[u8], target: Option<&Entry>) -> io::Result<()> {
    let Some(folder) = above(root, path)? else { return Ok(()) };
    let name = split(path).1;
    let Some(kind) = kind_at(folder.as_fd(), name)? else { return Ok(()) };
    let is_folder = kind == FileType::Directory;
    if target.is_some_and(|target| target.is_folder() == is_folder) {
        return Ok(());
    }
    writable(&folder, || match unlinkat(&folder, to_path(name), if is_folder { AtFlags::REMOVEDIR } else { AtFlags::empty() }) {
        // Something else was put there, which is not ours to take away.
        Err(Errno::NOTEMPTY | Errno::EXIST) if target.is_none() => Ok(()),
        other => other,
    })
}

/// Does something in a folder, which is made writable for it when it has to be.
fn writable(folder: impl AsFd, act: impl Fn() -> rustix::io::Result<()>) -> io::Result<()> {
    match act() {
        Err(Errno::ACCESS) => {
            let mode = Mode::from_raw_mode(rustix::fs::fstat(&folder)?.st_mode & 0o7777);
            fchmod(&folder, mode | Mode::RWXU)?;
            let done = act();
            fchmod(&folder, mode)?;
            Ok(done?)
        }
        other => Ok(other?),
    }
}

fn make(root: &Root, blobs: &Blobs, path: &[u8], entry: &Entry) -> io::Result<()> {
    let folder = root.folder(split(path).0)?;
    let name = to_path(split(path).1);
    match &entry.kind {
        Kind::Skipped => Ok(()),
        Kind::Folder => writable(&folder, || match mkdirat(&folder, name, Mode::RWXU) {
            Err(Errno::EXIST) => Ok(()),
            other => other,
        }),
        Kind::Link(target) => {
            let beside = beside(name.as_os_str().as_encoded_bytes());
            writable(&folder, || {
                let _ = unlinkat(&folder, to_path(&beside), AtFlags::empty());
                symlinkat(to_path(target), &folder, to_path(&beside))?;
                renameat(&folder, to_path(&beside), &folder, name)
            })
        }
        Kind::File { len, blob, .. } => {
            let mut source = blobs.read(*blob, *len)?;
            let beside = beside(name.as_os_str().as_encoded_bytes());
            let made = std::cell::RefCell::new(None);
            writable(&folder, || {
                let _ = unlinkat(&folder, to_path(&beside), AtFlags::empty());
                let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
                *made.borrow_mut() = Some(openat(&folder, to_path(&beside), flags, Mode::RUSR | Mode::WUSR)?);
                Ok(())
            })?;
            let Some(file) = made.into_inner() else { return Err(io::ErrorKind::NotFound.into()) };
            let mut file = File::from(file);
            let written = blobs::restore(&mut source, &mut file)
                .and_then(|()| Ok(fchmod(&file, Mode::from_raw_mode(entry.mode))?))
                .and_then(|()| writable(&folder, || renameat(&folder, to_path(&beside), &folder, name)));
            if written.is_err() {
                let _ = unlinkat(&folder, to_path(&beside), AtFlags::empty());
            }
            written
        }
    }
}

/// The name something has until it is whole.
fn beside(name: &[u8]) -> Vec<u8> {
    const LONGEST: usize = 200;
    [b".codex-undo-", &name[..name.len().min(LONGEST)]].concat()
}

fn set_mode(root: &Root, path: &[u8], mode: u32) -> io::Result<()> {
    let folder = root.folder(path)?;
    Ok(fchmod(&folder, Mode::from_raw_mode(mode))?)
}
