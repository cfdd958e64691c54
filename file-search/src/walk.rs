//! Lists what is below some folders.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use ignore::{DirEntry, WalkBuilder, WalkState};

/// Entries of one tree; a repository with more has them in folders nobody searches by name.
const MOST_ENTRIES: usize = 2_000_000;
/// Entries a walker hands over at a time.
const AT_ONCE: usize = 512;
/// Time between two views of a tree that grows.
pub const BETWEEN_PARTS: Duration = Duration::from_millis(100);

/// Files that say what is left out.
pub(crate) const IGNORE_FILES: [&str; 2] = [".gitignore", ".ignore"];

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file, or a link to one.
    File,
    /// A folder.
    Folder,
}

/// One entry: which root it is below, and its path from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) root: u32,
    pub(crate) kind: EntryKind,
    pub(crate) path: Box<str>,
}

/// What is below some folders, as it was when it was walked.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) entries: Vec<Entry>,
    /// Folders and ignore files, as they were before they were read.
    pub(crate) marks: Vec<Mark>,
}

/// When something last changed; `None` where it was not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) path: PathBuf,
    pub(crate) changed: Option<SystemTime>,
}

impl Mark {
    pub(crate) fn of(path: PathBuf) -> Self {
        let changed = std::fs::symlink_metadata(&path).and_then(|found| found.modified()).ok();
        Self { path, changed }
    }
}

/// What walkers found.
#[derive(Debug, Default)]
struct Found {
    entries: Vec<Entry>,
    marks: Vec<Mark>,
}

impl Tree {
    /// Lists everything below `roots` but what ignore files leave out and what is git's own; hidden files are listed. Folders that are not there are
    /// passed over, and links are not followed. Ends early, with what it has, once `stop` says so.
    pub fn walk(roots: &[PathBuf], stop: &(dyn Fn() -> bool + Sync)) -> Self {
        let found = Mutex::new(Found::default());
        for (number, root) in roots.iter().enumerate().filter(|(_, root)| root.is_dir()) {
            walk_root(u32::try_from(number).unwrap_or(u32::MAX), root, stop, &found);
        }
        let Found { entries, marks } = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        Self { roots: roots.to_vec(), entries, marks }
    }

    /// As [`Tree::walk`], and shows what was found so far about every [`BETWEEN_PARTS`] while that grows. The whole is returned, not shown.
    pub fn walk_in_parts(roots: &[PathBuf], stop: &(dyn Fn() -> bool + Sync), part: &mut dyn FnMut(&Self)) -> Self {
        let mut tree = Self { roots: roots.to_vec(), ..Self::default() };
        let found = Mutex::new(Found::default());
        for (number, root) in roots.iter().enumerate().filter(|(_, root)| root.is_dir()) {
            let (ended, end) = mpsc::channel();
            std::thread::scope(|scope| {
                let found = &found;
                scope.spawn(move || {
                    walk_root(u32::try_from(number).unwrap_or(u32::MAX), root, stop, found);
                    // Whoever waits is told by the end of the channel, too.
                    let _ = ended.send(());
                });
                while end.recv_timeout(BETWEEN_PARTS) == Err(RecvTimeoutError::Timeout) {
                    let before = tree.entries.len();
                    tree.entries.append(&mut found.lock().unwrap_or_else(PoisonError::into_inner).entries);
                    if tree.entries.len() > before {
                        part(&tree);
                    }
                }
            });
            tree.entries.append(&mut found.lock().unwrap_or_else(PoisonError::into_inner).entries);
        }
        tree
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Collects the finds of one walker, and hands them over now and then and when that ends.
struct Finds<'a> {
    own: Vec<Entry>,
    marks: Vec<Mark>,
    handed_over: usize,
    all: &'a Mutex<Found>,
}

impl Finds<'_> {
    fn hand_over(&mut self) {
        self.handed_over += self.own.len();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.entries.append(&mut self.own);
        all.marks.append(&mut self.marks);
    }
}

impl Drop for Finds<'_> {
    fn drop(&mut self) {
        self.hand_over();
    }
}

fn walk_root(root: u32, folder: &Path, stop: &(dyn Fn() -> bool + Sync), found: &Mutex<Found>) {
    let mut builder = WalkBuilder::new(folder);
    builder.hidden(false).require_git(true).follow_links(false).threads(threads()).filter_entry(|entry| entry.file_name() != ".git");
    builder.build_parallel().run(|| {
        let mut finds = Finds { own: Vec::new(), marks: Vec::new(), handed_over: 0, all: found };
        Box::new(move |entry| {
            if stop() || finds.handed_over + finds.own.len() >= MOST_ENTRIES {
                return WalkState::Quit;
            }
            let Ok(entry) = entry else { return WalkState::Continue };
            if is_marked(&entry) {
                // Before the folder is read, so that what comes while it is read is seen next time.
                finds.marks.push(Mark::of(entry.path().to_path_buf()));
            }
            if let Some(entry) = made(root, folder, &entry) {
                finds.own.push(entry);
                if finds.own.len() == AT_ONCE {
                    finds.hand_over();
                }
            }
            WalkState::Continue
        })
    });
}

/// Whether a change of this changes what a walk finds.
fn is_marked(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir()) || IGNORE_FILES.iter().any(|name| entry.file_name() == *name)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).min(8)
}

fn made(root: u32, folder: &Path, entry: &DirEntry) -> Option<Entry> {
    let path = entry.path().strip_prefix(folder).ok()?.to_str().filter(|path| !path.is_empty())?;
    let kind = if entry.file_type()?.is_dir() { EntryKind::Folder } else { EntryKind::File };
    Some(Entry { root, kind, path: path.into() })
}
