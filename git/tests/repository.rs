//! Repositories laid out file by file: no `git` runs here either.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;

use codex_git::{facts, find_root, remotes};
use codex_protocol::rollout::GitFacts;
use pretty_assertions::assert_eq;

const COMMIT: &str = "4b0a452952a81e801166db215eda137338955786";
const OTHER: &str = "5b0a452952a81e801166db215eda137338955786";

/// Name and text of each file.
type Files<'a> = &'a [(&'a str, &'a str)];

fn lay(root: &Path, files: Files<'_>) {
    for (name, text) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn known(commit: Option<&str>, branch: Option<&str>, url: Option<&str>) -> GitFacts {
    GitFacts { commit_hash: commit.map(str::to_owned), branch: branch.map(str::to_owned), repository_url: url.map(str::to_owned) }
}

#[test]
fn the_root_is_the_closest_folder_with_a_git_folder_or_file() {
    let home = tempfile::tempdir().unwrap();
    let outer = home.path().join("outer");
    lay(&outer, &[(".git/HEAD", "ref: refs/heads/main\n"), ("src/deep/f.txt", ""), ("sub/.git", "gitdir: ../.git/modules/sub\n")]);
    assert_eq!(find_root(&outer), Some(outer.clone()));
    assert_eq!(find_root(&outer.join("src/deep")), Some(outer.clone()));
    assert_eq!(find_root(&outer.join("sub")), Some(outer.join("sub")));
    assert_eq!(find_root(&outer.join("src/deep/f.txt")), None);
    assert_eq!(find_root(&outer.join("missing")), None);
}

#[test]
fn facts_follow_head_through_loose_and_packed_refs() {
    let packed = format!("# pack-refs with: peeled fully-peeled sorted\n{OTHER} refs/heads/main\n^{COMMIT}\n{COMMIT} refs/tags/v1\n");
    let cases: &[(&str, Files<'_>, GitFacts)] = &[
        (
            "loose",
            &[(".git/HEAD", "ref: refs/heads/feat/x\n"), (".git/refs/heads/feat/x", &format!("{COMMIT}\n"))],
            known(Some(COMMIT), Some("feat/x"), None),
        ),
        ("packed", &[(".git/HEAD", "ref: refs/heads/main"), (".git/packed-refs", &packed)], known(Some(OTHER), Some("main"), None)),
        (
            "loose before packed",
            &[(".git/HEAD", "ref: refs/heads/main"), (".git/packed-refs", &packed), (".git/refs/heads/main", COMMIT)],
            known(Some(COMMIT), Some("main"), None),
        ),
        ("detached", &[(".git/HEAD", COMMIT)], known(Some(COMMIT), None, None)),
        (
            "no commit yet",
            &[(".git/HEAD", "ref: refs/heads/main"), (".git/config", "[remote \"origin\"]\n\turl = https://u:t@h/a.git\n")],
            known(None, None, Some("https://h/a.git")),
        ),
        (
            "a symbolic branch",
            &[(".git/HEAD", "ref: refs/heads/a"), (".git/refs/heads/a", "ref: refs/heads/b"), (".git/refs/heads/b", COMMIT)],
            known(Some(COMMIT), Some("a"), None),
        ),
        (
            "symbolic refs in a circle",
            &[(".git/HEAD", "ref: refs/heads/a"), (".git/refs/heads/a", "ref: refs/heads/a")],
            known(None, None, None),
        ),
        ("a ref that leads out", &[(".git/HEAD", "ref: refs/../../secret"), ("secret", COMMIT)], known(None, None, None)),
        ("an empty folder", &[(".git/x", "")], known(None, None, None)),
        ("garbage", &[(".git/HEAD", "\0\0"), (".git/config", "[[[\n=\n")], known(None, None, None)),
        ("no repository", &[], known(None, None, None)),
    ];
    for (name, files, expected) in cases {
        let home = tempfile::tempdir().unwrap();
        lay(home.path(), files);
        assert_eq!(facts(home.path()), *expected, "{name}");
    }
}

#[test]
fn a_linked_work_tree_has_its_own_head_and_the_refs_and_remotes_of_its_main_tree() {
    let home = tempfile::tempdir().unwrap();
    lay(
        home.path(),
        &[
            ("main/.git/HEAD", "ref: refs/heads/main"),
            ("main/.git/refs/heads/main", OTHER),
            ("main/.git/refs/heads/wt", COMMIT),
            ("main/.git/config", "[remote \"origin\"]\nurl = ssh://git:pw@h/x\n[remote \"up\"]\nurl = h:y\n"),
            ("main/.git/worktrees/linked/HEAD", "ref: refs/heads/wt"),
            ("main/.git/worktrees/linked/commondir", "../..\n"),
            ("linked/.git", "gitdir: ../main/.git/worktrees/linked\n"),
        ],
    );
    assert_eq!(facts(&home.path().join("linked")), known(Some(COMMIT), Some("wt"), Some("ssh://git@h/x")));
    let expected = [("origin", "ssh://git@h/x"), ("up", "h:y")].map(|(name, url)| (name.to_owned(), url.to_owned()));
    assert_eq!(remotes(&home.path().join("linked")), expected.into());
}

#[test]
fn pipes_devices_and_oversized_files_are_passed_over() {
    let home = tempfile::tempdir().unwrap();
    let git = home.path().join(".git");
    fs::create_dir_all(&git).unwrap();
    // A reader that blocked on the pipe, or read the device to its end, would never come back.
    rustix::fs::mknodat(rustix::fs::CWD, git.join("HEAD"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    std::os::unix::fs::symlink("/dev/zero", git.join("config")).unwrap();
    assert_eq!(facts(home.path()), known(None, None, None));

    fs::remove_file(git.join("config")).unwrap();
    let huge = format!("[remote \"origin\"]\nurl = x\n{}", "#".repeat(2 * 1024 * 1024));
    fs::write(git.join("config"), huge).unwrap();
    assert!(remotes(home.path()).is_empty());
}
