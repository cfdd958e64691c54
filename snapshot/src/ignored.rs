//! Which folders hold what can be made again: those that a `.gitignore` leaves out and that are large.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::tree::to_path;

/// How much a folder that is left out may hold and still be kept like any other.
pub(crate) const SMALL_FILES: usize = 2000;
pub(crate) const SMALL_BYTES: u64 = 64 << 20;

/// Whether a `.gitignore` of the folder above or further up names this folder. Read only when a folder is new.
pub(crate) fn is_ignored(root: &Path, folder: &[u8]) -> bool {
    let path = to_path(folder);
    let above: Vec<&Path> = path.ancestors().skip(1).collect();
    // The nearest file that says anything decides.
    above.into_iter().find_map(|above| verdict(root, above, path)).unwrap_or(false)
}

fn verdict(root: &Path, above: &Path, folder: &Path) -> Option<bool> {
    let rules = rules(&root.join(above))?;
    let matched = rules.matched(root.join(folder), true);
    if matched.is_none() { None } else { Some(matched.is_ignore()) }
}

/// Largest file that is read for its rules.
const LARGEST: u64 = 1 << 20;

fn rules(folder: &Path) -> Option<Gitignore> {
    let file = folder.join(".gitignore");
    let about = file.symlink_metadata().ok()?;
    if !about.is_file() || about.len() > LARGEST {
        return None;
    }
    let mut builder = GitignoreBuilder::new(folder);
    // Lines that are no patterns are skipped; the others count.
    let _ = builder.add(&file);
    builder.build().ok()
}
