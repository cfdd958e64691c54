//! Recognises calls of `apply_patch` among commands.
//!
//! Only whole argument vectors; a here-document inside a shell line is found by the crate that parses shell lines.

use crate::parse::parse;

/// A command that is meant as a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchCall<'a> {
    /// `apply_patch PATCH`; holds the patch, which need not parse.
    Explicit(&'a str),
    /// A patch in the place of a command; it parses.
    Bare(&'a str),
}

/// Returns the patch an argument vector asks to apply, if it does.
pub fn maybe_patch_argv(argv: &[String]) -> Option<PatchCall<'_>> {
    match argv {
        [name, patch] if name == "apply_patch" || name == "applypatch" => Some(PatchCall::Explicit(patch)),
        [text] if is_bare_patch(text) => Some(PatchCall::Bare(text)),
        _ => None,
    }
}

/// Whether a command line is really the text of a patch, with `apply_patch` forgotten.
pub fn is_bare_patch(text: &str) -> bool {
    let start = text.trim_start();
    (start.starts_with("***") || start.starts_with("<<")) && parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{PatchCall, is_bare_patch, maybe_patch_argv};

    const PATCH: &str = "*** Begin Patch\n*** Delete File: a\n*** End Patch";

    #[test]
    fn only_exact_calls_and_whole_patches_are_recognised() {
        let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(maybe_patch_argv(&argv(&["apply_patch", "x"])), Some(PatchCall::Explicit("x")));
        assert_eq!(maybe_patch_argv(&argv(&["applypatch", PATCH])), Some(PatchCall::Explicit(PATCH)));
        assert_eq!(maybe_patch_argv(&argv(&[PATCH])), Some(PatchCall::Bare(PATCH)));
        for words in [&["apply_patch"][..], &["apply_patch", "a", "b"], &["/bin/apply_patch", "x"], &["git", "apply"], &["ls"], &[]] {
            assert_eq!(maybe_patch_argv(&argv(words)), None, "{words:?}");
        }
    }

    #[test]
    fn text_that_only_begins_like_a_patch_is_a_command() {
        assert!(is_bare_patch(&format!("  <<EOF\n{PATCH}\nEOF\n")));
        assert!(!is_bare_patch("*** Begin Patch\necho"));
        assert!(!is_bare_patch("echo '*** Begin Patch'"));
    }
}
