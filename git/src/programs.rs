//! Whether a repository's own settings name programs that a command which only looks would run.
//!
//! Whoever runs such a command switches off what can be switched off by name; `fsmonitor`, hooks, pagers and helpers are. What is listed here
//! cannot be: a filter or a driver goes by a name of the repository's choice, and an included file is not looked into. A
//! submodule's settings are read by a git of its own, which nobody outside can tell anything.

use std::fs;
use std::path::{Path, PathBuf};

use crate::repository::GitDir;
use crate::{bounded, config};

/// Settings larger than this are not read, and taken to name programs.
const LIMIT: u64 = 1024 * 1024;

/// Folders of submodules that are looked into; more are taken to name programs.
const SUBMODULES: usize = 64;

/// Returns whether looking at the repository whose root is `root` (`git status`, `log`, `diff`, `show`) may start a program that its
/// settings name and nobody can switch off. Where there is no repository, nothing is named.
pub fn names_programs(root: &Path) -> bool {
    let Some(git_dir) = GitDir::of(root) else { return false };
    let own = [git_dir.common.join("config"), git_dir.own.join("config.worktree"), git_dir.common.join("config.worktree")];
    own.iter().any(|file| names_in(file, stays_on))
        || submodules(&git_dir.common.join("modules")).is_none_or(|files| {
            files.iter().any(|file| names_in(file, |section, key| stays_on(section, key) || switched_off_elsewhere(section, key)))
        })
}

fn names_in(file: &Path, counts: impl Fn(&str, &str) -> bool) -> bool {
    match file.symlink_metadata() {
        Err(_) => false,
        Ok(_) => match bounded::read(file, LIMIT) {
            Some(bytes) => config::keys(&String::from_utf8_lossy(&bytes)).iter().any(|(section, key)| counts(section, key)),
            None => true,
        },
    }
}

/// Section and key in small letters, without a name between them.
fn stays_on(section: &str, key: &str) -> bool {
    match section {
        "diff" => matches!(key, "external" | "command" | "textconv"),
        "filter" => matches!(key, "clean" | "process"),
        "gpg" => key == "program",
        "include" | "includeif" => key == "path",
        _ => false,
    }
}

fn switched_off_elsewhere(section: &str, key: &str) -> bool {
    section == "core" && matches!(key, "fsmonitor" | "hookspath")
}

/// The settings of every submodule below a folder; `None` when there are too many.
fn submodules(folder: &Path) -> Option<Vec<PathBuf>> {
    let (mut found, mut waiting, mut seen) = (Vec::new(), vec![folder.to_owned()], 0);
    while let Some(folder) = waiting.pop() {
        seen += 1;
        if seen > SUBMODULES {
            return None;
        }
        if folder.join("HEAD").exists() {
            found.extend(["config", "config.worktree"].map(|name| folder.join(name)));
            waiting.push(folder.join("modules"));
            continue;
        }
        // A submodule's name may have slashes in it.
        let inside = fs::read_dir(&folder).into_iter().flatten().flatten();
        waiting.extend(inside.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(config: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let git = folder.path().join(".git");
        fs::create_dir_all(git.join("modules/lib/a")).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(git.join("config"), config).unwrap();
        (folder, git)
    }

    /// C4
    #[test]
    fn what_cannot_be_switched_off_by_name_counts_and_the_rest_does_not() {
        for (config, expected) in [
            ("[core]\n\tfsmonitor = p\n\tpager = p\n\thooksPath = p\n[alias]\n\tx = !p\n[merge \"x\"]\n\tdriver = p\n", false),
            ("[remote \"o\"]\n\turl = u\n[branch \"textconv\"]\n\tremote = o\n", false),
            ("[diff]\n\texternal = p\n", true),
            ("[DIFF \"x\"]\n\tTextConv = p\n", true),
            ("[diff \"x\"] command = p\n", true),
            ("[diff.x]\ncommand = p\n", true),
            ("[filter \"lfs\"]\n\tclean = p\n", true),
            ("[filter \"x\"]\n\tsmudge = p\n", false),
            ("[filter \"x\"]\n\tprocess = p\n", true),
            ("[gpg \"ssh\"]\n\tprogram = p\n", true),
            ("[include]\n\tpath = ../evil\n", true),
            ("[includeIf \"gitdir:/\"]\n\tpath = ../evil\n", true),
            ("", false),
        ] {
            let (folder, _) = repository(config);
            assert_eq!(names_programs(folder.path()), expected, "{config}");
        }
        assert!(!names_programs(Path::new("/nowhere/at/all")));
    }

    /// C4
    #[test]
    fn settings_of_work_trees_and_submodules_count_as_well() {
        let (folder, git) = repository("");
        let module = git.join("modules/lib/a");
        fs::write(module.join("HEAD"), "x").unwrap();
        fs::write(module.join("config"), "[core]\n\tworktree = ../../../../lib/a\n").unwrap();
        assert!(!names_programs(folder.path()));
        fs::write(module.join("config"), "[core]\n\tfsmonitor = p\n").unwrap();
        assert!(names_programs(folder.path()));
        fs::remove_dir_all(&module).unwrap();
        fs::write(git.join("config.worktree"), "[diff]\n\texternal = p\n").unwrap();
        assert!(names_programs(folder.path()));
    }

    #[test]
    fn settings_that_cannot_be_read_are_taken_to_name_programs() {
        let (folder, git) = repository("");
        fs::remove_file(git.join("config")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", git.join("config")).unwrap();
        assert!(names_programs(folder.path()));
    }
}
