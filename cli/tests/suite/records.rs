//! `--record` and `--replay`: a run without its model.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace, closed_port_url};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::process::{Run, exec_json};

const PATCH: &str = "*** Begin Patch\n*** Add File: a.txt\n+made\n*** End Patch";

/// Records a run with a command and a patch, and returns the recording.
fn recorded() -> (String, Run) {
    let server = Scenario::new()
        .reply(Reply::new().call("shell", json!({"command": ["cat", "given.txt"]})))
        .reply(Reply::new().custom("apply_patch", PATCH))
        .reply(Reply::new().say("All done"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    workspace.file("given.txt", "given\n");
    let run = exec_json(&home, &workspace, &["--record", "run.jsonl", "do it"]);
    run.assert_code(0);
    let recording = workspace.read("run.jsonl").unwrap();
    assert!(!recording.contains("mock-key"), "a recording holds no secrets");
    assert!(!recording.contains(workspace.path().to_str().unwrap()), "nor folders of the machine");
    (recording, run)
}

/// Replays it elsewhere, with nothing listening.
fn replayed(recording: &str, given: &str, flags: &[&str]) -> (Run, TestWorkspace) {
    let (home, workspace) = (TestHome::for_base_url(&closed_port_url(), "", ""), TestWorkspace::git());
    workspace.file("given.txt", given);
    workspace.file("run.jsonl", recording);
    let args: Vec<&str> = ["--replay", "run.jsonl"].iter().chain(flags).copied().chain(["do it"]).collect();
    (exec_json(&home, &workspace, &args), workspace)
}

#[test]
fn a_replay_is_the_same_run_with_real_tools_and_no_network() {
    let (recording, original) = recorded();
    let (run, workspace) = replayed(&recording, "given\n", &[]);
    run.assert_code(0);
    assert_eq!(workspace.read("a.txt").as_deref(), Some("made\n"));
    let shapes = |run: &Run| run.events().iter().map(|event| (event["type"].clone(), event["item"]["type"].clone())).collect::<Vec<_>>();
    assert_eq!(shapes(&run), shapes(&original));
    assert_eq!(run.events().last(), original.events().last());
}

#[test]
fn a_request_that_is_another_ends_the_replay_and_is_shown() {
    let (recording, _) = recorded();
    let (run, workspace) = replayed(&recording, "something else\n", &[]);
    run.assert_code(1);
    let failure = run.failure();
    assert_eq!(failure["code"], "replay_mismatch");
    let told = failure["message"].as_str().unwrap();
    assert!(told.contains("request 2") && told.contains("given") && told.contains("something else"), "{told}");
    assert_eq!(workspace.read("a.txt"), None);
}

#[test]
fn a_lenient_replay_goes_on() {
    let (recording, _) = recorded();
    let (run, workspace) = replayed(&recording, "something else\n", &["--replay-lenient"]);
    run.assert_code(0);
    assert_eq!(workspace.read("a.txt").as_deref(), Some("made\n"));
}

#[test]
fn a_file_that_is_no_recording_is_refused() {
    let (run, _) = replayed("{}\n", "given\n", &[]);
    run.assert_code(1);
    assert!(run.stderr.contains("this is no recording"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}
