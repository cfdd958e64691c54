//! What turns do to files by shell commands, and the way back: random edits in random turns, every tree restored.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use codex_snapshot::{Options, Scope, Workspace};
use codex_test_support::{Reply, Scenario};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::harness::{Harness, submit, until_turn_end};

/// Paths that get in each other's way.
const PATHS: [&str; 8] = ["a", "b", "d/a", "d/e/a", "d/e", "f/g/h", "f", "'with space'"];

/// One line of shell that may fail.
fn edit() -> impl Strategy<Value = String> {
    let path = prop::sample::select(&PATHS[..]);
    prop_oneof![
        4 => (path.clone(), any::<u16>()).prop_map(|(path, size)| format!("mkdir -p $(dirname {path}); yes {path} | head -c {} > {path}", size % 3000)),
        2 => path.clone().prop_map(|path| format!("echo more >> {path}")),
        2 => path.clone().prop_map(|path| format!("rm -rf {path}")),
        1 => (path.clone(), prop::sample::select(vec!["600", "644", "755"])).prop_map(|(path, mode)| format!("chmod {mode} {path}")),
        1 => (path.clone(), path.clone()).prop_map(|(path, to)| format!("ln -s {to} {path}")),
        1 => (path.clone(), path).prop_map(|(path, to)| format!("mv {path} {to}")),
        1 => Just("git init -q repository; echo more >> repository/file".to_owned()),
    ]
}

/// Every path with its kind, permissions and bytes; what git keeps left out.
fn tree(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder).unwrap() {
            let path = item.unwrap().path();
            let about = path.symlink_metadata().unwrap();
            let text = if path.file_name().is_some_and(|name| name == ".git") {
                continue;
            } else if about.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if about.is_dir() {
                folders.push(path.clone());
                format!("folder {:o}", about.mode())
            } else {
                format!("file {:o} {:?}", about.mode(), fs::read(&path).unwrap())
            };
            found.insert(path, text);
        }
    }
    found
}

async fn every_tree_comes_back(turns: Vec<Vec<String>>) {
    let mut scenario = Scenario::new();
    for lines in &turns {
        let cmd = lines.join("\n");
        scenario = scenario.reply(Reply::new().call("exec_command", json!({"cmd": cmd, "login": false}))).reply(Reply::new().say("done"));
    }
    let mut harness = Harness::new(scenario);
    harness.config.undo.enabled = true;
    let root = harness.workspace.path().to_path_buf();
    // What git keeps is left alone, and with it the folder it is in.
    fs::create_dir_all(root.join("repository/.git")).unwrap();
    let thread = harness.start().await;
    let mut trees = vec![tree(&root)];
    for _ in &turns {
        submit(&thread, "go").await;
        until_turn_end(&thread).await;
        trees.push(tree(&root));
    }
    trees.dedup();
    let workspace = Workspace::open(harness.home.path(), &root, Options::default()).unwrap();
    for want in trees.iter().rev().skip(1) {
        workspace.undo(&Scope::Last { thread: None }, false).unwrap();
        assert_eq!(tree(&root), *want, "{turns:#?}");
    }
    for want in &trees[1..] {
        workspace.redo(false).unwrap();
        assert_eq!(tree(&root), *want, "{turns:#?}");
    }
}

/// A66: 200 of 200.
#[test]
fn undo_restores_the_tree_after_turns_with_random_shell_edits() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let turns = prop::collection::vec(prop::collection::vec(edit(), 1..6), 1..4);
    let mut runner = TestRunner::new(Config { cases: 200, max_shrink_iters: 40, failure_persistence: None, ..Config::default() });
    runner
        .run(&turns, |turns| {
            runtime.block_on(every_tree_comes_back(turns));
            Ok(())
        })
        .unwrap();
}

/// The first look is over before the first command that can write begins.
#[tokio::test]
async fn what_the_first_command_of_a_thread_changes_can_be_taken_back() {
    let scenario = Scenario::new()
        .reply(Reply::new().call("exec_command", json!({"cmd": "rm -rf kept && mkdir kept && echo new > kept/0", "login": false})))
        .reply(Reply::new().say("done"));
    let mut harness = Harness::new(scenario);
    harness.config.undo.enabled = true;
    for number in 0..3000 {
        harness.workspace.file(&format!("kept/{number}"), number.to_string());
    }
    let before = tree(harness.workspace.path());
    harness.run("go").await;
    assert_ne!(tree(harness.workspace.path()), before);
    let workspace = Workspace::open(harness.home.path(), harness.workspace.path(), Options::default()).unwrap();
    workspace.undo(&Scope::Last { thread: None }, false).unwrap();
    assert_eq!(tree(harness.workspace.path()), before);
}
