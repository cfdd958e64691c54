//! The binary under another name.

use std::os::unix::fs::symlink;
use std::process::Stdio;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, bare, binary, ended, exec_json};

fn patch_tool(name: &str, workspace: &TestWorkspace, args: &[&str]) -> Run {
    let tools = TestWorkspace::new();
    let link = tools.path().join(name);
    symlink(binary(), &link).unwrap();
    Run::of(bare(link, workspace.path()).args(args))
}

#[test]
fn under_the_name_of_the_patch_tool_it_is_the_patch_tool() {
    for name in ["apply_patch", "applypatch"] {
        let workspace = TestWorkspace::new();
        workspace.file("a.txt", "one\ntwo\n");
        let patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-two\n+2\n*** Add File: b.txt\n+new\n*** End Patch\n";
        let run = patch_tool(name, &workspace, &[patch]);
        run.assert_code(0);
        assert_eq!(run.stdout, "Success. Updated the following files:\nA b.txt\nM a.txt\n");
        assert_eq!(workspace.read("a.txt").as_deref(), Some("one\n2\n"));
        assert_eq!(workspace.read("b.txt").as_deref(), Some("new\n"));
    }
}

#[test]
fn a_patch_that_does_not_fit_changes_nothing() {
    let workspace = TestWorkspace::new();
    workspace.file("a.txt", "one\n");
    let patch = "*** Begin Patch\n*** Add File: b.txt\n+new\n*** Update File: a.txt\n@@\n-two\n+2\n*** End Patch\n";
    let run = patch_tool("apply_patch", &workspace, &[patch]);
    run.assert_code(1);
    assert!(!run.stderr.is_empty());
    assert_eq!((workspace.read("a.txt").as_deref(), workspace.read("b.txt")), (Some("one\n"), None));
}

#[test]
fn the_sandbox_role_refuses_what_it_was_not_told() {
    let workspace = TestWorkspace::new();
    let tools = TestWorkspace::new();
    let link = tools.path().join("codex-linux-sandbox");
    symlink(binary(), &link).unwrap();
    let cwd = workspace.path().to_str().unwrap();
    let line = "echo x > made";
    let run = Run::of(bare(&link, workspace.path()).args(["--cwd", cwd, "--", "sh", "-c", line]).stdin(Stdio::null()));
    assert_ne!(run.code, Some(0));
    assert_eq!(workspace.read("made"), None);
}

#[test]
fn commands_of_the_model_find_the_patch_tool() {
    if crate::process::without_namespaces("a command makes a file at the top of its folder") {
        return;
    }
    let line = "for name in a b; do printf '*** Begin Patch\\n*** Add File: %s.txt\\n+x\\n*** End Patch\\n' $name | apply_patch; done";
    let server = Scenario::new()
        .reply(Reply::new().call("exec_command", json!({"cmd": line, "login": false})))
        .reply(Reply::new().say("done"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let run = exec_json(&home, &workspace, &["go"]);
    run.assert_code(0);
    assert_eq!((workspace.read("a.txt").as_deref(), workspace.read("b.txt").as_deref()), (Some("x\n"), Some("x\n")), "{}", run.stdout);
}

/// Cases of the patch tool that need no links, modes or bytes that are no text, through the real program.
#[test]
fn plain_cases_of_the_corpus_come_out_the_same() {
    let corpus =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../apply-patch/tests/fixtures/apply-patch-cases.jsonl")).unwrap();
    let tools = TestWorkspace::new();
    let link = tools.path().join("apply_patch");
    symlink(binary(), &link).unwrap();
    let cases: Vec<Value> = corpus.lines().map(|line| serde_json::from_str(line).unwrap()).filter(is_plain).collect();
    assert!(cases.len() > 100, "only {} cases are plain", cases.len());
    for case in cases {
        let workspace = TestWorkspace::new();
        for (name, text) in case["files_before"].as_object().unwrap() {
            workspace.file(name, text.as_str().unwrap());
        }
        let mut command = bare(&link, workspace.path());
        let patch = case["patch"].as_str().unwrap();
        let run = if case["mode"] == "stdin" { piped(&mut command, patch) } else { Run::of(command.arg(patch)) };
        let name = &case["name"];
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (case["exit_code"].as_i64().map(|code| code as i32), case["stdout"].as_str().unwrap()),
            "{name}"
        );
        for (file, text) in case["files_after"].as_object().unwrap() {
            assert_eq!(workspace.read(file).as_deref(), text.as_str(), "{name}: {file}");
        }
        for file in case["files_before"].as_object().unwrap().keys().filter(|file| case["files_after"].get(file.as_str()).is_none()) {
            assert_eq!(workspace.read(file), None, "{name}: {file}");
        }
    }
}

fn is_plain(case: &Value) -> bool {
    let texts = |files: &Value| files.as_object().unwrap().iter().all(|(name, text)| text.is_string() && !name.contains(".."));
    let fixed = case.get("desired").is_none() && case.get("accept").is_none() && case["partial"] == false;
    let small = case["patch"]
        .as_str()
        .is_some_and(|patch| patch.len() < 100_000 && !patch.contains('\0') && !patch.contains("{CWD}") && !patch.contains("{ROOT}"));
    fixed && small && case["mode"] != "args" && texts(&case["files_before"]) && texts(&case["files_after"])
}

fn piped(command: &mut std::process::Command, input: &str) -> Run {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    ended(child)
}
