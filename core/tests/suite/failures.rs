use codex_protocol::EventMsg;
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, completion, failure_code};

fn messages(events: &[EventMsg]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match event {
            EventMsg::AgentMessage(message) => Some(message.message.as_str()),
            _ => None,
        })
        .collect()
}

fn retries(events: &[EventMsg]) -> usize {
    events.iter().filter(|event| matches!(event, EventMsg::StreamError(_))).count()
}

#[tokio::test]
async fn a_bad_request_fails_the_turn_at_once_with_the_servers_words() {
    let harness = Harness::new(Scenario::new().reply(Reply::status(400).body(json!({"error": {"message": "no such thing"}}))));
    let events = harness.run("go").await;
    assert_eq!(failure_code(&events), "bad_request");
    assert_eq!(retries(&events), 0);
    assert!(completion(&events).error.as_ref().unwrap().message.contains("no such thing"));
    assert!(events.iter().any(|event| matches!(event, EventMsg::Error(_))));
}

#[tokio::test]
async fn a_server_error_is_retried_and_told() {
    let harness = Harness::new(Scenario::new().reply(Reply::status(500)).reply(Reply::new().say("back")));
    let events = harness.run("go").await;
    assert_eq!(retries(&events), 1);
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("back"));
    assert_eq!(harness.server.requests().len(), 2);
}

#[tokio::test]
async fn a_message_repeated_after_a_cut_is_shown_once_and_not_sent_back() {
    let scenario = Scenario::new().reply(Reply::new().say("half").cut()).reply(Reply::new().say("half").say("whole"));
    let harness = Harness::new(scenario);
    let events = harness.run("go").await;
    assert_eq!(messages(&events), vec!["half", "whole"]);
    let requests = harness.server.requests();
    assert_eq!(requests[0].input().len(), requests[1].input().len());
    let kept = harness.session_lines().iter().filter(|line| line["payload"]["role"] == "assistant").count();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn a_call_of_a_cut_answer_runs_once() {
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "exec_command", json!({"cmd": "echo run >> log", "login": false})).cut())
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    let events = harness.run("go").await;
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("done"));
    assert_eq!(harness.workspace.read("log").as_deref(), Some("run\n"));
    assert!(harness.server.requests()[1].output_of("c1").is_some());
}

#[tokio::test]
async fn what_was_said_behind_a_call_of_a_cut_answer_keeps_its_place() {
    let scenario = Scenario::new()
        .reply(Reply::new().call_with_id("c1", "shell", json!({"command": ["echo", "a"]})).say("working").cut())
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    harness.run("go").await;
    assert_eq!(harness.server.requests()[1].texts_of("assistant"), vec!["working"]);
    let said: Vec<String> = harness
        .session_lines()
        .iter()
        .filter(|line| line["payload"]["role"] == "assistant")
        .map(|line| line["payload"]["content"][0]["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(said, vec!["working", "done"]);
}

#[tokio::test]
async fn a_server_that_uses_a_call_id_again_gets_every_call_back_with_its_output() {
    let call = |line: &str| Reply::new().call_with_id("call_0", "shell", json!({"command": ["echo", line]}));
    let scenario = Scenario::new().reply(call("one")).reply(call("two")).reply(call("three")).reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    harness.run("go").await;
    let last = &harness.server.requests()[3];
    let outputs = last.outputs();
    assert_eq!(outputs.len(), 3, "{outputs:?}");
    for (output, want) in outputs.iter().zip(["one", "two", "three"]) {
        assert!(output.contains(want), "{output}");
    }
    assert!(last.output_of("call_0_3").unwrap().contains("three"));
}

#[tokio::test]
async fn an_answer_cut_at_the_output_limit_goes_on_once_and_then_fails() {
    let cut = || Reply::new().say("part").incomplete("max_output_tokens");
    let harness = Harness::new(Scenario::new().reply(cut()).reply(Reply::new().say("rest")));
    let events = harness.run("go").await;
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("rest"));
    assert!(events.iter().any(|event| matches!(event, EventMsg::Warning(_))));

    let harness = Harness::new(Scenario::new().reply(cut()).reply(cut()));
    let events = harness.run("go").await;
    assert_eq!(failure_code(&events), "output_limit");
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("part"), "the partial answer is kept");
}

#[tokio::test]
async fn an_empty_answer_ends_the_turn_without_a_message() {
    let harness = Harness::new(Scenario::new().reply(Reply::new()).repeat_last());
    let events = harness.run("go").await;
    let complete = completion(&events);
    assert_eq!((complete.last_agent_message.as_deref(), complete.error.as_ref()), (None, None));
    assert!(events.iter().any(|event| matches!(event, EventMsg::Warning(_))), "a person is told");
}

#[tokio::test]
async fn a_missing_key_is_told_and_nothing_is_sent() {
    let mut harness = Harness::new(Scenario::new());
    harness.config.provider.env_key = Some("MOCK_KEY".to_owned());
    let events = harness.run("go").await;
    assert_eq!(completion(&events).error.as_ref().unwrap().message, "Missing environment variable: `MOCK_KEY`.");
    assert_eq!(harness.server.requests().len(), 0);
}
