//! What turns did to a folder and the way back, on real folders.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_snapshot::{ChangeKind, Options, Scope, SnapshotError, TurnKey, Workspace, clean};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "w"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    fn w(&self, path: &str) -> PathBuf {
        self.folder.path().join("w").join(path)
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// As a new process would open it.
    fn open(&self) -> Workspace {
        self.open_with(Options::default())
    }

    fn open_with(&self, options: Options) -> Workspace {
        Workspace::open(&self.home(), &self.w(""), options).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.w(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.w(path)).ok()
    }

    fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        collect(&self.w(""), &mut found);
        found
    }
}

/// Every path with its kind, permissions and bytes.
fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        let about = path.symlink_metadata().unwrap();
        let mode = about.mode() & 0o7777;
        let text = if about.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else if about.is_dir() {
            collect(&path, found);
            format!("folder {mode:o}")
        } else {
            format!("file {mode:o} {:?}", fs::read(&path).unwrap())
        };
        found.insert(path, text);
    }
}

fn turn(number: u32) -> TurnKey {
    TurnKey { thread: "session".into(), turn: number.to_string() }
}

fn last() -> Scope {
    Scope::Last { thread: None }
}

/// One turn that does this.
fn during(place: &Place, number: u32, act: impl FnOnce()) {
    place.open().start(&turn(number)).unwrap();
    act();
    place.open().end(&turn(number)).unwrap();
}

#[test]
fn content_permissions_links_and_removed_files_come_back() {
    let place = Place::new();
    place.write("kept", "kept");
    place.write("edited", "one");
    place.write("removed/deep/file", "deep");
    place.write("script", "#!/bin/sh");
    fs::set_permissions(place.w("script"), fs::Permissions::from_mode(0o751)).unwrap();
    symlink("edited", place.w("link")).unwrap();
    fs::create_dir(place.w("empty")).unwrap();
    let before = place.tree();
    during(&place, 1, || {
        place.write("edited", "two");
        place.write("new/file", "new");
        fs::remove_dir_all(place.w("removed")).unwrap();
        fs::remove_dir(place.w("empty")).unwrap();
        place.write("empty", "a file where a folder was");
        fs::remove_file(place.w("link")).unwrap();
        symlink("kept", place.w("link")).unwrap();
        fs::set_permissions(place.w("script"), fs::Permissions::from_mode(0o600)).unwrap();
    });
    let after = place.tree();
    let restored = place.open().undo(&last(), false).unwrap();
    assert_eq!(place.tree(), before);
    assert_eq!((restored.turns, restored.lost), (vec![turn(1)], vec![]));
    assert!(restored.changes.iter().any(|change| change.path == Path::new("new/file") && change.kind == ChangeKind::Removed));
    place.open().redo(false).unwrap();
    assert_eq!(place.tree(), after);
    assert!(matches!(place.open().redo(false), Err(SnapshotError::NothingToRedo(_))));
}

#[test]
fn turns_are_undone_one_after_the_other_or_from_one_on() {
    let place = Place::new();
    place.write("file", "0");
    for number in 1..=4 {
        during(&place, number, || place.write("file", &number.to_string()));
    }
    let workspace = place.open();
    workspace.undo(&last(), false).unwrap();
    workspace.undo(&last(), false).unwrap();
    assert_eq!(place.read("file").unwrap(), "2");
    assert_eq!(workspace.turns().unwrap().iter().map(|turn| turn.undone).collect::<Vec<_>>(), [false, false, true, true]);
    workspace.redo(false).unwrap();
    assert_eq!(place.read("file").unwrap(), "3");
    assert_eq!(workspace.undo(&Scope::From(turn(1)), false).unwrap().turns, [turn(1), turn(2), turn(3)]);
    assert_eq!(place.read("file").unwrap(), "0");
    assert!(matches!(workspace.undo(&last(), false), Err(SnapshotError::NothingToUndo(_))));
    assert!(matches!(workspace.undo(&Scope::From(turn(9)), false), Err(SnapshotError::NoSuchTurn(_))));
    workspace.redo(false).unwrap();
    assert_eq!(place.read("file").unwrap(), "3");
}

#[test]
fn what_somebody_changed_since_is_not_overwritten_unasked() {
    let place = Place::new();
    place.write("mine", "0");
    place.write("other", "0");
    during(&place, 1, || {
        place.write("mine", "turn");
        place.write("other", "turn");
    });
    place.write("mine", "mine");
    let Err(SnapshotError::Conflict(paths)) = place.open().undo(&last(), false) else { panic!("a conflict") };
    assert_eq!(paths, [PathBuf::from("mine")]);
    assert_eq!((place.read("mine").unwrap(), place.read("other").unwrap()), ("mine".into(), "turn".into()));
    place.open().undo(&last(), true).unwrap();
    assert_eq!((place.read("mine").unwrap(), place.read("other").unwrap()), ("0".into(), "0".into()));
    // What the force took away is not lost.
    place.open().redo(false).unwrap();
    assert_eq!(place.read("mine").unwrap(), "mine");
}

#[test]
fn what_somebody_changed_between_two_turns_is_not_overwritten_either() {
    let place = Place::new();
    place.write("file", "0");
    during(&place, 1, || place.write("file", "1"));
    place.write("file", "mine");
    during(&place, 2, || place.write("file", "2"));
    assert!(matches!(place.open().undo(&Scope::From(turn(1)), false), Err(SnapshotError::Conflict(_))));
    place.open().undo(&last(), false).unwrap();
    assert_eq!(place.read("file").unwrap(), "mine");
}

#[test]
fn the_changes_of_a_turn_that_was_cut_off_are_asked_about() {
    let place = Place::new();
    place.write("file", "0");
    place.open().start(&turn(1)).unwrap();
    place.write("file", "1");
    assert!(matches!(place.open().undo(&last(), false), Err(SnapshotError::Conflict(_))));
    assert_eq!(place.open().undo(&last(), true).unwrap().turns, [turn(1)]);
    assert_eq!(place.read("file").unwrap(), "0");
}

#[test]
fn other_sessions_turns_stay() {
    let place = Place::new();
    let other = TurnKey { thread: "other".into(), turn: "1".into() };
    during(&place, 1, || place.write("a", "a"));
    place.open().start(&other).unwrap();
    place.write("b", "b");
    place.open().end(&other).unwrap();
    place.open().undo(&Scope::Last { thread: Some("session".into()) }, false).unwrap();
    assert_eq!((place.read("a"), place.read("b")), (None, Some("b".into())));
}

#[test]
fn turns_at_the_same_time_are_told_apart_only_with_a_question() {
    let place = Place::new();
    let other = TurnKey { thread: "other".into(), turn: "1".into() };
    place.open().start(&turn(1)).unwrap();
    place.open().start(&other).unwrap();
    place.write("file", "whose?");
    place.open().end(&turn(1)).unwrap();
    place.open().end(&other).unwrap();
    assert!(matches!(place.open().undo(&last(), false), Err(SnapshotError::Conflict(_))));
    // Somebody who only looks on does not disturb.
    place.open().start(&turn(2)).unwrap();
    place.open().prepare().unwrap();
    place.write("second", "mine");
    place.open().end(&turn(2)).unwrap();
    place.open().undo(&last(), false).unwrap();
    assert_eq!(place.read("second"), None);
}

#[test]
fn a_change_that_keeps_size_and_times_is_seen_when_it_comes_at_once() {
    let place = Place::new();
    place.write("file", "aaaa");
    let times = fs::metadata(place.w("file")).unwrap().modified().unwrap();
    during(&place, 1, || {
        place.write("file", "bbbb");
        fs::File::options().write(true).open(place.w("file")).unwrap().set_modified(times).unwrap();
    });
    place.open().undo(&last(), false).unwrap();
    assert_eq!(place.read("file").unwrap(), "aaaa");
}

#[test]
fn git_and_our_own_home_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("w/state/home");
    fs::create_dir_all(&home).unwrap();
    let root = folder.path().join("w");
    fs::create_dir(root.join(".git")).unwrap();
    let workspace = Workspace::open(&home, &root, Options::default()).unwrap();
    workspace.start(&turn(1)).unwrap();
    fs::write(root.join(".git/index"), "new").unwrap();
    fs::write(home.join("config.toml"), "new").unwrap();
    fs::write(root.join("file"), "new").unwrap();
    assert_eq!(workspace.end(&turn(1)).unwrap().changed, 1);
    workspace.undo(&last(), false).unwrap();
    assert!(root.join(".git/index").exists() && home.join("config.toml").exists() && !root.join("file").exists());
    for not_followed in [&home, &folder.path().join("w/state"), Path::new("/")] {
        assert!(matches!(Workspace::open(&home, not_followed, Options::default()), Err(SnapshotError::NotAWorkspace(_))));
    }
}

#[test]
fn a_folder_that_became_a_link_leads_nowhere() {
    let place = Place::new();
    let outside = place.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("file"), "theirs").unwrap();
    place.write("folder/file", "mine");
    during(&place, 1, || {
        fs::remove_dir_all(place.w("folder")).unwrap();
        symlink(&outside, place.w("folder")).unwrap();
    });
    place.open().undo(&last(), false).unwrap();
    assert_eq!(place.read("folder/file").unwrap(), "mine");
    assert!(!place.w("folder").is_symlink());
    assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), "theirs");
    // Forced through a link that was put there afterwards.
    during(&place, 2, || place.write("folder/file", "edited"));
    fs::rename(place.w("folder"), place.w("moved")).unwrap();
    symlink(&outside, place.w("folder")).unwrap();
    let _ = place.open().undo(&last(), true);
    assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), "theirs");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}

#[test]
fn large_files_are_named_and_not_kept() {
    let place = Place::new();
    let small = Options { max_file: 10, ..Options::default() };
    place.write("large", "more than ten bytes");
    place.write("small", "ten bytes");
    place.open_with(small.clone()).start(&turn(1)).unwrap();
    fs::remove_file(place.w("large")).unwrap();
    fs::remove_file(place.w("small")).unwrap();
    place.open_with(small.clone()).end(&turn(1)).unwrap();
    let restored = place.open_with(small).undo(&last(), false).unwrap();
    assert_eq!(restored.lost, [PathBuf::from("large")]);
    assert_eq!((place.read("large"), place.read("small").unwrap().as_str()), (None, "ten bytes"));
}

#[test]
fn a_large_file_is_restored_from_a_file_of_its_own() {
    let place = Place::new();
    let large = "0123456789abcdef".repeat(200_000);
    place.write("large", &large);
    during(&place, 1, || place.write("large", "cut"));
    place.open().undo(&last(), false).unwrap();
    assert_eq!(place.read("large").unwrap(), large);
}

#[test]
fn build_output_that_git_ignores_is_not_kept_and_small_ignored_files_are() {
    let place = Place::new();
    place.write(".gitignore", "/target\n.env*\n/cache/\n");
    place.write(".env", "KEY=1");
    place.write("cache/small", "small");
    for number in 0..2100 {
        place.write(&format!("target/{number}"), "x");
    }
    let workspace = place.open();
    assert!(workspace.start(&turn(1)).unwrap().files < 10);
    fs::remove_file(place.w(".env")).unwrap();
    place.write("cache/small", "changed");
    place.write("target/1", "changed");
    assert_eq!(workspace.end(&turn(1)).unwrap().changed, 2);
    workspace.undo(&last(), false).unwrap();
    assert_eq!((place.read(".env").unwrap(), place.read("cache/small").unwrap()), ("KEY=1".into(), "small".into()));
    assert_eq!(place.read("target/1").unwrap(), "changed");
}

#[test]
fn an_unchanged_tree_is_not_read_again() {
    let place = Place::new();
    for number in 0..50 {
        place.write(&format!("{}/{number}", number % 7), "text");
    }
    // Files so new that a change could have the same times are read once more; make them older.
    let old = std::time::SystemTime::now() - Duration::from_secs(100);
    for path in place.tree().keys().filter(|path| path.is_file()) {
        fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
    assert!(place.open().start(&turn(1)).unwrap().first);
    // The kernel's own time of the last change cannot be set, so the tick it is in has to pass.
    let passed = std::time::Instant::now();
    while passed.elapsed() < Duration::from_millis(50) {
        std::thread::yield_now();
    }
    place.open().end(&turn(1)).unwrap();
    let report = place.open().start(&turn(2)).unwrap();
    assert_eq!((report.read, report.changed, report.first), (0, 0, false));
}

#[test]
fn what_is_kept_is_private_and_bounded() {
    let place = Place::new();
    let options = Options { max_points: 10, ..Options::default() };
    for number in 1..=40 {
        place.open_with(options.clone()).start(&turn(number)).unwrap();
        place.write("file", &format!("{number}"));
        place.open_with(options.clone()).end(&turn(number)).unwrap();
    }
    let workspace = place.open_with(options);
    assert!(workspace.turns().unwrap().len() <= 6);
    workspace.undo(&last(), false).unwrap();
    assert_eq!(place.read("file").unwrap(), "39");
    let mut files = 0;
    let mut folders = vec![place.home().join("snapshots")];
    while let Some(folder) = folders.pop() {
        assert_eq!(folder.metadata().unwrap().mode() & 0o077, 0, "{}", folder.display());
        for item in fs::read_dir(&folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                assert_eq!(path.metadata().unwrap().mode() & 0o077, 0, "{}", path.display());
            }
        }
    }
    assert!(files < 40, "{files} files are kept");
}

#[test]
fn too_many_files_are_an_error_and_not_a_wait() {
    let place = Place::new();
    for number in 0..20 {
        place.write(&number.to_string(), "");
    }
    let workspace = place.open_with(Options { max_files: 10, ..Options::default() });
    assert!(matches!(workspace.start(&turn(1)), Err(SnapshotError::TooMany { limit: 10, .. })));
}

#[test]
fn a_lost_or_damaged_index_is_made_anew() {
    let place = Place::new();
    place.write("file", "0");
    during(&place, 1, || place.write("file", "1"));
    let store = fs::read_dir(place.home().join("snapshots")).unwrap().next().unwrap().unwrap().path();
    for (number, damage) in (2..).zip(["cut", "gone", "torn log"]) {
        let index = store.join("index");
        let bytes = fs::read(&index).unwrap();
        match damage {
            "cut" => fs::write(&index, &bytes[..bytes.len() / 2]).unwrap(),
            "gone" => fs::remove_file(&index).unwrap(),
            _ => {
                let log = store.join("points.jsonl");
                let text = fs::read(&log).unwrap();
                fs::write(&log, [&text[..], b"{\"n\":9"].concat()).unwrap();
            }
        }
        during(&place, number, || place.write("file", damage));
        place.open().undo(&last(), false).unwrap();
        assert_eq!(place.read("file").unwrap(), "1", "{damage}");
    }
}

#[test]
fn stores_of_workspaces_that_are_gone_are_removed() {
    let place = Place::new();
    during(&place, 1, || place.write("file", "1"));
    assert_eq!(clean(&place.home(), Duration::from_secs(60), false).unwrap(), []);
    assert_eq!(clean(&place.home(), Duration::ZERO, true).unwrap().len(), 1);
    fs::remove_dir_all(place.w("")).unwrap();
    let cleaned = clean(&place.home(), Duration::from_secs(60), false).unwrap();
    assert_eq!((cleaned.len(), cleaned[0].bytes > 0), (1, true));
    assert_eq!(fs::read_dir(place.home().join("snapshots")).unwrap().count(), 0);
}

/// One thing that a command of a turn, or the user, may do.
#[derive(Clone, Debug)]
enum Act {
    Write(usize, u16),
    Append(usize),
    Remove(usize),
    Mode(usize, u32),
    Link(usize, usize),
    Rename(usize, usize),
}

/// Paths that get in each other's way.
const PATHS: [&str; 10] = ["a", "b", "d/a", "d/b", "d/e/a", "d/e", "f/g/h/i", "f/g", "ü", "with space"];

fn act() -> impl Strategy<Value = Act> {
    let path = 0..PATHS.len();
    prop_oneof![
        4 => (path.clone(), any::<u16>()).prop_map(|(path, size)| Act::Write(path, size % 3000)),
        2 => path.clone().prop_map(Act::Append),
        3 => path.clone().prop_map(Act::Remove),
        1 => (path.clone(), prop_oneof![Just(0o600_u32), Just(0o644), Just(0o755), Just(0o700)]).prop_map(|(path, mode)| Act::Mode(path, mode)),
        1 => (path.clone(), path.clone()).prop_map(|(path, to)| Act::Link(path, to)),
        1 => (path.clone(), path).prop_map(|(path, to)| Act::Rename(path, to)),
    ]
}

/// Does it as far as it can be done.
fn carry_out(root: &Path, act: &Act) {
    let at = |path: &usize| root.join(PATHS[*path]);
    let parents = |path: &Path| drop(fs::create_dir_all(path.parent().unwrap()));
    match act {
        Act::Write(path, size) => {
            parents(&at(path));
            let _ = fs::write(at(path), vec![*path as u8; usize::from(*size)]);
        }
        Act::Append(path) => {
            let text = fs::read(at(path)).unwrap_or_default();
            let _ = fs::write(at(path), [&text[..], b"+"].concat());
        }
        Act::Remove(path) => drop(fs::remove_file(at(path)).or_else(|_| fs::remove_dir_all(at(path)))),
        Act::Mode(path, mode) => {
            if !at(path).is_symlink() {
                let _ = fs::set_permissions(at(path), fs::Permissions::from_mode(*mode));
            }
        }
        Act::Link(path, to) => {
            parents(&at(path));
            let _ = symlink(PATHS[*to], at(path));
        }
        Act::Rename(path, to) => {
            parents(&at(to));
            let _ = fs::rename(at(path), at(to));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever turns did, undoing them one by one goes through the same trees backwards, and doing them again forwards.
    #[test]
    fn every_tree_comes_back(turns in prop::collection::vec(prop::collection::vec(act(), 1..8), 1..5)) {
        let place = Place::new();
        let root = place.w("");
        let mut trees = vec![place.tree()];
        for (number, acts) in turns.iter().enumerate() {
            during(&place, u32::try_from(number).unwrap(), || acts.iter().for_each(|act| carry_out(&root, act)));
            trees.push(place.tree());
        }
        trees.dedup();
        let newest_first: Vec<_> = trees.iter().rev().collect();
        for tree in &newest_first[1..] {
            place.open().undo(&last(), false).unwrap();
            prop_assert_eq!(&place.tree(), *tree);
        }
        for tree in &trees[1..] {
            place.open().redo(false).unwrap();
            prop_assert_eq!(&place.tree(), tree);
        }
        if let (true, Some(first)) = (trees.len() > 1, place.open().turns().unwrap().first()) {
            place.open().undo(&Scope::From(first.turn.clone()), false).unwrap();
            prop_assert_eq!(&place.tree(), &trees[0]);
        }
    }
}
