//! What a work tree has that no remote has: the nearest commit that a remote branch shares, and the difference to it.
//!
//! git reads the work tree's files for that, and a repository's settings may name programs that files pass through. Where
//! they do, nothing is run.

use std::path::Path;
use std::process::Stdio;

use crate::programs::names_programs;
use crate::run::{command, merge_base};

/// Remote branches that are looked at.
const MOST_BRANCHES: usize = 50;
/// Files outside of git that are shown.
const MOST_UNTRACKED: usize = 100;
/// Bytes of one answer.
const LONGEST: usize = 16 << 20;

/// The difference of a work tree to what its remotes have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffToRemote {
    /// The nearest commit that a remote branch has too.
    pub sha: String,
    /// Everything since, changed and untracked files too, in git's format.
    pub diff: String,
}

/// Returns the difference; `None` outside of a repository, without a remote branch that shares a commit, and where the
/// repository's settings name programs.
pub fn diff_to_remote(folder: &Path) -> Option<DiffToRemote> {
    let root = crate::find_root(folder)?;
    if names_programs(&root) {
        return None;
    }
    let sha = nearest(&root)?;
    let mut diff = ask(&root, &["diff", "--no-ext-diff", "--no-textconv", "--no-color", &sha])?;
    let untracked = ask(&root, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    for path in untracked.split('\0').filter(|path| !path.is_empty()).take(MOST_UNTRACKED) {
        let shown = ["diff", "--no-index", "--no-ext-diff", "--no-textconv", "--no-color", "--", "/dev/null", path];
        diff.push_str(&ask(&root, &shown).unwrap_or_default());
    }
    Some(DiffToRemote { sha, diff })
}

/// The commit that the history of `HEAD` shares with a remote branch, with the fewest commits since.
fn nearest(root: &Path) -> Option<String> {
    let branches = ask(root, &["for-each-ref", "--format=%(refname)", "refs/remotes"])?;
    let shared = branches.lines().take(MOST_BRANCHES).filter_map(|branch| merge_base(root, branch));
    let counted = shared.filter_map(|sha| {
        let since = ask(root, &["rev-list", "--count", &format!("{sha}..HEAD")])?;
        Some((since.trim().parse::<u64>().ok()?, sha))
    });
    counted.min().map(|(_, sha)| sha)
}

fn ask(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = command(root).args(arguments).stderr(Stdio::null()).output().ok()?;
    // A difference between two files is told by the exit code 1.
    let answered = output.status.success() || (arguments.contains(&"--no-index") && output.status.code() == Some(1));
    (answered && output.stdout.len() <= LONGEST).then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
