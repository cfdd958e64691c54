use codex_core::Thread;
use codex_protocol::event::{AbortReason, CommandSource, ExecCommandEnd};
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, submit, until_turn_end};
use super::questions::{Helper, asking, run_inside};

async fn type_line(thread: &Thread, line: &str) {
    thread.submit(Op::UserShell { command: line.to_owned() }).await.unwrap();
}

fn own_end(events: &[EventMsg]) -> &ExecCommandEnd {
    let end = events.iter().find_map(|event| match event {
        EventMsg::ExecCommandEnd(end) if end.source == CommandSource::UserShell => Some(end),
        _ => None,
    });
    end.expect("a command of the user ended")
}

/// What the model was sent in its nth request, message by message.
fn texts(harness: &Harness, request: usize) -> Vec<String> {
    harness.server.requests()[request].input().iter().filter_map(|item| item["content"][0]["text"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_line_of_the_user_is_a_turn_without_a_request_and_the_next_request_begins_with_it() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().say("done")));
    let thread = harness.start().await;
    type_line(&thread, "echo hi; exit 3").await;
    let events = until_turn_end(&thread).await;
    let end = own_end(&events);
    assert_eq!((end.exit_code, end.aggregated_output.as_str()), (3, "hi\n"));
    assert_eq!(end.command, ["/bin/bash", "-lc", "echo hi; exit 3"]);
    assert!(matches!(events.last(), Some(EventMsg::TaskComplete(complete)) if complete.error.is_none()));
    assert_eq!(harness.server.requests().len(), 0);
    submit(&thread, "go").await;
    until_turn_end(&thread).await;
    let texts = texts(&harness, 0);
    assert!(texts[0].starts_with("<user_shell_command>\n<command>\necho hi; exit 3\n</command>\n<result>\nExit code: 3\n"), "{texts:?}");
    assert!(texts[0].ends_with(" seconds\nOutput:\nhi\n\n</result>\n</user_shell_command>"), "{texts:?}");
    let kinds: Vec<String> = harness.session_lines().iter().map(|line| line["payload"]["type"].to_string()).collect();
    assert_eq!(&kinds[1..4], ["\"task_started\"", "\"message\"", "\"task_complete\""]);
}

#[tokio::test]
async fn a_line_of_the_user_is_run_unasked_outside_the_sandbox_and_what_the_model_writes_is_still_asked_about() {
    let scenario =
        Scenario::new().reply(Reply::new().call("shell", json!({"command": ["touch", "of-the-model"]}))).reply(Reply::new().say("x"));
    let harness = asking(scenario, ApprovalPolicy::Untrusted, SandboxPolicy::read_only(), Helper::Runs);
    let thread = harness.start().await;
    type_line(&thread, "touch of-the-user").await;
    let events = until_turn_end(&thread).await;
    assert_eq!(own_end(&events).exit_code, 0);
    assert!(harness.workspace.read("of-the-user").is_some());
    assert_eq!(run_inside(&harness), Vec::<String>::new());
    submit(&thread, "go").await;
    super::questions::next_question(&thread).await;
    assert!(harness.workspace.read("of-the-model").is_none());
}

#[tokio::test]
async fn an_interrupt_ends_a_line_of_the_user_and_the_model_reads_how_far_it_came() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().say("done")));
    let thread = harness.start().await;
    type_line(&thread, "echo begun; echo > ready; sleep 300").await;
    while harness.workspace.read("ready").is_none() {
        tokio::task::yield_now().await;
    }
    thread.submit(Op::Interrupt).await.unwrap();
    let events = until_turn_end(&thread).await;
    assert!(matches!(events.last(), Some(EventMsg::TurnAborted(aborted)) if aborted.reason == AbortReason::Interrupted));
    assert_eq!(own_end(&events).aggregated_output, "begun\n");
    submit(&thread, "go").await;
    until_turn_end(&thread).await;
    assert!(texts(&harness, 0)[0].contains("Exit code: -1\n"));
}

#[tokio::test]
async fn a_line_typed_during_a_turn_runs_at_once_and_the_next_request_of_the_turn_tells_of_it() {
    let scenario = Scenario::new()
        .reply(Reply::new().call("shell", json!({"command": ["sh", "-c", "echo > running; while [ ! -e typed ]; do sleep 0.01; done"]})))
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    while harness.workspace.read("running").is_none() {
        tokio::task::yield_now().await;
    }
    // The command of the model waits for the one of the user: they run side by side.
    type_line(&thread, "echo mine; echo > typed").await;
    let events = until_turn_end(&thread).await;
    let turns: Vec<_> = events.iter().filter(|event| matches!(event, EventMsg::TaskStarted(_))).collect();
    assert_eq!(turns.len(), 1);
    assert_eq!(own_end(&events).aggregated_output, "mine\n");
    submit(&thread, "again").await;
    let at = |request: usize| texts(&harness, request).iter().position(|text| text.starts_with("<user_shell_command>"));
    until_turn_end(&thread).await;
    assert!(at(1).is_some() || at(2).is_some());
}

#[tokio::test]
async fn lines_typed_while_one_runs_follow_in_their_order() {
    let harness = Harness::new(Scenario::new());
    let thread = harness.start().await;
    type_line(&thread, "while [ ! -e second ]; do sleep 0.01; done; echo one").await;
    type_line(&thread, "echo two").await;
    std::fs::write(harness.workspace.path().join("second"), "").unwrap();
    let mut printed = Vec::new();
    for _ in 0..2 {
        printed.push(own_end(&until_turn_end(&thread).await).aggregated_output.clone());
    }
    assert_eq!(printed, ["one\n", "two\n"]);
}
