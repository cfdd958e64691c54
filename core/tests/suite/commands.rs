use codex_protocol::EventMsg;
use codex_protocol::event::{CommandStatus, ExecCommandEnd};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, completion};

fn ends(events: &[EventMsg]) -> Vec<&ExecCommandEnd> {
    events
        .iter()
        .filter_map(|event| match event {
            EventMsg::ExecCommandEnd(end) => Some(end.as_ref()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_command_runs_and_its_output_reaches_the_model() {
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "exec_command", json!({"cmd": "echo hi; exit 3", "login": false})))
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    let events = harness.run("go").await;
    let ends = ends(&events);
    assert_eq!(ends.len(), 1);
    assert_eq!((ends[0].exit_code, ends[0].aggregated_output.as_str(), ends[0].status), (3, "hi\n", CommandStatus::Failed));
    let output = harness.server.requests()[1].output_of("c1").unwrap();
    assert!(output.contains("Process exited with code 3\n") && output.ends_with("Output:\nhi\n"), "{output}");
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("done"));
}

#[tokio::test]
async fn a_shell_call_is_kept_as_json_and_sent_as_text() {
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "shell", json!({"command": ["bash", "-c", "echo out; echo err >&2"]})))
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    harness.run("go").await;
    let sent = harness.server.requests()[1].output_of("c1").unwrap();
    assert!(sent.starts_with("Exit code: 0\nWall time: ") && sent.ends_with("Output:\nout\nerr\n"), "{sent}");
    let kept: Vec<String> = harness
        .session_lines()
        .iter()
        .filter(|line| line["payload"]["type"] == "function_call_output")
        .map(|line| line["payload"]["output"].as_str().unwrap().to_owned())
        .collect();
    assert!(kept[0].starts_with(r#"{"output":"out\nerr\n","metadata":{"exit_code":0,"#), "{kept:?}");
}

#[tokio::test]
async fn a_terminal_session_is_written_to_and_ends_with_the_turn() {
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "exec_command", json!({"cmd": "cat", "tty": true, "login": false, "yield_time_ms": 250})))
        .reply_with(|request| {
            let output = request.output_of("c1").unwrap();
            let id: i64 = output.split("session ID ").nth(1).unwrap().split('\n').next().unwrap().parse().unwrap();
            Reply::new().call_with_id("c2", "write_stdin", json!({"session_id": id, "chars": "hello\n"}))
        })
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    let events = harness.run("go").await;
    let output = harness.server.requests()[2].output_of("c2").unwrap();
    assert!(output.contains("hello"), "{output}");
    let ends = ends(&events);
    assert_eq!(ends.len(), 1, "a session that is left running is ended and told");
    let end = events.iter().position(|event| matches!(event, EventMsg::ExecCommandEnd(_))).unwrap();
    let complete = events.iter().position(|event| matches!(event, EventMsg::TaskComplete(_))).unwrap();
    assert!(end < complete);
}

#[tokio::test]
async fn two_commands_of_one_answer_overlap_and_keep_their_order_in_history() {
    // Each command waits for the other's file: run one after the other, neither would end.
    let script = |mine: &str, other: &str| format!("touch {mine}; while [ ! -e {other} ]; do sleep 0.01; done; echo {mine}");
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "exec_command", json!({"cmd": script("a", "b"), "login": false})).call_with_id(
            "c2",
            "exec_command",
            json!({"cmd": script("b", "a"), "login": false}),
        ))
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    harness.run("go").await;
    let request = &harness.server.requests()[1];
    let order: Vec<&str> = request.input().iter().filter_map(|item| item["output"].as_str().and(item["call_id"].as_str())).collect();
    assert_eq!(order, vec!["c1", "c2"]);
    assert!(request.output_of("c1").unwrap().ends_with("a\n"));
}

/// The tools that models know from before run alone. (The published program runs them alone too, in an order of its own.)
#[tokio::test]
async fn shells_of_one_answer_run_one_after_the_other_in_order() {
    let write = json!({"command": ["sh", "-c", "sleep 0.2; echo 1 > f"]});
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "shell", write).call_with_id("c2", "shell", json!({"command": ["cat", "f"]})))
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    harness.run("go").await;
    let read = harness.server.requests()[1].output_of("c2").unwrap();
    assert!(read.starts_with("Exit code: 0\n") && read.ends_with("1\n"), "{read}");
}

#[tokio::test]
async fn a_command_over_its_time_limit_is_ended_with_code_124() {
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "shell", json!({"command": ["sleep", "60"], "timeout_ms": 200})))
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    let events = harness.run("go").await;
    assert_eq!(ends(&events)[0].exit_code, 124);
    let sent = harness.server.requests()[1].output_of("c1").unwrap();
    assert!(sent.starts_with("Exit code: 124\n"), "{sent}");
    assert_eq!(sent.matches("command timed out after ").count(), 1, "{sent}");
    assert_eq!(ends(&events)[0].aggregated_output, "");
}

#[tokio::test]
async fn unknown_tools_and_bad_arguments_are_told_to_the_model() {
    let scenario = Scenario::new()
        .reply(
            Reply::new()
                .call_with_id("c1", "teleport", json!({}))
                .call_with_id("c2", "exec_command", json!({"command": "ls"}))
                .call_with_id("c3", "shell", json!({"command": []})),
        )
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    harness.run("go").await;
    let request = &harness.server.requests()[1];
    assert_eq!(request.output_of("c1").unwrap(), "unsupported call: teleport");
    assert!(request.output_of("c2").unwrap().starts_with("failed to parse function arguments: missing field `cmd`"));
    assert_eq!(request.output_of("c3").unwrap(), "command args are empty");
}

#[tokio::test]
async fn credentials_do_not_reach_a_command() {
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "exec_command", json!({"cmd": "env", "login": false})))
        .reply(Reply::new().say("done"));
    let mut harness = Harness::new(scenario);
    harness.config.shell_environment.set.insert("VISIBLE".to_owned(), "yes".to_owned());
    harness.run("go").await;
    let output = harness.server.requests()[1].output_of("c1").unwrap();
    assert!(output.contains("VISIBLE=yes\n") && output.contains("CODEX_CI=1\n"), "{output}");
    assert!(output.contains("CODEX_THREAD_ID="), "{output}");
}

#[tokio::test]
async fn file_tools_are_offered_when_asked_for_and_read_without_a_shell() {
    let scenario = Scenario::new()
        .reply(
            Reply::new()
                .call_with_id("c1", "list_dir", json!({"dir_path": "."}))
                .call_with_id("c2", "read_file", json!({"file_path": "a.txt"}))
                .call_with_id("c3", "grep_files", json!({"pattern": "se.ond"})),
        )
        .reply(Reply::new().say("done"));
    let mut harness = Harness::new(scenario);
    harness.config.extra_tools = ["read_file", "list_dir", "grep_files"].map(str::to_owned).to_vec();
    harness.workspace.file("a.txt", "first\nsecond\n");
    harness.run("go").await;
    let requests = harness.server.requests();
    let offered = requests[0].tool_names();
    assert!(["read_file", "list_dir", "grep_files"].iter().all(|name| offered.iter().any(|tool| tool == name)), "{offered:?}");
    assert!(requests[1].output_of("c1").unwrap().contains("a.txt"));
    assert!(requests[1].output_of("c2").unwrap().contains("second"));
    assert!(requests[1].output_of("c3").unwrap().contains("a.txt"));
}
