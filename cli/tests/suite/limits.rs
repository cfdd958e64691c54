//! `--max-turns`, `--max-tokens`, `--timeout`: each ends the turn with a code of its own and keeps what there is.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::process::{Run, codex, exec_json};

fn working(line: &str) -> Reply {
    Reply::new().say("so far so good").call("exec_command", json!({"cmd": line, "login": false}))
}

#[test]
fn each_limit_has_its_exit_code_and_keeps_the_partial_answer() {
    if crate::process::without_namespaces("a command makes a file at the top of its folder") {
        return;
    }
    let cases = [
        (&["--max-turns", "1"][..], "true", 3, "max_turns"),
        (&["--max-tokens", "110"], "true", 4, "max_tokens"),
        (&["--timeout", "300ms"], "sleep 1; echo slept > slept", 124, "timeout"),
    ];
    for (flags, line, exit_code, code) in cases {
        let server = Scenario::new().reply(working(line)).reply(Reply::new().say("never asked")).start();
        let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
        let args: Vec<&str> = flags.iter().copied().chain(["-o", "last.txt", "go"]).collect();
        let run = exec_json(&home, &workspace, &args);
        run.assert_code(exit_code);
        let failure = run.failure();
        assert_eq!(failure["code"], code, "{failure}");
        assert!(!failure["message"].as_str().unwrap().is_empty());
        assert_eq!(workspace.read("last.txt").as_deref(), Some("so far so good"));
        assert_eq!(server.requests().len(), 1, "{code}");
        // The step in flight was let end, and every item with it.
        let last_command = run.events().into_iter().rfind(|event| event["item"]["type"] == "command_execution").unwrap();
        assert_eq!((&last_command["type"], &last_command["item"]["exit_code"]), (&json!("item.completed"), &json!(0)));
        assert_eq!(workspace.read("slept").is_some(), code == "timeout");
        let kept = home.last_session();
        assert_eq!(kept.last().unwrap()["payload"]["error"]["code"], code);
    }
}

#[test]
fn a_limit_that_is_not_reached_changes_nothing() {
    let server = Scenario::new().reply(working("true")).reply(Reply::new().say("done")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let args = ["exec", "--max-turns", "2", "--max-tokens", "100000", "--timeout", "1h", "-s", "workspace-write", "go"];
    let run = Run::of(&mut codex(&home, &workspace, &args));
    run.assert_code(0);
    assert_eq!(run.stdout, "done\n");
}
