//! The options between `git` and its subcommand.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What stands before the subcommand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Globals {
    /// The folders of `-C`, in order.
    pub folders: Vec<PathBuf>,
    /// The settings of `-c`, as written.
    pub settings: Vec<OsString>,
    /// Pathspec switches as the environment variables git would set for its children.
    pub env: Vec<(&'static str, &'static str)>,
    /// The first option that keeps a writing command from being brokered, such as `--git-dir`.
    pub foreign: Option<String>,
}

/// Pathspec switches and the variables that mean the same.
const PATHSPEC: [(&str, &str); 4] = [
    ("--literal-pathspecs", "GIT_LITERAL_PATHSPECS"),
    ("--glob-pathspecs", "GIT_GLOB_PATHSPECS"),
    ("--noglob-pathspecs", "GIT_NOGLOB_PATHSPECS"),
    ("--icase-pathspecs", "GIT_ICASE_PATHSPECS"),
];

/// Without meaning for a command that shows nothing page by page.
const IDLE: [&str; 6] = ["--no-pager", "-P", "-p", "--paginate", "--no-optional-locks", "--no-advice"];

/// Options whose value can be a word of its own; all of them are foreign to the broker. Not `--exec-path`: without `=` it asks.
const WITH_VALUE: [&str; 5] = ["--git-dir", "--work-tree", "--namespace", "--config-env", "--attr-source"];

/// Takes the words after `git` apart; the rest begins with the subcommand and is empty without one.
pub fn split_globals(words: &[OsString]) -> (Globals, &[OsString]) {
    let mut globals = Globals::default();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let text = word.as_bytes();
        if !text.starts_with(b"-") || text.len() < 2 {
            break;
        }
        at += 1;
        match word.to_str() {
            Some("-C") => globals.folders.extend(words.get(at).map(PathBuf::from)),
            Some("-c") => globals.settings.extend(words.get(at).cloned()),
            Some(idle) if IDLE.contains(&idle) => continue,
            Some(switch) if PATHSPEC.iter().any(|(name, _)| *name == switch) => {
                globals.env.extend(PATHSPEC.iter().filter(|(name, _)| *name == switch).map(|(_, variable)| (*variable, "1")));
                continue;
            }
            _ => {
                globals.foreign.get_or_insert_with(|| shown(word));
                if !WITH_VALUE.iter().any(|name| *name == word) {
                    continue;
                }
            }
        }
        at += 1;
    }
    (globals, words.get(at..).unwrap_or_default())
}

/// A word for a message: one line, no control characters, not long.
pub(crate) fn shown(word: &OsStr) -> String {
    word.to_string_lossy().chars().take(80).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn os(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_subcommand_is_found_behind_every_option() {
        for (line, rest) in [
            ("status -s", "status -s"),
            ("-C sub -C .. add .", "add ."),
            ("-c a.b=c --no-pager commit -m x", "commit -m x"),
            ("--git-dir x add", "add"),
            ("--git-dir=x add", "add"),
            ("--exec-path", ""),
            ("--exec-path=/x add", "add"),
            ("--literal-pathspecs rm x", "rm x"),
            ("--version", ""),
            ("-C", ""),
            ("", ""),
        ] {
            assert_eq!(split_globals(&os(line)).1, os(rest), "{line}");
        }
        let line = os("-C a -c x.y=1 --icase-pathspecs --work-tree t add");
        let (globals, _) = split_globals(&line);
        let expected = Globals {
            folders: vec!["a".into()],
            settings: vec!["x.y=1".into()],
            env: vec![("GIT_ICASE_PATHSPECS", "1")],
            foreign: Some("--work-tree".into()),
        };
        assert_eq!(globals, expected);
    }
}
