//! Lists what is below some folders.

use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder, WalkState};

/// Entries of one tree; a repository with more has them in folders nobody searches by name.
const MOST_ENTRIES: usize = 2_000_000;

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
}

impl Tree {
    /// Lists everything below `roots` but what ignore files leave out and what is git's own; hidden files are listed. Folders that are not there are
    /// passed over, and links are not followed. Ends early, with what it has, once `stop` says so.
    pub fn walk(roots: &[PathBuf], stop: &(dyn Fn() -> bool + Sync)) -> Self {
        let mut entries = Vec::new();
        for (number, root) in roots.iter().enumerate() {
            if root.is_dir() {
                walk_root(u32::try_from(number).unwrap_or(u32::MAX), root, stop, &mut entries);
            }
        }
        Self { roots: roots.to_vec(), entries }
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

/// Collects the finds of one walker, and hands them over when that ends.
struct Finds<'a> {
    own: Vec<Entry>,
    all: &'a std::sync::Mutex<Vec<Entry>>,
}

impl Drop for Finds<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.append(&mut self.own);
    }
}

fn walk_root(root: u32, folder: &Path, stop: &(dyn Fn() -> bool + Sync), entries: &mut Vec<Entry>) {
    let found = std::sync::Mutex::new(Vec::new());
    let mut builder = WalkBuilder::new(folder);
    builder.hidden(false).require_git(true).follow_links(false).threads(threads()).filter_entry(|entry| entry.file_name() != ".git");
    builder.build_parallel().run(|| {
        let mut finds = Finds { own: Vec::new(), all: &found };
        Box::new(move |entry| {
            if stop() || finds.own.len() >= MOST_ENTRIES {
                return WalkState::Quit;
            }
            if let Some(entry) = entry.ok().and_then(|entry| made(root, folder, &entry)) {
                finds.own.push(entry);
            }
            WalkState::Continue
        })
    });
    entries.append(&mut found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).min(8)
}

fn made(root: u32, folder: &Path, entry: &DirEntry) -> Option<Entry> {
    let path = entry.path().strip_prefix(folder).ok()?.to_str().filter(|path| !path.is_empty())?;
    let kind = if entry.file_type()?.is_dir() { EntryKind::Folder } else { EntryKind::File };
    Some(Entry { root, kind, path: path.into() })
}
