//! What a verdict depends on besides the command: folders, the search path, and facts about files.
//!
//! The crate asks nobody by itself. Paths and trust come as data, facts about files through [`Lookup`], so that a
//! verdict can be repeated in a test; [`OnDisk`] answers from the machine itself.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a command would run, and what is known of the place.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The working directory of the command, absolute.
    pub cwd: &'a Path,
    /// The home folder; without one, every use of it counts as unknown.
    pub home: Option<&'a Path>,
    /// The entries of `PATH` in order, as they are, relative and empty ones included.
    pub path: &'a [PathBuf],
    /// Folders that sandboxed commands may write to.
    pub writable_roots: &'a [PathBuf],
    /// Folders whose programs are not vouched for besides `cwd` and the writable roots, such as the project's root.
    pub workspace: &'a [PathBuf],
    /// Files and folders that are not read unasked, besides the usual places of keys and passwords.
    pub private: &'a [PathBuf],
    /// Whether the user trusts `cwd`; elsewhere no git command is known to be safe.
    pub trusted: bool,
    /// Facts about files.
    pub lookup: &'a dyn Lookup,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("cwd", &self.cwd)
            .field("home", &self.home)
            .field("path", &self.path)
            .field("writable_roots", &self.writable_roots)
            .field("workspace", &self.workspace)
            .field("private", &self.private)
            .field("trusted", &self.trusted)
            .finish_non_exhaustive()
    }
}

/// What a path leads to, symbolic links followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// What it is.
    pub kind: FileKind,
    /// User id of the owner.
    pub owner: u32,
    /// Permission bits.
    pub mode: u32,
    /// The path without links.
    pub real_path: PathBuf,
}

/// Kinds of files that matter to a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A folder.
    Folder,
    /// A device, pipe or socket, which may block whoever reads it.
    Special,
}

/// Answers questions about files.
pub trait Lookup {
    /// What an absolute path leads to; `None` when nothing is there or it cannot be told.
    fn facts(&self, path: &Path) -> Option<FileFacts>;

    /// Whether a folder may hold a name that begins with `-`, which a `*` would hand to a program as an option.
    fn may_hold_dashes(&self, _folder: &Path) -> bool {
        true
    }
}

/// Looks at the files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnDisk;

#[cfg(unix)]
impl Lookup for OnDisk {
    fn facts(&self, path: &Path) -> Option<FileFacts> {
        use std::os::unix::fs::MetadataExt;

        let metadata = std::fs::metadata(path).ok()?;
        let kind = match metadata.file_type() {
            kind if kind.is_file() => FileKind::Regular,
            kind if kind.is_dir() => FileKind::Folder,
            _ => FileKind::Special,
        };
        let real_path = std::fs::canonicalize(path).ok()?;
        Some(FileFacts { kind, owner: metadata.uid(), mode: metadata.mode() & 0o7777, real_path })
    }

    fn may_hold_dashes(&self, folder: &Path) -> bool {
        const MOST_NAMES: usize = 10_000;
        let Ok(entries) = std::fs::read_dir(folder) else { return true };
        let is_dashed =
            |entry: std::io::Result<std::fs::DirEntry>| entry.map_or(true, |entry| entry.file_name().as_encoded_bytes().starts_with(b"-"));
        entries.enumerate().any(|(at, entry)| at >= MOST_NAMES || is_dashed(entry))
    }
}

#[cfg(not(unix))]
impl Lookup for OnDisk {
    fn facts(&self, _path: &Path) -> Option<FileFacts> {
        // Who owns a program cannot be told here, so none is vouched for.
        None
    }
}

/// Whether a path, taken from a folder, is inside another, both free of `.` and `..`.
pub(crate) fn is_inside(path: &Path, folder: &Path) -> bool {
    path.starts_with(folder)
}

/// Joins and takes out `.` and `..` by their text alone.
pub(crate) fn absolute(folder: &Path, path: &str) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            std::path::Component::ParentDir => {
                clean.pop();
            }
            std::path::Component::CurDir => {}
            part => clean.push(part),
        }
    }
    clean
}
