use std::os::unix::fs::PermissionsExt;

use codex_core::StartOptions;
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, completion, find_files, submit, until_turn_end};

#[tokio::test]
async fn a_turn_is_written_in_the_order_of_the_contract() {
    let scenario = Scenario::new()
        .reply(Reply::new().reasoning("**Looking**").call("shell", json!({"command": ["echo", "hi"]})))
        .reply(Reply::new().say("done"));
    let harness = Harness::new(scenario);
    harness.run("go").await;
    let kinds: Vec<String> = harness
        .session_lines()
        .iter()
        .map(|line| match line["payload"]["type"].as_str() {
            Some(kind) => format!("{} {kind}", line["type"].as_str().unwrap()),
            None => line["type"].as_str().unwrap().to_owned(),
        })
        .collect();
    let want = [
        "session_meta",
        "event_msg task_started",
        "response_item message",
        "response_item message",
        "turn_context",
        "response_item message",
        "event_msg user_message",
        "event_msg token_count",
        "event_msg agent_reasoning",
        "response_item reasoning",
        "response_item function_call",
        "event_msg token_count",
        "response_item function_call_output",
        "event_msg agent_message",
        "response_item message",
        "event_msg token_count",
        "event_msg task_complete",
    ];
    assert_eq!(kinds, want);
    let mut files = Vec::new();
    find_files(harness.home.path().join("sessions"), &mut files);
    assert_eq!(std::fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(files[0].parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn an_ephemeral_thread_leaves_no_file() {
    let mut harness = Harness::new(Scenario::new().reply(Reply::new().say("done")));
    harness.options.ephemeral = true;
    harness.run("go").await;
    assert!(!harness.home.path().join("sessions").exists());
}

#[tokio::test]
async fn a_thread_without_a_turn_leaves_no_file() {
    let harness = Harness::new(Scenario::new());
    let thread = harness.start().await;
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}
    assert!(!harness.home.path().join("sessions").exists());
}

#[tokio::test]
async fn a_resumed_thread_sends_its_history_again_and_adds_up_its_tokens() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().say("one")).reply(Reply::new().say("two")));
    let thread = harness.start().await;
    submit(&thread, "first").await;
    until_turn_end(&thread).await;
    let path = thread.rollout_path().unwrap();
    let id = thread.id();
    thread.submit(Op::Shutdown).await.unwrap();
    while thread.next_event().await.is_some() {}

    let thread = harness.manager().resume(&path, StartOptions::default()).await.unwrap();
    assert_eq!(thread.id(), id);
    submit(&thread, "second").await;
    let events = until_turn_end(&thread).await;
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("two"));
    let requests = harness.server.requests();
    let (before, after) = (requests[0].input(), requests[1].input());
    assert_eq!(&after[..before.len()], before);
    assert_eq!(after.len(), before.len() + 2, "the answer and the new prompt, no second opening");
    let total = events
        .iter()
        .rev()
        .find_map(|event| match event {
            EventMsg::TokenCount(count) => count.info,
            _ => None,
        })
        .unwrap();
    assert_eq!(total.total_token_usage.input_tokens, 200);
}

#[tokio::test]
async fn a_home_that_cannot_be_written_costs_one_warning_and_not_the_run() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().say("done")));
    // A file where the folder should be: works as root, too, which permissions would not stop.
    std::fs::write(harness.home.path().join("sessions"), "").unwrap();
    let events = harness.run("go").await;
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("done"));
    let warnings: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            EventMsg::Warning(warning) => Some(warning.message.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("Not a directory"), "the cause is told: {}", warnings[0]);
}

#[tokio::test]
async fn a_call_is_in_the_file_before_it_runs() {
    let script = "grep -l '\"function_call\"' -r \"$1\"";
    let mut harness = Harness::new(Scenario::new());
    let sessions = harness.home.path().join("sessions").display().to_string();
    let scenario = Scenario::new()
        .reply(Reply::new().call("shell", json!({"command": ["sh", "-c", script, "sh", sessions]})))
        .reply(Reply::new().say("done"));
    harness.server = scenario.start();
    harness.config.provider = codex_config::provider::ProviderInfo::at("mock", "mock", &harness.server.base_url());
    harness.run("go").await;
    let output = &harness.server.requests()[1].outputs()[0];
    assert!(output.contains("rollout-"), "{output}");
}
