//! The whole workspace: folders by path, entries by name.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::entry::Entry;

/// A folder's entries, sorted by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Listing {
    pub(crate) entries: Vec<(Box<[u8]>, Entry)>,
    /// Whether a `.gitignore` leaves the folder out.
    pub(crate) ignored: bool,
}

impl Listing {
    pub(crate) fn get(&self, name: &[u8]) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|(own, _)| own.as_ref().cmp(name)).ok()?;
        Some(&self.entries[at].1)
    }

    fn set(&mut self, name: &[u8], entry: Option<Entry>) {
        match (self.entries.binary_search_by(|(own, _)| own.as_ref().cmp(name)), entry) {
            (Ok(at), Some(entry)) => self.entries[at].1 = entry,
            (Ok(at), None) => drop(self.entries.remove(at)),
            (Err(at), Some(entry)) => self.entries.insert(at, (name.into(), entry)),
            (Err(_), None) => {}
        }
    }
}

/// Folders by their path below the root; the root's is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tree {
    pub(crate) folders: HashMap<Box<[u8]>, Arc<Listing>>,
}

/// One path, before and after.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delta {
    pub(crate) path: Box<[u8]>,
    pub(crate) before: Option<Entry>,
    pub(crate) after: Option<Entry>,
}

impl Delta {
    pub(crate) fn path(&self) -> PathBuf {
        to_path(&self.path).to_path_buf()
    }
}

pub(crate) fn to_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// The folder of a path and its name there.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&[], path),
    }
}

pub(crate) fn join(folder: &[u8], name: &[u8]) -> Box<[u8]> {
    if folder.is_empty() { name.into() } else { [folder, b"/", name].concat().into() }
}

impl Tree {
    pub(crate) fn get(&self, path: &[u8]) -> Option<&Entry> {
        let (folder, name) = split(path);
        self.folders.get(folder)?.get(name)
    }

    /// Makes one path what the change left it as.
    pub(crate) fn apply(&mut self, delta: &Delta) {
        let (folder, name) = split(&delta.path);
        Arc::make_mut(self.folders.entry(folder.into()).or_default()).set(name, delta.after.clone());
        match &delta.after {
            Some(entry) if entry.is_folder() => {
                self.folders.entry(delta.path.clone()).or_default();
            }
            _ => drop(self.folders.remove(&delta.path)),
        }
    }

    /// Every path of a folder that is gone, the folder's own left out.
    pub(crate) fn below<'a>(&'a self, folder: &'a [u8], found: &mut Vec<(Box<[u8]>, &'a Entry)>) {
        let Some(listing) = self.folders.get(folder) else { return };
        for (name, entry) in &listing.entries {
            found.push((join(folder, name), entry));
        }
    }
}
