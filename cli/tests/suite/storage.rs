//! What is kept on disk, and what happens when it cannot be.

use std::os::unix::fs::PermissionsExt;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;

use crate::process::{Run, codex, exec_json};

#[test]
fn a_session_is_for_its_owner_alone() {
    let server = Scenario::new().reply(Reply::new().say("ok")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    exec_json(&home, &workspace, &["go"]).assert_code(0);
    let file = home.session_files().pop().unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != home.path()) {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}

#[test]
fn an_ephemeral_run_leaves_no_session() {
    let server = Scenario::new().reply(Reply::new().say("ok")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    exec_json(&home, &workspace, &["--ephemeral", "go"]).assert_code(0);
    assert!(!home.path().join("sessions").exists());
}

#[test]
fn a_run_whose_session_cannot_be_written_goes_on_with_one_warning() {
    if crate::process::without_namespaces("a command makes a file at the top of its folder") {
        return;
    }
    let server = Scenario::new()
        .reply(Reply::new().say("one").call("update_plan", serde_json::json!({"plan": []})))
        .reply(Reply::new().say("two"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    std::fs::write(home.path().join("sessions"), "in the way").unwrap();
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "go"]));
    run.assert_code(0);
    assert_eq!(run.stdout, "two\n");
    assert_eq!(run.stderr.matches("warning: ").count(), 1, "{}", run.stderr);
}
