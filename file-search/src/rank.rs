//! Ranks the entries of a tree for a query.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::walk::{EntryKind, Tree};

/// Entries a thread ranks at least: below that a second one costs more than it brings.
const FEW: usize = 20_000;

/// One find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The folder that was searched.
    pub root: PathBuf,
    /// The path from there.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// How well it fits; more is better.
    pub score: u32,
    /// Which characters of the path fit, from 0, rising.
    pub indices: Vec<u32>,
}

impl Tree {
    /// The best `most` entries for a query, best first, ties by path. Nothing for an empty query.
    pub fn search(&self, query: &str, most: usize) -> Vec<Hit> {
        if query.trim().is_empty() || most == 0 {
            return Vec::new();
        }
        let pattern = Pattern::new(query, CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy);
        let mut best: Vec<(u32, u32)> = self.ranked(&pattern, most);
        best.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| self.path_of(a.1).cmp(self.path_of(b.1))));
        best.truncate(most);
        let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
        best.into_iter().filter_map(|(score, at)| self.hit(&pattern, &mut matcher, score, at)).collect()
    }

    fn path_of(&self, at: u32) -> &str {
        usize::try_from(at).ok().and_then(|at| self.entries.get(at)).map_or("", |entry| &entry.path)
    }

    /// Score and number of the best entries, in no order.
    fn ranked(&self, pattern: &Pattern, most: usize) -> Vec<(u32, u32)> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from).min(self.entries.len() / FEW + 1);
        let share = self.entries.len().div_ceil(workers).max(1);
        std::thread::scope(|scope| {
            let part = |start: usize| scope.spawn(move || self.best_of(pattern, start..(start + share).min(self.entries.len()), most));
            let parts: Vec<_> = (0..self.entries.len()).step_by(share).map(part).collect();
            parts.into_iter().filter_map(|part| part.join().ok()).flatten().collect()
        })
    }

    fn best_of(&self, pattern: &Pattern, range: std::ops::Range<usize>, most: usize) -> Vec<(u32, u32)> {
        let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
        let mut space = Vec::new();
        // The worst of them is on top; among equals that is the later path.
        let mut best: BinaryHeap<(Reverse<u32>, &str, u32)> = BinaryHeap::new();
        for at in range {
            let path = &*self.entries[at].path;
            let Some(score) = pattern.score(Utf32Str::new(path, &mut space), &mut matcher) else { continue };
            let number = u32::try_from(at).unwrap_or(u32::MAX);
            let candidate = (Reverse(score), path, number);
            if best.len() < most {
                best.push(candidate);
            } else if best.peek().is_some_and(|worst| candidate < *worst) {
                best.pop();
                best.push(candidate);
            }
        }
        best.into_iter().map(|(Reverse(score), _, number)| (score, number)).collect()
    }

    fn hit(&self, pattern: &Pattern, matcher: &mut Matcher, score: u32, at: u32) -> Option<Hit> {
        let entry = self.entries.get(usize::try_from(at).ok()?)?;
        let (mut indices, mut space) = (Vec::new(), Vec::new());
        pattern.indices(Utf32Str::new(&entry.path, &mut space), matcher, &mut indices);
        indices.sort_unstable();
        indices.dedup();
        let root = self.roots.get(usize::try_from(entry.root).ok()?)?.clone();
        Some(Hit { root, path: entry.path.to_string(), kind: entry.kind, score, indices })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use pretty_assertions::assert_eq;

    use super::*;

    fn paths(tree: &Tree, query: &str) -> Vec<String> {
        tree.search(query, 50).into_iter().map(|hit| hit.path).collect()
    }

    #[test]
    fn what_fits_best_comes_first_and_ignored_files_do_not_come() {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in
            [("src/main.rs", ""), ("src/domain.rs", ""), (".hidden", ""), ("target/main.rs", ""), (".gitignore", "target\n")]
        {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir(folder.path().join(".git")).unwrap();
        let tree = Tree::walk(&[folder.path().to_path_buf(), "/nowhere".into()], &|| false);
        assert_eq!(paths(&tree, "main"), ["src/main.rs", "src/domain.rs"]);
        assert_eq!(paths(&tree, "hidden"), [".hidden"]);
        assert_eq!(paths(&tree, ""), Vec::<String>::new());
        let hit = &tree.search("main", 1)[0];
        assert_eq!((hit.kind, &hit.indices[..]), (EntryKind::File, &[4, 5, 6, 7][..]));
        assert!(tree.search("src", 50).iter().any(|hit| hit.kind == EntryKind::Folder && hit.path == "src"));
    }

    #[test]
    fn the_best_of_many_are_found_whatever_their_order() {
        let entries = (0..60_000).map(|number| crate::walk::Entry {
            root: 0,
            kind: EntryKind::File,
            path: if number % 10_007 == 0 { format!("needle{number}") } else { format!("hay/{number}") }.into(),
        });
        let tree = Tree { roots: vec!["/w".into()], entries: entries.collect(), marks: Vec::new() };
        assert_eq!(paths(&tree, "needle").len(), 6);
        assert_eq!(tree.search("needle", 2).len(), 2);
        let mut parts = 0;
        let folder = tempfile::tempdir().unwrap();
        for number in 0..3_000 {
            fs::write(folder.path().join(format!("file{number}")), "").unwrap();
        }
        let grown = Tree::walk_in_parts(&[folder.path().to_path_buf()], &|| false, &mut |part| {
            parts += 1;
            assert!(!part.is_empty() && part.len() <= 3_000);
        });
        assert_eq!((grown.len(), parts < 100), (3_000, true));
        let stopped = Tree::walk(&["/".into()], &|| true);
        assert!(stopped.is_empty());
    }
}
