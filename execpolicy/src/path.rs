//! Program paths as text: nothing here looks at the disk.

use std::path::{Component, Path, PathBuf};

/// Returns an absolute path without `.`, `..` and repeated slashes. Links are not followed.
pub(crate) fn lexically_clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => clean.push(part),
        }
    }
    clean
}

/// Whether a word can be looked up in `PATH`: one file name and nothing else.
pub(crate) fn is_bare_name(name: &str) -> bool {
    !name.contains('/') && !matches!(name, "" | "." | "..")
}
