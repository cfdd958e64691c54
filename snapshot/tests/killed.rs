//! Undo, redo and the looks at a workspace, killed at every system call that changes a file: the next start finishes what was
//! begun, or nothing of it was done, and nothing that was kept is lost. A program of its own, because it starts itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use codex_snapshot::{Options, Scope, SnapshotError, TurnKey, Workspace};

/// Every call by which anything is changed.
const CALLS: [&str; 12] =
    ["openat", "write", "pwrite64", "ftruncate", "rename", "renameat", "unlink", "unlinkat", "mkdir", "mkdirat", "symlinkat", "fchmod"];

/// A call of a kind, by its number from 1.
#[derive(Clone, Copy, Debug)]
struct Call(&'static str, usize);

type Picture = BTreeMap<PathBuf, String>;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A workspace in which one turn changed five files in five ways.
    fn after_a_turn() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(place.folder.path().join("home")).unwrap();
        fs::create_dir_all(place.w("old/deep")).unwrap();
        for (path, text) in [("edited", "one"), ("removed", "here"), ("old/deep/file", "deep"), ("script", "#!/bin/sh"), ("kind", "a file")]
        {
            fs::write(place.w(path), text).unwrap();
        }
        act("start", place.folder.path());
        fs::write(place.w("edited"), "two").unwrap();
        fs::remove_file(place.w("removed")).unwrap();
        fs::remove_dir_all(place.w("old")).unwrap();
        fs::set_permissions(place.w("script"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::remove_file(place.w("kind")).unwrap();
        fs::create_dir(place.w("kind")).unwrap();
        symlink("../edited", place.w("kind/link")).unwrap();
        place
    }

    fn w(&self, path: &str) -> PathBuf {
        self.folder.path().join("w").join(path)
    }

    fn picture(&self) -> Picture {
        let mut picture = BTreeMap::new();
        let mut folders = vec![self.w("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let meta = path.symlink_metadata().unwrap();
                let what = if meta.is_dir() {
                    folders.push(path.clone());
                    format!("folder {:o}", meta.mode())
                } else if meta.is_symlink() {
                    format!("link {}", fs::read_link(&path).unwrap().display())
                } else {
                    format!("file {:o} {:?}", meta.mode(), fs::read_to_string(&path).unwrap())
                };
                picture.insert(path.strip_prefix(self.w("")).unwrap().to_owned(), what);
            }
        }
        picture
    }

    fn killed_at(&self, Call(name, number): Call, what: &str) -> ExitStatus {
        #[expect(clippy::disallowed_methods, reason = "a test starts itself under a tracer")]
        let mut command = Command::new("strace");
        command.args(["-f", "-qqq", "-o", "/dev/null", "-e", &format!("trace={name}")]);
        command.args(["-e", &format!("inject={name}:signal=KILL:when={number}")]);
        command.arg(std::env::current_exe().unwrap()).arg(what).arg(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
    }
}

fn open(place: &Path) -> Workspace {
    // One thread, so that the same number is always the same call.
    Workspace::open(&place.join("home"), &place.join("w"), Options { threads: 1, ..Options::default() }).unwrap()
}

fn last() -> Scope {
    Scope::Last { thread: None }
}

fn act(what: &str, place: &Path) {
    let workspace = open(place);
    let turn = |number: u32| TurnKey { thread: "session".into(), turn: number.to_string() };
    match what {
        "start" => drop(workspace.start(&turn(1)).unwrap()),
        "end" => drop(workspace.end(&turn(1)).unwrap()),
        "next" => drop(workspace.start(&turn(2)).unwrap()),
        "undo" => drop(workspace.undo(&last(), false).unwrap()),
        "redo" => drop(workspace.redo(false).unwrap()),
        // What any start does.
        _ => drop(workspace.turns().unwrap()),
    }
}

/// Kills `what` at a call, and lets the next start see to it. Returns the place, and `false` when it was through before.
fn killed(what: &str, call: Call) -> (Place, bool) {
    let place = Place::after_a_turn();
    let before: &[&str] = match what {
        "end" => &[],
        "undo" | "next" => &["end"],
        _ => &["end", "undo"],
    };
    before.iter().for_each(|step| act(step, place.folder.path()));
    let was_killed = !place.killed_at(call, what).success();
    if call.1.is_multiple_of(2) {
        place.killed_at(Call(call.0, call.1 / 2 + 1), "turns");
    }
    act("turns", place.folder.path());
    (place, was_killed)
}

/// The trees before and after the turn.
fn trees() -> [Picture; 2] {
    let place = Place::after_a_turn();
    let after = place.picture();
    act("end", place.folder.path());
    act("undo", place.folder.path());
    [place.picture(), after]
}

/// One point; `None` when there are no more.
fn point(what: &'static str, call: Call, [before, after]: &[Picture; 2]) -> Option<&'static str> {
    let (place, was_killed) = killed(what, call);
    let now = place.picture();
    let at = format!("{what} at {call:?}");
    let workspace = open(place.folder.path());
    let came_to = match what {
        "undo" | "redo" => {
            assert!(now == *before || now == *after, "{at}: {now:#?}");
            let is_undone = now == *before;
            assert_eq!(workspace.turns().unwrap()[0].undone, is_undone, "{at}: what is noted is not what is");
            let (there, back) = if is_undone { (after, before) } else { (before, after) };
            for tree in [there, back, there] {
                if place.picture() == *after { workspace.undo(&last(), false) } else { workspace.redo(false) }
                    .unwrap_or_else(|error| panic!("{at}: {error}"));
                assert_eq!(place.picture(), *tree, "{at}");
            }
            if is_undone == (what == "undo") { "done" } else { "not begun" }
        }
        _ => {
            // What the turn changed is there to be taken back, with a question where its end was not noted.
            assert_eq!(now, *after, "{at}");
            let asked = matches!(workspace.undo(&last(), false), Err(SnapshotError::Conflict(_)));
            if asked {
                workspace.undo(&last(), true).unwrap();
            }
            assert_eq!(place.picture(), *before, "{at}");
            if asked { "not begun" } else { "done" }
        }
    };
    was_killed.then_some(came_to)
}

fn every_point() {
    let trees = trees();
    let mut places = BTreeMap::new();
    for what in ["undo", "redo", "end", "next"] {
        let (next, seen) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(name) = CALLS.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let points = (1..).map_while(|call| point(what, Call(name, call), &trees));
                        points.for_each(|place| seen.lock().unwrap().push(place));
                    }
                });
            }
        });
        seen.into_inner().unwrap().into_iter().for_each(|place| *places.entry((what, place)).or_insert(0) += 1);
    }
    println!("{} points: {places:?}", places.values().sum::<usize>());
    assert!(places.get(&("undo", "done")).is_some_and(|count| *count > 10), "the points are not where an undo is at work");
}

/// What somebody edits between the kill and the next start is theirs.
fn edited_since() {
    let place = Place::after_a_turn();
    act("end", place.folder.path());
    let begun = (1..40).any(|call| {
        place.killed_at(Call("renameat", call), "undo");
        fs::read_to_string(place.w("edited")).unwrap() == "one"
    });
    assert!(begun, "no call was found at which an undo is at work");
    for name in ["edited", "removed"] {
        fs::write(place.w(name), "mine").unwrap();
    }
    act("turns", place.folder.path());
    for name in ["edited", "removed"] {
        assert_eq!(fs::read_to_string(place.w(name)).unwrap(), "mine");
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, what, place] = args.as_slice()
        && Path::new(place).is_dir()
    {
        return act(what, Path::new(place));
    }
    #[expect(clippy::disallowed_methods, reason = "a test looks for the tracer")]
    let tracer = Command::new("strace").arg("--version").stdout(Stdio::null()).status();
    if tracer.is_err() {
        #[expect(clippy::disallowed_methods, reason = "a machine that builds for all has everything")]
        let must = std::env::var_os("CI").is_some();
        assert!(!must, "strace is missing");
        println!("skipped: strace is missing");
        return;
    }
    every_point();
    edited_since();
}
