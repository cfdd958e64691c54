//! What of a patch fits the tree, what is there already, and what does not fit.

use std::fs;
use std::path::Path;

use codex_apply_patch::{Chunk, ChunkLine, LineKind, Patch, Section, plan};

/// Why one file's change does not fit.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) path: String,
    pub(super) why: String,
}

/// A patch, compared with a tree.
#[derive(Debug)]
pub(super) struct Fit {
    /// What can be applied, in order.
    pub(super) fitting: Patch,
    pub(super) already_there: Vec<String>,
    pub(super) problems: Vec<Problem>,
}

impl Fit {
    /// Tries each section behind those before it that fit.
    pub(super) fn of(patch: Patch, tree: &Path) -> Self {
        let mut fit = Self { fitting: Patch { sections: Vec::new() }, already_there: Vec::new(), problems: Vec::new() };
        let mut done = Patch { sections: Vec::new() };
        for section in patch.sections {
            let path = path_of(&section).to_owned();
            let touched = done.sections.iter().any(|earlier| path_of(earlier) == path);
            if !touched && is_there(&section, tree) {
                fit.already_there.push(path);
                continue;
            }
            done.sections.push(section);
            match obstacle(&done, tree) {
                None => fit.fitting.sections.extend(done.sections.last().cloned()),
                Some(why) => {
                    let section = done.sections.pop();
                    match section.filter(|section| is_undoable(&done, section, tree)) {
                        Some(_) => fit.already_there.push(path),
                        None => fit.problems.push(Problem { path, why }),
                    }
                }
            }
        }
        fit
    }
}

fn path_of(section: &Section) -> &str {
    match section {
        Section::Add { path, .. } | Section::Delete { path } => path,
        Section::Update { path, move_to, .. } => move_to.as_deref().unwrap_or(path),
    }
}

/// Whether a file is new with exactly this content, or gone as it should be.
fn is_there(section: &Section, tree: &Path) -> bool {
    match section {
        Section::Add { path, contents } => fs::read(tree.join(path)).is_ok_and(|text| text == contents.as_bytes()),
        Section::Delete { path } => fs::symlink_metadata(tree.join(path)).is_err(),
        Section::Update { .. } => false,
    }
}

/// Why the last section cannot follow the ones before it.
fn obstacle(patch: &Patch, tree: &Path) -> Option<String> {
    let (last, before) = patch.sections.split_last()?;
    if let Section::Add { path, .. } = last
        && fs::symlink_metadata(tree.join(path)).is_ok()
        && !before.iter().any(|section| matches!(section, Section::Delete { path: gone } if gone == path))
    {
        // The patch language replaces such a file; here it is somebody else's work.
        return Some("a file of that name is there, with other content".to_owned());
    }
    plan(patch, tree).err().map(|error| error.to_string())
}

/// Whether the change could be taken back, so that it has been made.
fn is_undoable(before: &Patch, section: &Section, tree: &Path) -> bool {
    let Section::Update { path, move_to, chunks } = section else { return false };
    let now = move_to.as_ref().unwrap_or(path);
    let reversed = Section::Update { path: now.clone(), move_to: None, chunks: chunks.iter().map(reversed).collect() };
    let sections = before.sections.iter().cloned().chain([reversed]).collect();
    plan(&Patch { sections }, tree).is_ok()
}

fn reversed(chunk: &Chunk) -> Chunk {
    let lines = chunk.lines.iter().map(|line| {
        let kind = match line.kind {
            LineKind::Context => LineKind::Context,
            LineKind::Remove => LineKind::Insert,
            LineKind::Insert => LineKind::Remove,
        };
        ChunkLine { kind, text: line.text.clone() }
    });
    Chunk { lines: lines.collect(), ..chunk.clone() }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn fit(files: &[(&str, &str)], patch: &str) -> (usize, Vec<String>, Vec<String>) {
        let tree = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(tree.path().join(name), content).unwrap();
        }
        let patch = codex_apply_patch::parse(&format!("*** Begin Patch\n{patch}\n*** End Patch")).unwrap();
        let fit = Fit::of(patch, tree.path());
        (fit.fitting.sections.len(), fit.already_there, fit.problems.into_iter().map(|problem| problem.path).collect())
    }

    #[test]
    fn what_fits_what_is_there_and_what_does_not_fit_are_told_apart() {
        let update = "*** Update File: a\n@@\n one\n-two\n+2";
        assert_eq!(fit(&[("a", "one\ntwo\n")], update), (1, vec![], vec![]));
        assert_eq!(fit(&[("a", "one\n2\n")], update), (0, vec!["a".to_owned()], vec![]));
        assert_eq!(fit(&[("a", "other\n")], update), (0, vec![], vec!["a".to_owned()]));
        assert_eq!(fit(&[], update), (0, vec![], vec!["a".to_owned()]));
        let add = "*** Add File: n\n+new";
        assert_eq!(fit(&[], add), (1, vec![], vec![]));
        assert_eq!(fit(&[("n", "new\n")], add), (0, vec!["n".to_owned()], vec![]));
        assert_eq!(fit(&[("n", "mine\n")], add), (0, vec![], vec!["n".to_owned()]));
        assert_eq!(fit(&[], "*** Delete File: d"), (0, vec!["d".to_owned()], vec![]));
        let again = "*** Add File: n\n+new\n*** Update File: n\n@@\n-new\n+newer";
        assert_eq!(fit(&[], again), (2, vec![], vec![]));
    }
}
