//! Where the prompt comes from, and what is checked before anything is sent.

use std::io::Write;
use std::process::Stdio;

use codex_test_support::{ModelServer, Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;

use crate::process::{Run, codex, ended};

fn server() -> ModelServer {
    Scenario::new().reply(Reply::new().say("ok")).start()
}

/// Runs with something piped in.
fn piped(home: &TestHome, workspace: &TestWorkspace, args: &[&str], input: &[u8]) -> Run {
    let mut child = codex(home, workspace, args).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    ended(child)
}

fn prompt_sent(server: &ModelServer) -> String {
    server.requests()[0].texts_of("user").pop().unwrap()
}

#[test]
fn an_argument_does_not_wait_for_input_that_never_ends() {
    let server = server();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let child = codex(&home, &workspace, &["exec", "do it"]).stdin(Stdio::piped()).spawn().unwrap();
    // The child's input stays open until it has ended.
    let mut child = child;
    let held = child.stdin.take();
    let run = ended(child);
    drop(held);
    run.assert_code(0);
    assert_eq!(prompt_sent(&server), "do it");
}

#[test]
fn piped_input_is_the_prompt_byte_for_byte() {
    for args in [&["exec"][..], &["exec", "-"]] {
        let server = server();
        let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
        let run = piped(&home, &workspace, args, b" do it\n\n");
        run.assert_code(0);
        assert_eq!(prompt_sent(&server), " do it\n\n");
        assert_eq!(run.stderr.starts_with("Reading prompt from stdin...\n"), args.len() == 1);
    }
}

#[test]
fn an_empty_prompt_is_sent_and_a_blank_pipe_is_not() {
    let server = server();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let run = piped(&home, &workspace, &["exec"], b" \n");
    run.assert_code(1);
    assert_eq!(run.stderr, "Reading prompt from stdin...\nNo prompt provided via stdin.\n");
    assert_eq!(server.requests().len(), 0);
    piped(&home, &workspace, &["exec", ""], b"").assert_code(0);
    assert_eq!(prompt_sent(&server), "");
}

#[test]
fn the_working_folder_has_to_be_in_a_repository() {
    let server = server();
    let (home, plain, repository) = (TestHome::new(&server), TestWorkspace::new(), TestWorkspace::git());
    let told = "Not inside a trusted directory and --skip-git-repo-check was not specified.\n";
    let file = plain.file("file", "");
    let file = file.to_str().unwrap();
    for args in [&["exec", "go"][..], &["exec", "--json", "go"], &["exec", "--full-auto", "go"], &["exec", "-C", file, "go"]] {
        let run = Run::of(&mut codex(&home, &plain, args));
        run.assert_code(1);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", told), "{args:?}");
    }
    assert_eq!(server.requests().len(), 0);
    let inside = repository.path().to_str().unwrap();
    Run::of(&mut codex(&home, &plain, &["exec", "-C", inside, "go"])).assert_code(0);
}

#[test]
fn the_check_can_be_waived() {
    for flag in ["--skip-git-repo-check", "--yolo"] {
        let server = server();
        let (home, plain) = (TestHome::new(&server), TestWorkspace::new());
        Run::of(&mut codex(&home, &plain, &["exec", flag, "go"])).assert_code(0);
    }
}

#[test]
fn further_folders_are_writable_when_asked_for() {
    if crate::process::without_namespaces("a command makes a file at the top of its folder") {
        return;
    }
    use serde_json::json;
    let outside = TestWorkspace::new();
    let target = outside.path().join("made");
    let line = format!("echo x > {}", target.display());
    for (add, written) in [(true, true), (false, false)] {
        let call = Reply::new().call("exec_command", json!({"cmd": line, "login": false}));
        let server = Scenario::new().reply(call).reply(Reply::new().say("ok")).start();
        let (home, workspace) =
            (TestHome::with_config(&server, "[sandbox_workspace_write]\nexclude_slash_tmp = true\n", ""), TestWorkspace::git());
        let mut args = vec!["exec", "-s", "workspace-write"];
        if add {
            args.extend(["--add-dir", outside.path().to_str().unwrap()]);
        }
        args.push("go");
        let run = Run::of(&mut codex(&home, &workspace, &args));
        run.assert_code(0);
        assert_eq!(target.exists(), written, "{}", run.stderr);
        let _ = std::fs::remove_file(&target);
    }
}
