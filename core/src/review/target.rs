//! What is to be reviewed, in the words that the reviewer gets.

use std::path::Path;

use codex_protocol::event::ReviewTarget;

/// Returns the reviewer's task. For a branch git is asked where the histories part, with a moment's wait on the disk.
pub(crate) fn task(target: &ReviewTarget, cwd: &Path) -> String {
    match target {
        ReviewTarget::UncommittedChanges => {
            "Review the changes that are not committed yet: what is staged, what is not, and the untracked files. Give your findings, the most severe first."
                .to_owned()
        }
        ReviewTarget::BaseBranch { branch } => against_branch(branch, codex_git::merge_base(cwd, branch).as_deref()),
        ReviewTarget::Commit { sha, title } => {
            let named = title.as_ref().map(|title| format!(" (\"{title}\")")).unwrap_or_default();
            format!("Review the changes that commit {sha}{named} makes. Give your findings, the most severe first.")
        }
        ReviewTarget::Custom { instructions } => instructions.clone(),
    }
}

fn against_branch(branch: &str, merge_base: Option<&str>) -> String {
    match merge_base {
        Some(base) => format!(
            "Review the changes that merging this into the branch '{branch}' would bring. The two part at {base}: `git diff {base}` shows them. Give your findings, the most severe first."
        ),
        None => format!(
            "Review the changes that merging this into the branch '{branch}' would bring. First find where the two part: take the merge base of HEAD and the upstream of '{branch}' (`git rev-parse --abbrev-ref '{branch}@{{upstream}}'`, else a remote branch of that name), then read `git diff` against that commit. Give your findings, the most severe first."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_names_what_is_looked_at() {
        let nowhere = Path::new("/nowhere/at/all");
        assert!(task(&ReviewTarget::UncommittedChanges, nowhere).contains("untracked"));
        let commit = ReviewTarget::Commit { sha: "abc".to_owned(), title: Some("Add it".to_owned()) };
        assert!(task(&commit, nowhere).contains("commit abc (\"Add it\")"));
        let known = against_branch("main", Some("0123"));
        assert!(known.contains("'main'") && known.contains("`git diff 0123`"), "{known}");
        let unknown = task(&ReviewTarget::BaseBranch { branch: "gone".to_owned() }, nowhere);
        assert!(unknown.contains("merge base of HEAD") && unknown.contains("'gone'"), "{unknown}");
        assert_eq!(task(&ReviewTarget::Custom { instructions: "just this".to_owned() }, nowhere), "just this");
    }
}
