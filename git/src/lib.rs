//! Facts about a repository, read in-process: its root, commit, branch and remotes, and blob ids.
//!
//! A repository may come from anybody, and running `git` in it runs what its configuration names.
//! So facts are read without a program: from a handful of files, each of them regular and bounded
//! in size, no include followed, and no caller fails: what cannot be read is absent. The few questions
//! that need git itself go through `run`, where everything that a repository could name is switched off.
//!
//! **Not here:** whether a directory is trusted (`codex-config`), diffs of a turn (`codex-core`),
//! and whether the work tree is dirty, which would need the index and every file's content.
//!
//! ```
//! assert_eq!(codex_git::blob_id(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
//! assert_eq!(codex_git::find_root(std::path::Path::new("/nowhere/at/all")), None);
//! ```

mod bounded;
mod config;
mod diff;
mod programs;
mod refs;
mod repository;
mod run;
mod url;

use sha1::{Digest, Sha1};

pub use self::bounded::read as read_bounded;
pub use self::diff::{DiffToRemote, diff_to_remote};
pub use self::programs::names_programs;
pub use self::repository::{facts, find_root, remotes};
pub use self::run::{merge_base, working_diff};

/// Returns the id that git gives a blob of these bytes, as 40 lowercase hex digits.
pub fn blob_id(bytes: &[u8]) -> String {
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {}\0", bytes.len()));
    hasher.update(bytes);
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::blob_id;

    #[test]
    fn blob_ids_are_those_of_git() {
        // Taken from `git hash-object --stdin`.
        assert_eq!(blob_id(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(blob_id(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }
}
