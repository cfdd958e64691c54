//! The line for whoever misses the broker: where there are no namespaces, a command that failed and seems to have wanted git to write.
//!
//! A guess from the words of the command, worth one line of explanation and nothing else.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::machine::Cause;

/// Subcommands with which nearly everything that writes begins.
const WRITING: [&[u8]; 20] = [
    b"add",
    b"am",
    b"apply",
    b"branch",
    b"checkout",
    b"cherry-pick",
    b"commit",
    b"init",
    b"merge",
    b"mv",
    b"rebase",
    b"reset",
    b"restore",
    b"revert",
    b"rm",
    b"stash",
    b"switch",
    b"tag",
    b"update-index",
    b"worktree",
];

/// How many words may stand between `git` and its subcommand: `-C DIR -c KEY=VALUE` and the like.
const OPTIONS: usize = 8;

/// Whether a command mentions git with one of the words that write.
pub(crate) fn wants_git(argv: &[OsString]) -> bool {
    let text = argv.iter().map(|word| word.as_bytes()).collect::<Vec<_>>().join(&b' ');
    let words: Vec<&[u8]> =
        text.split(|byte| !(byte.is_ascii_alphanumeric() || b"-_".contains(byte))).filter(|word| !word.is_empty()).collect();
    let at = |index: usize| words[index + 1..].iter().take(OPTIONS).any(|word| WRITING.contains(word));
    (0..words.len()).any(|index| words[index] == b"git" && at(index))
}

/// What to say.
pub(crate) fn explain(cause: Option<&Cause>) -> String {
    let start = "sandbox: git cannot write to `.git` here, because the broker that does it needs namespaces";
    match cause {
        Some(cause) => format!("{start}, and {cause}; or let git run outside of the sandbox"),
        None => format!("{start}, which this command was started without; let git run outside of the sandbox"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_write_are_found_wherever_git_is_called() {
        let wants = |argv: &[&str]| wants_git(&argv.iter().map(OsString::from).collect::<Vec<_>>());
        for argv in [
            &["git", "commit", "-m", "x"][..],
            &["bash", "-lc", "cargo fmt && git commit -am x"],
            &["sh", "-c", "cd sub; git -C x -c a.b=c add ."],
            &["/usr/bin/git", "init"],
        ] {
            assert!(wants(argv), "{argv:?}");
        }
        for argv in
            [&["git", "status"][..], &["git"], &["commit"], &["bash", "-lc", "cargo add x"], &["legit", "add"], &["sh", "-c", "git log"]]
        {
            assert!(!wants(argv), "{argv:?}");
        }
    }
}
