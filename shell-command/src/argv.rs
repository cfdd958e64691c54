//! argv and the one string that stands for it.

use std::path::Path;

/// Joins an argv into one line that a POSIX shell would split into the same words.
///
/// This is the text that people and programs see for a command; it is never run.
pub fn join<S: AsRef<str>>(argv: &[S]) -> String {
    // No argv of a real process holds a NUL; one from a model may, and is shown as it is.
    let quoter = shlex::Quoter::new().allow_nul(true);
    quoter.join(argv.iter().map(AsRef::as_ref)).unwrap_or_default()
}

/// Returns SCRIPT of `[bash|zsh|sh, -lc|-c, SCRIPT]`, the shell under any path; `None` for every other argv.
pub fn shell_script(argv: &[String]) -> Option<&str> {
    let [shell, flag, script] = argv else { return None };
    let known = matches!(program_name(shell), "bash" | "zsh" | "sh") && matches!(flag.as_str(), "-lc" | "-c");
    known.then_some(script)
}

/// The file name of a program, whatever its path.
pub(crate) fn program_name(program: &str) -> &str {
    Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or(program)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{join, shell_script};

    fn argv(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn argv_is_shown_as_a_shell_would_read_it() {
        const CASES: &[(&[&str], &str)] = &[
            (&["bash", "-lc", "echo hi"], "bash -lc 'echo hi'"),
            (&["/bin/bash", "-lc", "cat"], "/bin/bash -lc cat"),
            (&["bash", "-lc", "echo hi > out.txt; cat out.txt; ls"], "bash -lc 'echo hi > out.txt; cat out.txt; ls'"),
            (&["bash", "-lc", "sed -n 1,5p README.md"], "bash -lc 'sed -n 1,5p README.md'"),
            (&["rm", "-rf", "zz"], "rm -rf zz"),
            (&["rg", "it's"], r#"rg "it's""#),
            (&["rg", "a'b\"c"], r#"rg "a'b\"c""#),
            (&["rg", "a^b"], "rg a'^b'"),
            (&["rg", "a\\b"], r#"rg "a\\b""#),
            (&["rg", "--context=3", ""], "rg '--context=3' ''"),
            (&["cat", "日本.txt"], "cat '日本.txt'"),
            (&["bash", "-lc", ""], "bash -lc ''"),
            (&[], ""),
        ];
        for (words, expected) in CASES {
            assert_eq!(join(words), *expected);
        }
    }

    #[test]
    fn a_nul_does_not_lose_the_line() {
        assert_eq!(join(&["a\0b", "c"]), "'a\0b' c");
    }

    #[test]
    fn only_three_words_with_a_known_shell_hold_a_script() {
        const CASES: &[(&[&str], Option<&str>)] = &[
            (&["bash", "-lc", "ls"], Some("ls")),
            (&["bash", "-c", "ls"], Some("ls")),
            (&["/usr/bin/zsh", "-lc", "ls"], Some("ls")),
            (&["sh", "-c", ""], Some("")),
            (&["dash", "-c", "ls"], None),
            (&["fish", "-c", "ls"], None),
            (&["bash", "-l", "-c", "ls"], None),
            (&["bash", "-xc", "ls"], None),
            (&["bash", "-lc", "ls", "x"], None),
            (&["bash", "-lc"], None),
            (&["bash"], None),
            (&[], None),
        ];
        for (words, expected) in CASES {
            assert_eq!(shell_script(&argv(words)), *expected, "{words:?}");
        }
    }

    proptest! {
        #[test]
        fn a_joined_argv_splits_back_to_itself(words in prop::collection::vec("[^\0]{0,12}", 0..6)) {
            prop_assert_eq!(shlex::split(&join(&words)), Some(words));
        }
    }
}
