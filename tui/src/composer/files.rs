//! The work behind `@`: listing what is below a folder and ranking it for what was typed. Blocking; whoever has a thread runs it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use codex_file_search::{EntryKind, Tree};

/// Finds that are handed on.
const MOST_HITS: usize = 50;
/// After this time the list of files is made anew.
const FRESH: Duration = Duration::from_secs(20);

/// What was found for a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHits {
    /// What was looked for.
    pub query: String,
    /// The best first.
    pub hits: Vec<FileHit>,
    /// Whether no more will come.
    pub done: bool,
}

/// One find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHit {
    /// The path from the folder; folders end with `/`.
    pub path: String,
    /// The characters of the path that fit, from 0, rising.
    pub matched: Vec<usize>,
}

/// Finds files below a folder.
#[derive(Debug)]
pub struct FileFinder {
    root: PathBuf,
    tree: Option<(Tree, Instant)>,
}

impl FileFinder {
    /// For the files below `root`; nothing is read yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root, tree: None }
    }

    /// Finds what fits a query. Blocks: the first time, and when the list has grown old, the folder is walked. What is found on
    /// the way is handed to `part` as it comes, a whole answer each time. `stop` ends the walk, and then nothing counts as done.
    pub fn find(&mut self, query: &str, stop: &(dyn Fn() -> bool + Sync), part: &mut dyn FnMut(FileHits)) {
        let fresh = self.tree.as_ref().is_some_and(|(_, made)| made.elapsed() < FRESH);
        if !fresh {
            // An old list answers at once; the new one corrects it.
            if let Some((tree, _)) = &self.tree {
                part(hits(tree, query, false));
            }
            let tree = Tree::walk_in_parts(std::slice::from_ref(&self.root), stop, &mut |tree| part(hits(tree, query, false)));
            if stop() {
                return;
            }
            self.tree = Some((tree, Instant::now()));
        }
        if let Some((tree, _)) = &self.tree {
            part(hits(tree, query, true));
        }
    }
}

fn hits(tree: &Tree, query: &str, done: bool) -> FileHits {
    let found = tree.search(query, MOST_HITS).into_iter().map(|hit| {
        let slash = if hit.kind == EntryKind::Folder { "/" } else { "" };
        let matched = hit.indices.iter().filter_map(|at| usize::try_from(*at).ok()).collect();
        FileHit { path: format!("{}{slash}", hit.path), matched }
    });
    FileHits { query: query.to_owned(), hits: found.collect(), done }
}
