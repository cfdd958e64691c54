//! Git's writing commands in the binary: the role, the switch, and a model's commit. What they do is tested beside the broker.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::process::{Run, codex, exec_json};

fn repository() -> TestWorkspace {
    let workspace = TestWorkspace::git();
    for (key, value) in [("user.name", "Ann Example"), ("user.email", "ann@example.com")] {
        workspace.run_git(&["config", key, value]);
    }
    workspace.file("one", "1\n");
    workspace.commit("first");
    workspace
}

fn sandboxed_with(config: &str, workspace: &TestWorkspace, script: &str) -> Run {
    let home = TestHome::with_raw_config(config);
    Run::of(&mut codex(&home, workspace, &["sandbox", "linux", "--full-auto", "--", "sh", "-c", script]))
}

/// Whether this machine has the namespaces that a broker needs.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn has_broker(workspace: &TestWorkspace) -> bool {
    let there = sandboxed_with("", workspace, "test -e /dev/codex-git/places").code == Some(0);
    if !there {
        eprintln!("skipped: no namespaces on this machine, so no broker");
    }
    there
}

fn subject(workspace: &TestWorkspace) -> String {
    workspace.run_git(&["log", "-1", "--format=%s"]).trim().to_owned()
}

#[test]
fn commits_work_in_the_sandbox_unless_that_is_switched_off() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let script = "echo 2 >> one && git log --format=%s && git commit -q -am second";
    let run = sandboxed_with("sandbox_git_broker = false\n", &workspace, script);
    assert_ne!(run.code, Some(0));
    assert_eq!((run.stdout.as_str(), subject(&workspace).as_str()), ("first\n", "first"));
    sandboxed_with("", &workspace, script).assert_code(0);
    assert_eq!(subject(&workspace), "second");
    // Outside of the sandbox the name means nothing.
    assert!(!std::path::Path::new("/dev/codex-git").exists());
}

#[test]
fn a_models_commit_is_made_without_asking_and_without_hooks() {
    let workspace = repository();
    if !has_broker(&workspace) {
        return;
    }
    let hook = workspace.file(".git/hooks/pre-commit", "#!/bin/sh\ntouch hooked\n");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let line = "echo more >> one && git commit -am \"$(cat <<'EOF'\nby the model\nEOF\n)\"";
    let server = Scenario::new().reply(Reply::new().call("exec_command", json!({"cmd": line}))).reply(Reply::new().say("done")).start();
    let home = TestHome::new(&server);
    let run = exec_json(&home, &workspace, &["commit it"]);
    run.assert_code(0);
    assert_eq!(subject(&workspace), "by the model", "{}", run.stdout);
    assert_eq!(workspace.read("hooked"), None);
}
