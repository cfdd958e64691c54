//! Where a repository is and what is known of it.
//!
//! `.git` is a folder, or a file that names one (linked work trees, submodules). A linked work tree
//! has its own `HEAD` and shares refs and configuration with its main tree through `commondir`.
//! Nothing here speaks of trust: these files are the repository's own claims.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use codex_protocol::policy::PLACEHOLDER_MTIME;
use codex_protocol::rollout::GitFacts;

use crate::{bounded, config, refs, url};

/// The two folders that make a repository; the same one except in a linked work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GitDir {
    /// Holds `HEAD`.
    pub(crate) own: PathBuf,
    /// Holds branches, packed refs and configuration.
    pub(crate) common: PathBuf,
}

/// Returns the closest folder at or above `path` that holds a `.git` folder or file.
///
/// `path` is an absolute path of a folder; `None` when it is no folder or lies in no repository.
pub fn find_root(path: &Path) -> Option<PathBuf> {
    if !path.is_dir() {
        return None;
    }
    path.ancestors().find(|folder| folder.join(".git").metadata().is_ok_and(|found| !is_placeholder(&found))).map(Path::to_owned)
}

/// A sandbox puts an empty folder where a `.git` must not be made by a command; it is no repository.
fn is_placeholder(found: &Metadata) -> bool {
    found.is_dir() && found.mtime() == PLACEHOLDER_MTIME
}

/// Reads commit, branch and the URL of `origin` of the repository whose root is `root`.
///
/// Before the first commit there is neither commit nor branch; a detached `HEAD` has no branch.
/// Credentials are removed from the URL. What cannot be read is `None`.
pub fn facts(root: &Path) -> GitFacts {
    let Some(git_dir) = GitDir::of(root) else { return GitFacts::default() };
    let head = refs::head(&git_dir).unwrap_or_default();
    let branch = if head.commit.is_some() { head.branch } else { None };
    GitFacts { commit_hash: head.commit, branch, repository_url: remotes_of(&git_dir).remove("origin") }
}

/// Reads the URL of every remote, by name, credentials removed.
pub fn remotes(root: &Path) -> BTreeMap<String, String> {
    GitDir::of(root).map(|git_dir| remotes_of(&git_dir)).unwrap_or_default()
}

fn remotes_of(git_dir: &GitDir) -> BTreeMap<String, String> {
    const LIMIT: u64 = 1024 * 1024;
    let Some(bytes) = bounded::read(&git_dir.common.join("config"), LIMIT) else { return BTreeMap::new() };
    let mut urls = config::remote_urls(&String::from_utf8_lossy(&bytes));
    for url in urls.values_mut() {
        *url = url::without_credentials(url);
    }
    urls
}

impl GitDir {
    pub(crate) fn of(root: &Path) -> Option<Self> {
        let dot_git = root.join(".git");
        let own = if dot_git.is_dir() {
            dot_git
        } else {
            let text = bounded::read_trimmed(&dot_git)?;
            root.join(text.strip_prefix("gitdir:")?.trim())
        };
        let common = match bounded::read_trimmed(&own.join("commondir")) {
            Some(common) => own.join(common),
            None => own.clone(),
        };
        Some(Self { own, common })
    }
}
