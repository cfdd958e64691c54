//! `codex undo` and `codex redo` after real turns with commands and patches.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, codex, exec_json, without_namespaces};

fn command(line: &str) -> Reply {
    Reply::new().call("exec_command", json!({"cmd": line, "login": false}))
}

fn run(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    Run::of(&mut codex(home, workspace, args))
}

/// A workspace in which one turn ran commands and another applied a patch, each in a session of its own.
fn after_two_turns() -> (TestHome, TestWorkspace) {
    let server = Scenario::new()
        .reply(command("echo two > edited; rm removed; mkdir new; echo x > new/file; ln -s new link"))
        .reply(Reply::new().say("done"))
        .reply(Reply::new().custom("apply_patch", "*** Begin Patch\n*** Add File: patched\n+text\n*** End Patch"))
        .reply(Reply::new().say("done"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    workspace.file("edited", "one\n");
    workspace.file("removed", "here\n");
    exec_json(&home, &workspace, &["go"]).assert_code(0);
    exec_json(&home, &workspace, &["go on"]).assert_code(0);
    assert_eq!((workspace.read("edited").as_deref(), workspace.read("patched").as_deref()), (Some("two\n"), Some("text\n")));
    (home, workspace)
}

#[test]
fn what_commands_and_patches_changed_is_taken_back_and_brought_back() {
    if without_namespaces("the commands make files at the top of a root") {
        return;
    }
    let (home, workspace) = after_two_turns();
    let status = workspace.run_git(&["status", "--porcelain"]);
    assert_eq!(run(&home, &workspace, &["undo"]).assert_code(0).stdout, "removed patched\n1 turn taken back\n");
    run(&home, &workspace, &["undo"]).assert_code(0);
    assert_eq!((workspace.read("edited").as_deref(), workspace.read("removed").as_deref()), (Some("one\n"), Some("here\n")));
    assert!(!workspace.path().join("new").exists() && !workspace.path().join("link").is_symlink());
    let nothing = run(&home, &workspace, &["undo"]);
    nothing.assert_code(1);
    assert!(nothing.stderr.starts_with("Error: nothing to undo"), "{}", nothing.stderr);
    run(&home, &workspace, &["redo"]).assert_code(0);
    run(&home, &workspace, &["redo"]).assert_code(0);
    assert_eq!(workspace.run_git(&["status", "--porcelain"]), status);
    run(&home, &workspace, &["redo"]).assert_code(1);
}

#[test]
fn a_turn_is_named_by_its_number_and_the_list_says_what_it_changed() {
    if without_namespaces("the commands make files at the top of a root") {
        return;
    }
    let (home, workspace) = after_two_turns();
    let listed: Value = serde_json::from_str(&run(&home, &workspace, &["undo", "--list", "--json"]).stdout).unwrap();
    let paths = |turn: usize| -> Vec<String> {
        listed["turns"][turn]["changes"].as_array().unwrap().iter().map(|change| change["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (paths(0), paths(1)),
        (["edited", "link", "new", "new/file", "removed"].map(str::to_owned).to_vec(), vec!["patched".to_owned()])
    );
    let first = run(&home, &workspace, &["undo", "--turn", "1", "--json"]);
    let done: Value = serde_json::from_str(&first.assert_code(0).stdout).unwrap();
    assert_eq!(done["turns"].as_array().unwrap().len(), 1, "the later turn is another session's");
    assert_eq!((workspace.read("edited").as_deref(), workspace.read("patched").as_deref()), (Some("one\n"), Some("text\n")));
    for wrong in [&["undo", "--turn", "0"][..], &["undo", "--turn", "9"], &["undo", "--session", "nope"]] {
        let refused = run(&home, &workspace, wrong);
        refused.assert_code(1);
        assert!(refused.stderr.contains("hint: `codex undo --list`"), "{}", refused.stderr);
    }
}

#[test]
fn what_the_user_changed_since_stays_unless_told_otherwise() {
    let (home, workspace) = after_two_turns();
    workspace.file("patched", "mine\n");
    let refused = run(&home, &workspace, &["undo"]);
    refused.assert_code(1);
    assert!(refused.stderr.contains("`patched`") && refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(workspace.read("patched").as_deref(), Some("mine\n"));
    run(&home, &workspace, &["undo", "--force"]).assert_code(0);
    assert_eq!(workspace.read("patched"), None);
    run(&home, &workspace, &["redo"]).assert_code(0);
    assert_eq!(workspace.read("patched").as_deref(), Some("mine\n"));
}

#[test]
fn nothing_is_kept_where_nothing_is_wanted() {
    if without_namespaces("the commands make files at the top of a root") {
        return;
    }
    for (config, args) in [("[undo]\nenabled = false\n", &["go"][..]), ("", &["--ephemeral", "go"])] {
        let server = Scenario::new().reply(command("echo x > made")).reply(Reply::new().say("done")).start();
        let (home, workspace) = (TestHome::with_config(&server, config, ""), TestWorkspace::git());
        exec_json(&home, &workspace, args).assert_code(0);
        assert_eq!(workspace.read("made").as_deref(), Some("x\n"));
        assert!(!home.path().join("snapshots").exists(), "{config} {args:?}");
        run(&home, &workspace, &["undo"]).assert_code(1);
    }
}
