//! Patches that are killed at every system call that can change a file, and taken back by the next start (H4): the tree is as
//! before or as after, never in between, and nothing waits beside the files. A program of its own, because it starts itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use codex_apply_patch::{Reach, parse, plan, recover};

/// Every call by which a patch changes anything.
const CALLS: [&str; 13] = [
    "openat",
    "write",
    "pwrite64",
    "ftruncate",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdirat",
    "fchmod",
];

/// A call of a kind, by its number from 1.
#[derive(Clone, Copy, Debug)]
struct Call(&'static str, usize);

/// Several ways to change five files, each with the steps that a patch can have.
const PATCHES: [&str; 3] = [
    "*** Update File: a\n@@\n-one\n+1\n*** Update File: b\n@@\n-one\n+1, and much longer than before\n*** Add File: new/deep/c\n+c\n\
     *** Delete File: gone\n*** Update File: m\n*** Move to: moved/m\n@@\n-m\n+M\n",
    "*** Update File: h1\n@@\n-h\n+a longer H\n*** Delete File: dangling\n*** Add File: over\n+x\n*** Delete File: gone\n\
     *** Add File: gone/now/a\n+d\n",
    "*** Update File: m\n*** Move to: b\n@@\n-m\n+M\n*** Add File: link\n+through\n*** Update File: a\n@@\n-two\n+2\n*** Delete File: h2\n\
     *** Add File: z\n+z\n",
];

struct Tree {
    _guard: tempfile::TempDir,
    root: PathBuf,
    notes: PathBuf,
}

impl Tree {
    fn new() -> Self {
        let guard = tempfile::tempdir().unwrap();
        let (root, notes) = (guard.path().canonicalize().unwrap().join("w"), guard.path().join("notes"));
        fs::create_dir(&root).unwrap();
        let file = |name: &str, text: &str, mode: u32| {
            fs::write(root.join(name), text).unwrap();
            fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        for (name, text, mode) in [("a", "one\ntwo\n", 0o755), ("b", "one\n", 0o644), ("gone", "g\n", 0o600), ("m", "m\n", 0o640)] {
            file(name, text, mode);
        }
        for (name, text, mode) in [("over", "a rather long text\n", 0o644), ("target", "t\n", 0o644), ("h1", "h\n", 0o644)] {
            file(name, text, mode);
        }
        fs::hard_link(root.join("h1"), root.join("h2")).unwrap();
        symlink("target", root.join("link")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        Self { _guard: guard, root, notes }
    }

    fn picture(&self) -> BTreeMap<PathBuf, String> {
        let mut picture = BTreeMap::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let meta = path.symlink_metadata().unwrap();
                let what = if meta.is_dir() {
                    folders.push(path.clone());
                    "folder".to_owned()
                } else if meta.is_symlink() {
                    format!("link {}", fs::read_link(&path).unwrap().display())
                } else {
                    format!("file {:o} {} {:?}", meta.mode(), meta.nlink(), fs::read_to_string(&path).unwrap())
                };
                picture.insert(path.strip_prefix(&self.root).unwrap().to_owned(), what);
            }
        }
        picture
    }

    /// Starts this program again to do `what`, and has it killed at this call.
    fn killed_at(&self, Call(name, number): Call, what: &str, patch: usize) -> ExitStatus {
        let inject = format!("inject={name}:signal=KILL:when={number}");
        #[expect(clippy::disallowed_methods, reason = "a test starts itself under a tracer")]
        let mut command = Command::new("strace");
        command.args(["-f", "-qqq", "-o", "/dev/null", "-e", &format!("trace={name}"), "-e", &inject]);
        command.arg(std::env::current_exe().unwrap()).args([what, &patch.to_string()]).arg(&self.root).arg(&self.notes);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
    }
}

fn whole_patch(number: usize) -> String {
    format!("*** Begin Patch\n{}*** End Patch", PATCHES[number])
}

/// What the started program does.
fn act(what: &str, number: usize, root: &Path, notes: &Path) {
    match what {
        "apply" => {
            // Odd ones may write in their folder alone, where a file with several names is replaced under one.
            let reach = if number % 2 == 1 { Reach::Within(vec![root.to_path_buf()]) } else { Reach::Anywhere };
            plan(&parse(&whole_patch(number / 2)).unwrap(), root).unwrap().apply_journaled(&reach, notes).unwrap();
        }
        _ => drop(recover(notes).unwrap()),
    }
}

/// Kills a patch at one call, and every second time the start behind it too. `false` when it was through before.
fn point(number: usize, call: Call, before: &BTreeMap<PathBuf, String>, after: &BTreeMap<PathBuf, String>) -> Option<&'static str> {
    let tree = Tree::new();
    let ended = tree.killed_at(call, "apply", number);
    if ended.success() {
        assert_eq!(tree.picture(), *after);
        return None;
    }
    assert!(ended.signal() == Some(9) || ended.code() == Some(137), "{ended}");
    if call.1.is_multiple_of(2) {
        tree.killed_at(Call("unlinkat", call.1 / 2), "recover", number);
    }
    let came_to = tree.picture();
    let recovered = recover(&tree.notes).unwrap();
    assert!(recovered.iter().all(|patch| patch.left.is_empty()), "patch {number}, {call:?}: {recovered:?}");
    let now = tree.picture();
    assert!(now == *before || now == *after, "patch {number}, {call:?}: {came_to:#?} became {now:#?}");
    assert_eq!(recover(&tree.notes).unwrap(), []);
    assert_eq!(fs::read_dir(&tree.notes).map_or(0, Iterator::count), 0, "patch {number}, {call:?}: a note stays");
    Some(if came_to == *before {
        "nothing changed yet"
    } else if came_to == *after {
        "all was done"
    } else if now == *before {
        "taken back"
    } else {
        "tidied up"
    })
}

fn every_point() {
    let mut places = BTreeMap::<&str, usize>::new();
    for number in 0..2 * PATCHES.len() {
        let (before, after) = {
            let tree = Tree::new();
            let before = tree.picture();
            act("apply", number, &tree.root, &tree.notes);
            (before, tree.picture())
        };
        let (next, seen) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(name) = CALLS.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let points = (1..).map_while(|call| point(number, Call(name, call), &before, &after));
                        points.for_each(|place| seen.lock().unwrap().push(place));
                    }
                });
            }
        });
        seen.into_inner().unwrap().into_iter().for_each(|place| *places.entry(place).or_default() += 1);
    }
    let points: usize = places.values().sum();
    println!("{points} points: {places:?}");
    assert!(places.get("taken back").is_some_and(|count| *count > 40), "the points are not where the patch is at work");
}

/// What was changed by somebody between the kill and the next start stays theirs.
fn changed_since() {
    let tree = Tree::new();
    let swapped = (1..10).any(|call| {
        tree.killed_at(Call("renameat2", call), "apply", 0);
        let swapped = fs::read_to_string(tree.root.join("a")).unwrap().starts_with('1');
        if !swapped {
            recover(&tree.notes).unwrap();
        }
        swapped
    });
    assert!(swapped, "no call was found at which one file is swapped and the next is not");
    fs::write(tree.root.join("a"), "mine\n").unwrap();
    let recovered = recover(&tree.notes).unwrap();
    assert_eq!(recovered.iter().flat_map(|patch| patch.left.clone()).collect::<Vec<_>>(), [tree.root.join("a")]);
    assert_eq!(fs::read_to_string(tree.root.join("a")).unwrap(), "mine\n");
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, what, number, root, notes] = args.as_slice() {
        return act(what, number.parse().unwrap(), Path::new(root), Path::new(notes));
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
    changed_since();
}
