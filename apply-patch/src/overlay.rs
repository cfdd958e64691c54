//! The file system as it would be after the sections seen so far.
//!
//! Reads the disk and remembers planned changes on top of it; writes nothing. Files are known by inode, not by name,
//! so two names of one file show the same planned content.

use std::collections::{HashMap, HashSet};
use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::place::{Disk, Seen, View};
use crate::reason;

/// The bytes of a file, shared between a plan's records.
pub(crate) type Content = Arc<Vec<u8>>;

/// Index of a file in the overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FileId(usize);

/// Permission bits and owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Tells whether a directory entry is still the one a plan was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) dev: u64,
    pub(crate) ino: u64,
    pub(crate) size: u64,
    pub(crate) modified: (i64, i64),
}

impl Stamp {
    pub(crate) fn of(meta: &Metadata) -> Self {
        Self { dev: meta.dev(), ino: meta.ino(), size: meta.size(), modified: (meta.mtime(), meta.mtime_nsec()) }
    }
}

/// A file that is on disk now.
#[derive(Debug, Clone)]
pub(crate) struct DiskFile {
    pub(crate) stamp: Stamp,
    pub(crate) attributes: Attributes,
    /// The number of names it has.
    pub(crate) links: u64,
    /// What is in it; read when first needed.
    pub(crate) bytes: Option<Content>,
}

/// A regular file, on disk or planned.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) disk: Option<DiskFile>,
    /// The planned content; `None` while it is that of the disk.
    pub(crate) planned: Option<Content>,
    /// Attributes a move brings along.
    pub(crate) attributes: Option<Attributes>,
}

enum Laid {
    Gone,
    Directory,
    File(FileId),
}

#[derive(Default)]
pub(crate) struct Overlay {
    files: Vec<File>,
    by_inode: HashMap<(u64, u64), FileId>,
    laid: HashMap<PathBuf, Laid>,
    /// Directories seen on disk; sections cannot remove them.
    directories: HashSet<PathBuf>,
}

impl View for Overlay {
    type File = FileId;

    fn look(&mut self, real: &Path) -> io::Result<Seen<FileId>> {
        match self.laid.get(real) {
            Some(Laid::Gone) => return Ok(Seen::Missing),
            Some(Laid::Directory) => return Ok(Seen::Directory),
            Some(Laid::File(id)) => return Ok(Seen::File(*id)),
            None if self.directories.contains(real) => return Ok(Seen::Directory),
            // Something else may still stand on disk where a directory is planned.
            None if real.parent().is_some_and(|parent| matches!(self.laid.get(parent), Some(Laid::Directory))) => {
                return Ok(Seen::Missing);
            }
            None => {}
        }
        Ok(match Disk.look(real)? {
            Seen::File(meta) => Seen::File(self.known(&meta)),
            Seen::Directory => {
                self.directories.insert(real.to_owned());
                Seen::Directory
            }
            Seen::Missing => Seen::Missing,
            Seen::Link(target) => Seen::Link(target),
            Seen::Device => Seen::Device,
            Seen::Special => Seen::Special,
        })
    }
}

impl Overlay {
    fn known(&mut self, meta: &Metadata) -> FileId {
        let stamp = Stamp::of(meta);
        let next = FileId(self.files.len());
        let id = *self.by_inode.entry((stamp.dev, stamp.ino)).or_insert(next);
        if id == next {
            let attributes = Attributes { mode: meta.mode() & 0o7777, uid: meta.uid(), gid: meta.gid() };
            let disk = DiskFile { stamp, attributes, links: meta.nlink(), bytes: None };
            self.files.push(File { disk: Some(disk), ..File::default() });
        }
        id
    }

    pub(crate) fn file(&self, id: FileId) -> &File {
        &self.files[id.0]
    }

    pub(crate) fn file_mut(&mut self, id: FileId) -> &mut File {
        &mut self.files[id.0]
    }

    /// Plans a file where nothing is.
    pub(crate) fn create(&mut self, real: &Path, content: Content, attributes: Option<Attributes>) -> FileId {
        let id = FileId(self.files.len());
        self.files.push(File { disk: None, planned: Some(content), attributes });
        self.laid.insert(real.to_owned(), Laid::File(id));
        id
    }

    pub(crate) fn make_directory(&mut self, real: &Path) {
        self.laid.insert(real.to_owned(), Laid::Directory);
    }

    pub(crate) fn remove(&mut self, real: &Path) {
        self.laid.insert(real.to_owned(), Laid::Gone);
    }

    /// Returns the content a file has by now; reads it from `real` when that is still what the disk has.
    pub(crate) fn content(&mut self, id: FileId, real: &Path) -> io::Result<Content> {
        let file = &mut self.files[id.0];
        if let Some(planned) = &file.planned {
            return Ok(Arc::clone(planned));
        }
        let Some(disk) = &mut file.disk else {
            return Ok(Content::default());
        };
        if let Some(bytes) = &disk.bytes {
            return Ok(Arc::clone(bytes));
        }
        let bytes = Arc::new(read(real)?);
        disk.bytes = Some(Arc::clone(&bytes));
        Ok(bytes)
    }

    /// The attributes a copy of the file should get.
    pub(crate) fn attributes(&self, id: FileId) -> Option<Attributes> {
        let file = self.file(id);
        file.attributes.or_else(|| file.disk.as_ref().map(|disk| disk.attributes))
    }
}

/// Reads a regular file at a path without links.
fn read(real: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(real)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(reason::not_a_regular_file());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default() + 1);
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
