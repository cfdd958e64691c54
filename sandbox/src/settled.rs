//! Paths that grant something, resolved once.
//!
//! A root is the folder that its path led to when this process first asked for it. Were it resolved for every command, one
//! command could put a link in its place and the next would find the link's target writable (S1). The helper, for its part, takes
//! no root that has a link on its way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use codex_protocol::SandboxPolicy;

use crate::SandboxRequest;

static SETTLED: Mutex<BTreeMap<PathBuf, PathBuf>> = Mutex::new(BTreeMap::new());

/// The roots of a request, and apart from them those for temporary files.
pub(crate) fn split(request: &SandboxRequest) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let tmpdir = request.tmpdir.as_deref();
    let all = roots(&request.policy.writable_roots(&request.workspace, tmpdir));
    let chosen = match &request.policy {
        SandboxPolicy::WorkspaceWrite { writable_roots, .. } => {
            roots(&writable_roots.iter().cloned().chain([request.workspace.clone()]).collect::<Vec<_>>())
        }
        SandboxPolicy::ReadOnly { .. } | SandboxPolicy::DangerFullAccess | SandboxPolicy::ExternalSandbox { .. } => Vec::new(),
    };
    all.into_iter().partition(|root| chosen.contains(root))
}

/// The resolved roots, sorted and without repeats.
pub(crate) fn roots(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut settled: Vec<_> = roots.iter().map(|root| path(root)).collect();
    settled.sort();
    settled.dedup();
    settled
}

/// What the path led to when it was first asked for.
pub(crate) fn path(path: &Path) -> PathBuf {
    let mut known = SETTLED.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(path.to_owned()).or_insert_with(|| resolve(path)).clone()
}

/// Resolves as far as the path exists; the rest is kept as it is.
fn resolve(path: &Path) -> PathBuf {
    let mut existing = path;
    loop {
        if let Ok(found) = existing.canonicalize() {
            let rest = path.strip_prefix(existing).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() { found } else { found.join(rest) };
        }
        match existing.parent() {
            Some(parent) => existing = parent,
            None => return path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// S1
    #[test]
    fn a_root_stays_what_it_was_when_it_is_replaced_by_a_link() {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().canonicalize().unwrap();
        let [link, first, second, missing] = ["link", "first", "second", "missing"].map(|name| home.join(name));
        fs::create_dir(&first).unwrap();
        fs::create_dir(&second).unwrap();
        symlink(&first, &link).unwrap();
        assert_eq!((path(&link), path(&link.join("a/b")), path(&missing)), (first.clone(), first.join("a/b"), missing.clone()));
        fs::remove_file(&link).unwrap();
        symlink(&second, &link).unwrap();
        symlink(&second, &missing).unwrap();
        assert_eq!((path(&link), path(&missing)), (first.clone(), missing.clone()));
        assert_eq!(roots(&[link, first.clone()]), [first]);
    }
}
