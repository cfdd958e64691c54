//! Credentials that end with the process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::document::StoredAuth;

/// Of the whole process, because several threads of a server sign in and out together.
static KEPT: Mutex<BTreeMap<PathBuf, StoredAuth>> = Mutex::new(BTreeMap::new());

fn kept() -> MutexGuard<'static, BTreeMap<PathBuf, StoredAuth>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn read(folder: &Path) -> Option<StoredAuth> {
    kept().get(folder).cloned()
}

pub(super) fn write(folder: &Path, stored: &StoredAuth) {
    kept().insert(folder.to_path_buf(), stored.clone());
}

pub(super) fn delete(folder: &Path) -> bool {
    kept().remove(folder).is_some()
}
