//! Removes stores of workspaces that nobody used for long, or that are gone.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::SnapshotError;
use crate::workspace::FOLDER;

/// A store that was removed, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// The workspace it was of.
    pub root: PathBuf,
    /// Bytes on disk.
    pub bytes: u64,
}

/// Removes every store that was not used for `unused`, or whose workspace is gone; with `dry_run` only names them.
///
/// # Errors
/// When the folder of stores cannot be read or a store not be removed.
pub fn clean(codex_home: &Path, unused: Duration, dry_run: bool) -> Result<Vec<Cleaned>, SnapshotError> {
    let folder = codex_home.join(FOLDER);
    let items = match std::fs::read_dir(&folder) {
        Ok(items) => items,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(SnapshotError::io("cannot read", folder)(error)),
    };
    let mut cleaned = Vec::new();
    for item in items.flatten() {
        let store = item.path();
        let Ok(root) = std::fs::read(store.join("root")) else { continue };
        let root = PathBuf::from(OsStr::from_bytes(&root));
        let used = store.join("points.jsonl").metadata().or_else(|_| store.metadata()).and_then(|about| about.modified());
        let age = used.ok().and_then(|used| SystemTime::now().duration_since(used).ok()).unwrap_or_default();
        if age < unused && root.is_dir() {
            continue;
        }
        let bytes = size(&store);
        if !dry_run {
            std::fs::remove_dir_all(&store).map_err(SnapshotError::io("cannot remove", &store))?;
        }
        cleaned.push(Cleaned { root, bytes });
    }
    Ok(cleaned)
}

fn size(folder: &Path) -> u64 {
    let items = std::fs::read_dir(folder).into_iter().flatten().flatten();
    items.map(|item| item.metadata().map_or(0, |about| if about.is_dir() { size(&item.path()) } else { about.len() })).sum()
}
