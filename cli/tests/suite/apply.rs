//! `codex apply`: a session's last patches, applied once more.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::process::{Run, codex, exec_json};

const FIRST: &str = "*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+1\n*** End Patch";
const SECOND: &str =
    "*** Begin Patch\n*** Update File: sub/b.txt\n@@\n-two\n+2\n*** Add File: new.txt\n+new\n*** Delete File: old.txt\n*** End Patch";

fn workspace() -> TestWorkspace {
    let workspace = TestWorkspace::git();
    for (name, content) in [("a.txt", "one\n"), ("sub/b.txt", "two\n"), ("old.txt", "old\n")] {
        workspace.file(name, content);
    }
    workspace.commit("before");
    workspace
}

/// A session of two turns in a workspace, which is put back afterwards.
fn session() -> (TestHome, TestWorkspace, String) {
    let server = Scenario::new()
        .reply(Reply::new().custom("apply_patch", FIRST))
        .reply(Reply::new().say("done"))
        .reply(Reply::new().custom("apply_patch", SECOND).call("shell", json!({"command": ["true"]})))
        .reply(Reply::new().say("done"))
        .start();
    let (home, workspace) = (TestHome::new(&server), workspace());
    exec_json(&home, &workspace, &["first"]).assert_code(0);
    exec_json(&home, &workspace, &["resume", "--last", "second"]).assert_code(0);
    let id = home.last_session()[0]["payload"]["id"].as_str().unwrap().to_owned();
    workspace.run_git(&["checkout", "-q", "."]);
    workspace.run_git(&["clean", "-q", "-d", "-f"]);
    (home, workspace, id)
}

fn apply(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    let all: Vec<&str> = ["apply"].iter().chain(args).copied().collect();
    Run::of(&mut codex(home, workspace, &all))
}

#[test]
fn the_last_turns_patches_are_applied_by_id_prefix_and_as_the_newest() {
    let (home, there, id) = session();
    let told = "applied: M sub/b.txt\napplied: A new.txt\napplied: D old.txt\n\
        note: 1 command ran in the course of that turn; what they changed in files is not part of this\n";
    let checked = apply(&home, &there, &["--last", "--check"]);
    checked.assert_code(0);
    assert_eq!(checked.stdout, told.replace("applied", "would be applied"));
    assert_eq!(there.read("sub/b.txt").as_deref(), Some("two\n"));
    let clone = workspace();
    for (place, args) in [(&there, &["--last"][..]), (&clone, &[id.as_str()])] {
        let run = apply(&home, place, args);
        run.assert_code(0);
        assert_eq!(run.stdout, told, "{args:?}");
        assert_eq!(place.read("sub/b.txt").as_deref(), Some("2\n"));
        assert_eq!(place.read("new.txt").as_deref(), Some("new\n"));
        assert_eq!(place.read("old.txt"), None);
        assert_eq!(place.read("a.txt").as_deref(), Some("one\n"), "only the last turn's");
        assert!(place.run_git(&["diff", "--cached", "--name-only"]).is_empty(), "the index is left alone");
    }
    let again = apply(&home, &there, &[&id[..13]]);
    again.assert_code(0);
    assert!(again.stdout.ends_with("nothing to do: every change is there already\nnote: 1 command ran in the course of that turn; what they changed in files is not part of this\n"), "{}", again.stdout);
}

#[test]
fn what_does_not_fit_is_told_and_changes_nothing() {
    let (home, workspace, id) = session();
    workspace.file("sub/b.txt", "something else\n");
    workspace.file("new.txt", "mine\n");
    let run = apply(&home, &workspace, &[&id]);
    run.assert_code(1);
    assert!(run.stderr.starts_with("Error: 2 changes do not fit; nothing was changed\n  conflict: sub/b.txt: "), "{}", run.stderr);
    assert!(run.stderr.contains("\n  conflict: new.txt: a file of that name is there, with other content\n"), "{}", run.stderr);
    assert_eq!(workspace.read("new.txt").as_deref(), Some("mine\n"));
    assert_eq!(workspace.read("old.txt").as_deref(), Some("old\n"));
}

#[test]
fn a_session_that_is_not_there_or_changed_nothing_is_an_error() {
    let server = Scenario::new().reply(Reply::new().say("done")).repeat_last().start();
    let (home, workspace) = (TestHome::new(&server), workspace());
    for args in [&["--last"][..], &["01a1fb44-3968-7ef3-b54b-de943b8674a4"], &["no-such-name"]] {
        let run = apply(&home, &workspace, args);
        run.assert_code(1);
        assert!(run.stderr.starts_with("Error: "), "{args:?}: {}", run.stderr);
    }
    exec_json(&home, &workspace, &["talk"]).assert_code(0);
    let run = apply(&home, &workspace, &["--last"]);
    run.assert_code(1);
    assert!(run.stderr.contains("holds no patch that was applied"), "{}", run.stderr);
    apply(&home, &workspace, &[]).assert_code(2);
}

#[test]
fn filters_that_a_repository_names_are_not_run() {
    // A23
    let (home, workspace, id) = session();
    workspace.file(".gitattributes", "* filter=evil\n");
    workspace.run_git(&["config", "filter.evil.smudge", "touch hooked; cat"]);
    workspace.run_git(&["config", "filter.evil.clean", "touch hooked; cat"]);
    apply(&home, &workspace, &[&id]).assert_code(0);
    assert_eq!(workspace.read("hooked"), None);
}
