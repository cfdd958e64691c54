//! All changes that patches made in a turn, as one diff in git format.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use codex_git::blob_id;
use similar::TextDiff;

/// Files above this size are named in the diff but not compared.
const COMPARED_BYTES: usize = 4 * 1024 * 1024;

/// A file's content at the start of the turn and now; `None` where it does not exist.
#[derive(Debug)]
struct Versions {
    before: Option<Vec<u8>>,
    now: Option<Vec<u8>>,
}

/// Remembers what patches did since the turn began.
#[derive(Debug, Default)]
pub(crate) struct TurnDiffTracker {
    files: BTreeMap<PathBuf, Versions>,
}

impl TurnDiffTracker {
    /// Takes one change: what the file held before the patch and holds now.
    pub(crate) fn record(&mut self, path: &Path, before: Option<&[u8]>, now: Option<&[u8]>) {
        let now = now.map(<[u8]>::to_vec);
        match self.files.get_mut(path) {
            Some(versions) => versions.now = now,
            None => {
                self.files.insert(path.to_path_buf(), Versions { before: before.map(<[u8]>::to_vec), now });
            }
        }
    }

    /// The diff, paths relative to `root`. Empty when everything is as it was.
    pub(crate) fn unified(&self, root: &Path) -> String {
        let mut diff = String::new();
        for (path, versions) in &self.files {
            if versions.before != versions.now {
                let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
                file_diff(&mut diff, &shown, versions);
            }
        }
        diff
    }
}

fn file_diff(diff: &mut String, path: &str, versions: &Versions) {
    const NO_BLOB: &str = "0000000000000000000000000000000000000000";
    let id = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or_else(|| NO_BLOB.to_owned(), blob_id);
    let (before_id, now_id) = (id(&versions.before), id(&versions.now));
    let _ = writeln!(diff, "diff --git a/{path} b/{path}");
    let mode = match (&versions.before, &versions.now) {
        (None, Some(_)) => {
            diff.push_str("new file mode 100644\n");
            ""
        }
        (Some(_), None) => {
            diff.push_str("deleted file mode 100644\n");
            ""
        }
        _ => " 100644",
    };
    let _ = writeln!(diff, "index {before_id}..{now_id}{mode}");
    let empty = Vec::new();
    let (before, now) = (versions.before.as_ref().unwrap_or(&empty), versions.now.as_ref().unwrap_or(&empty));
    let from = if versions.before.is_some() { format!("a/{path}") } else { "/dev/null".to_owned() };
    let to = if versions.now.is_some() { format!("b/{path}") } else { "/dev/null".to_owned() };
    let (Ok(before), Ok(now)) = (std::str::from_utf8(before), std::str::from_utf8(now)) else {
        let _ = writeln!(diff, "Binary files {from} and {to} differ");
        return;
    };
    if before.len() + now.len() > COMPARED_BYTES {
        let _ = writeln!(diff, "Files {from} and {to} differ; too large to show");
        return;
    }
    let text = TextDiff::from_lines(before, now);
    let _ = write!(diff, "{}", text.unified_diff().context_radius(3).header(&from, &to));
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn two_patches_of_one_file_show_as_one_change() {
        let mut tracker = TurnDiffTracker::default();
        tracker.record(Path::new("/w/a.txt"), Some(b"one\n"), Some(b"two\n"));
        tracker.record(Path::new("/w/a.txt"), Some(b"two\n"), Some(b"three\n"));
        let want = "diff --git a/a.txt b/a.txt\n\
            index 5626abf0f72e58d7a153368ba57db4c673c0e171..2bdf67abb163a4ffb2d7f3f0880c9fe5068ce782 100644\n\
            --- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+three\n";
        assert_eq!(tracker.unified(Path::new("/w")), want);
    }

    #[test]
    fn a_file_made_and_removed_in_the_same_turn_leaves_nothing() {
        let mut tracker = TurnDiffTracker::default();
        tracker.record(Path::new("/w/a.txt"), None, Some(b"one\n"));
        tracker.record(Path::new("/w/a.txt"), Some(b"one\n"), None);
        assert_eq!(tracker.unified(Path::new("/w")), "");
    }
}
