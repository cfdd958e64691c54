//! Finds the `SKILL.md` files below a root.
//!
//! Folders whose name begins with a dot are passed over. A link to a folder is followed, once, as far as the root allows; a file
//! that is a link is not taken. Depth, folders and files are bounded, so that no tree keeps anybody waiting.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::FileType;
use std::path::{Path, PathBuf};

use crate::error::{Fault, FaultKind};
use crate::roots::Root;

/// Folders between a root and a skill's own.
const DEEPEST: usize = 6;
/// Folders that are looked into, of all roots together.
const MOST_FOLDERS: usize = 2_000;
/// Entries of one folder that are looked at.
const MOST_ENTRIES: usize = 10_000;
/// Skills of all roots together.
const MOST_SKILLS: usize = 1_000;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Real paths of folders that were looked into.
    seen: HashSet<PathBuf>,
    /// Real paths of files, in the order they were found.
    pub(crate) found: Vec<PathBuf>,
    pub(crate) faults: Vec<Fault>,
}

impl Walk {
    /// Looks through a root. Returns whether it is there.
    pub(crate) fn root(&mut self, root: &Root) -> bool {
        let Ok(real) = root.path.canonicalize() else { return false };
        if leads_out(root, &real) {
            self.fault(&root.path, FaultKind::LeadsOut);
        } else {
            self.folder(root, &real, DEEPEST);
        }
        true
    }

    /// The folders that were looked into.
    pub(crate) fn seen(self) -> Vec<PathBuf> {
        let mut seen: Vec<PathBuf> = self.seen.into_iter().collect();
        seen.sort();
        seen
    }

    /// `folder` is a real path.
    fn folder(&mut self, root: &Root, folder: &Path, depth: usize) {
        if self.is_full(root) || !self.seen.insert(folder.to_path_buf()) {
            return;
        }
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let entries = entries.take(MOST_ENTRIES).flatten();
        let mut entries: Vec<(OsString, FileType)> =
            entries.filter_map(|entry| Some((entry.file_name(), entry.file_type().ok()?))).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, kind) in entries {
            let path = folder.join(&name);
            if kind.is_file() && name == "SKILL.md" {
                self.found.push(path);
            } else if depth > 0 && !name.as_encoded_bytes().starts_with(b".") {
                if kind.is_dir() {
                    self.folder(root, &path, depth - 1);
                } else if kind.is_symlink() {
                    self.link(root, &path, depth - 1);
                }
            }
        }
    }

    fn link(&mut self, root: &Root, path: &Path, depth: usize) {
        let Some(real) = path.canonicalize().ok().filter(|real| real.is_dir()) else { return };
        if leads_out(root, &real) {
            self.fault(path, FaultKind::LeadsOut);
        } else {
            self.folder(root, &real, depth);
        }
    }

    /// Whether enough was seen; says so once.
    fn is_full(&mut self, root: &Root) -> bool {
        let (what, most) = match () {
            () if self.seen.len() >= MOST_FOLDERS => ("folders", MOST_FOLDERS),
            () if self.found.len() >= MOST_SKILLS => ("skills", MOST_SKILLS),
            () => return false,
        };
        if !self.faults.iter().any(|fault| matches!(fault.kind, FaultKind::TooMany { .. })) {
            self.fault(&root.path, FaultKind::TooMany { what, most });
        }
        true
    }

    fn fault(&mut self, path: &Path, kind: FaultKind) {
        self.faults.push(Fault { path: path.to_path_buf(), kind });
    }
}

fn leads_out(root: &Root, real: &Path) -> bool {
    root.bounds.as_ref().is_some_and(|bounds| !real.starts_with(bounds))
}
