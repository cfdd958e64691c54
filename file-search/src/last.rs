//! The tree that was walked last, for those who ask again and again: walked anew only when something has changed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::walk::{IGNORE_FILES, Mark, Tree};

/// How long a tree is used at most: settings of git that lie elsewhere are not looked at.
const LIFETIME: Duration = Duration::from_secs(10);
/// What changed this shortly before a walk may change again without showing it in its time.
const TOO_NEW: Duration = Duration::from_millis(50);

/// Keeps one tree.
#[derive(Debug, Default)]
pub struct LastTree(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    tree: Arc<Tree>,
    walked: Instant,
    /// Ignore files above the roots.
    above: Vec<Mark>,
    began: SystemTime,
}

impl LastTree {
    /// What is below `roots`: the tree of the last time while every folder and ignore file in it is as it was, else one that is
    /// walked now. Waits for the disk.
    pub fn of(&self, roots: &[PathBuf]) -> Arc<Tree> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = last.as_ref().filter(|kept| kept.tree.roots == roots && kept.is_current()) {
            return Arc::clone(&kept.tree);
        }
        let (walked, began, above) = (Instant::now(), SystemTime::now(), roots.iter().flat_map(|root| ignore_files_above(root)).collect());
        let tree = Arc::new(Tree::walk(roots, &|| false));
        *last = Some(Kept { tree: Arc::clone(&tree), walked, above, began });
        tree
    }
}

impl Kept {
    fn is_current(&self) -> bool {
        let settled = |mark: &Mark| mark.changed.is_none_or(|changed| changed + TOO_NEW < self.began);
        let as_it_was = |mark: &Mark| settled(mark) && Mark::of(mark.path.clone()) == *mark;
        self.walked.elapsed() < LIFETIME && self.tree.marks.iter().chain(&self.above).all(as_it_was)
    }
}

fn ignore_files_above(root: &Path) -> Vec<Mark> {
    root.ancestors().skip(1).flat_map(|folder| IGNORE_FILES.iter().map(|name| Mark::of(folder.join(name)))).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn old(path: &Path) {
        let long_ago = SystemTime::now() - Duration::from_secs(100);
        fs::File::open(path).unwrap().set_modified(long_ago).unwrap();
    }

    #[test]
    fn a_tree_is_walked_again_when_a_folder_or_an_ignore_file_changed_and_not_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path(".git")).unwrap();
        fs::create_dir(path("sub")).unwrap();
        fs::write(path("sub/one"), "").unwrap();
        fs::write(path(".gitignore"), "nothing").unwrap();
        let settle = || ["sub", ".gitignore", ""].iter().for_each(|name| old(&path(name)));
        let (roots, last) = (vec![folder.path().to_path_buf()], LastTree::default());
        let found = |query: &str| !last.of(&roots).search(query, 9).is_empty();
        settle();
        let first = last.of(&roots);
        assert!(Arc::ptr_eq(&first, &last.of(&roots)), "nothing changed");
        assert!(!found("two"));
        fs::write(path("sub/two"), "").unwrap();
        assert!(found("two"));
        // What has just changed is not trusted.
        fs::write(path("sub/three"), "").unwrap();
        assert!(found("three"));
        settle();
        assert!(found("three"));
        fs::write(path(".gitignore"), "one").unwrap();
        assert!(!found("one"));
        assert!(last.of(&[]).is_empty());
    }
}
