//! Forced removals that lose nothing but files a command may write anyway (C10).
//!
//! Without a sandbox, `rm -f` deserves a question; inside one, with nobody to ask, removing single files below a
//! writable root does not. Anything recursive, anything that is not certain to be below a root, stays refused.

use std::path::{Component, Path, PathBuf};

use codex_shell_command::{Reduction, is_dangerous};

/// Folders a script may have changed to; more are not followed.
const MOST_FOLDERS: usize = 16;

/// Whether every dangerous command among `leaves` only removes single files strictly below one of `roots`. The commands
/// run in the order given, the first one in `cwd`.
pub(super) fn spares_roots(leaves: &[&Reduction], cwd: &Path, roots: &[PathBuf]) -> bool {
    // A `cd` may or may not have happened when the next command runs, so each place counts.
    let mut places = vec![cwd.to_path_buf()];
    for leaf in leaves {
        if leaf.argv.first().is_some_and(|program| program == "cd") {
            let Some(folder) = certain_folder(leaf) else { return false };
            let next: Vec<PathBuf> = places.iter().map(|place| clean(&place.join(folder))).collect();
            places.extend(next);
            places.sort();
            places.dedup();
            if places.len() > MOST_FOLDERS {
                return false;
            }
        } else if is_dangerous(&leaf.argv) && !places.iter().all(|place| removes_files_below(leaf, place, roots)) {
            return false;
        }
    }
    true
}

fn certain_folder(cd: &Reduction) -> Option<&str> {
    match cd.words.as_slice() {
        [_, folder] if !folder.expands && !folder.tilde && !folder.text.starts_with('-') => Some(&folder.text),
        _ => None,
    }
}

/// Whether a command is `rm` with force and without recursion, and all its files lie below a root.
fn removes_files_below(leaf: &Reduction, cwd: &Path, roots: &[PathBuf]) -> bool {
    let Some((program, arguments)) = leaf.words.split_first() else { return false };
    if !matches!(program.text.as_str(), "rm" | "/bin/rm" | "/usr/bin/rm") {
        return false;
    }
    let (mut options_ended, mut files) = (false, 0);
    for argument in arguments {
        let text = argument.text.as_str();
        if !options_ended && text == "--" {
            options_ended = true;
        } else if !options_ended && text.len() > 1 && text.starts_with('-') {
            if !matches!(text, "-f" | "--force" | "-v" | "--verbose" | "-fv" | "-vf") {
                return false;
            }
        } else if is_file_below(argument, cwd, roots) {
            files += 1;
        } else {
            return false;
        }
    }
    files > 0
}

fn is_file_below(word: &codex_shell_command::Word, cwd: &Path, roots: &[PathBuf]) -> bool {
    // `*` and `?` stay within one folder; braces and tildes can lead anywhere.
    let leads_away = word.tilde || (word.expands && word.text.contains(['{', '[']));
    let path = clean(&cwd.join(&word.text));
    !word.text.is_empty() && !leads_away && roots.iter().any(|root| path.starts_with(root) && path != *root)
}

/// Takes `.` and `..` out by their text alone.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            part => clean.push(part),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use codex_shell_command::reduce;

    use super::*;

    fn spares(script: &str) -> bool {
        let argv = ["bash", "-lc", script].map(str::to_owned);
        let reduction = reduce(&argv);
        assert!(reduction.is_fully_plain(), "{script}");
        spares_roots(&reduction.leaves(), Path::new("/w"), &["/w".into(), "/tmp".into()])
    }

    /// C10, A50
    #[test]
    fn removing_single_files_below_a_root_is_spared() {
        for script in [
            "rm -f build/x.o",
            "rm -f a b 'c d'",
            "rm --force -- -x",
            "rm -f *.o && make",
            "cd build && rm -f x.o",
            "rm -f /tmp/x",
            "rm -f ./a/../b",
            "/bin/rm -f a",
            "rm -fv a",
        ] {
            assert!(spares(script), "{script}");
        }
    }

    #[test]
    fn nothing_recursive_nothing_outside_and_no_root_is_spared() {
        for script in [
            "rm -rf build",
            "rm -fr build",
            "rm -r -f build",
            "rm -f ../x",
            "rm -f /etc/passwd",
            "rm -f ~/x",
            "rm -f {a,/etc/passwd}",
            "rm -f .",
            "rm -f /w",
            "rm -f /wide/x",
            "cd .. && rm -f x",
            "cd /etc; rm -f passwd",
            "cd - && rm -f x",
            "cd && rm -f x",
            "cd ~/a && rm -f x",
            "cd a* && rm -f x",
            "rm -f a && git reset --hard",
            "rm -f a; rm -rf b",
            "sudo rm -f a",
            "xargs rm -f a",
            "rm -f ''",
            "rm -f",
        ] {
            assert!(!spares(script), "{script}");
        }
    }
}
