use std::time::{Duration, Instant};

use codex_protocol::event::AbortReason;
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, submit, until_turn_end};

#[tokio::test]
async fn an_interrupt_ends_children_pairs_the_call_and_is_written_down() {
    let scenario = Scenario::new().reply(Reply::new().call_with_id(
        "c1",
        "shell",
        json!({"command": ["sh", "-c", "echo $$ > pid; sleep 300"], "timeout_ms": 300_000}),
    ));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    while let Some(event) = thread.next_event().await {
        if matches!(event.msg, EventMsg::ExecCommandBegin(_)) {
            break;
        }
    }
    let pid = loop {
        match harness.workspace.read("pid").map(|text| text.trim().parse::<i32>()) {
            Some(Ok(pid)) => break pid,
            _ => tokio::task::yield_now().await,
        }
    };
    thread.submit(Op::Interrupt).await.unwrap();
    let events = until_turn_end(&thread).await;
    assert!(matches!(events.last(), Some(EventMsg::TurnAborted(aborted)) if aborted.reason == AbortReason::Interrupted));
    assert!(!std::path::Path::new(&format!("/proc/{pid}/cwd")).exists(), "the child is gone");
    let lines = harness.session_lines();
    let output = lines.iter().find(|line| line["payload"]["type"] == "function_call_output").unwrap();
    let text = output["payload"]["output"].as_str().unwrap();
    assert!(text.starts_with("aborted by user after ") && text.ends_with('s'), "{text}");
    let tail: Vec<&str> = lines.iter().rev().take(2).map(|line| line["payload"]["type"].as_str().unwrap()).collect();
    assert_eq!(tail, vec!["turn_aborted", "message"]);
}

#[tokio::test]
async fn a_second_interrupt_kills_a_command_that_ignores_the_first_at_once() {
    let line = "trap '' TERM; echo > ready; while :; do sleep 1; done";
    for (tool, arguments) in [
        ("shell", json!({"command": ["bash", "-c", line], "timeout_ms": 300_000})),
        ("exec_command", json!({"cmd": line, "login": false, "yield_time_ms": 30_000})),
    ] {
        let harness = Harness::new(Scenario::new().reply(Reply::new().call(tool, arguments)));
        let thread = harness.start().await;
        submit(&thread, "go").await;
        while harness.workspace.read("ready").is_none() {
            tokio::task::yield_now().await;
        }
        let began = Instant::now();
        thread.submit(Op::Interrupt).await.unwrap();
        thread.submit(Op::Interrupt).await.unwrap();
        until_turn_end(&thread).await;
        assert!(began.elapsed() < Duration::from_millis(400), "{tool}: less than the grace of one interrupt");
    }
}

#[tokio::test]
async fn an_interrupt_during_an_answer_keeps_what_was_said() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().say("first part").hold()).reply(Reply::new().say("later")));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    while let Some(event) = thread.next_event().await {
        if matches!(event.msg, EventMsg::AgentMessage(_)) {
            break;
        }
    }
    thread.submit(Op::Interrupt).await.unwrap();
    until_turn_end(&thread).await;
    submit(&thread, "again").await;
    until_turn_end(&thread).await;
    let requests = harness.server.requests();
    assert_eq!(requests[1].texts_of("assistant"), vec!["first part"]);
    assert!(requests[1].texts_of("user").iter().any(|text| text.starts_with("<turn_aborted>\n")));
}

#[tokio::test]
async fn input_during_a_turn_joins_it() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().say("first").hold()).reply(Reply::new().say("second")));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    while let Some(event) = thread.next_event().await {
        if matches!(event.msg, EventMsg::AgentMessage(_)) {
            break;
        }
    }
    submit(&thread, "and this").await;
    // The next submission is served after the steering one: once it is answered, the input is queued.
    thread.submit(Op::Steer { expected: "another".into(), input: Vec::new() }).await.unwrap();
    while let Some(event) = thread.next_event().await {
        if matches!(event.msg, EventMsg::Warning(_)) {
            break;
        }
    }
    harness.server.release();
    until_turn_end(&thread).await;
    assert_eq!(harness.server.requests()[1].texts_of("user").last().unwrap(), "and this");
}

#[tokio::test]
async fn what_was_said_meanwhile_begins_a_turn_of_its_own_when_it_is_to_be_sent_at_once() {
    let harness = Harness::new(Scenario::new().reply(Reply::new().say("first").hold()).reply(Reply::new().say("second")));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    while let Some(event) = thread.next_event().await {
        if matches!(event.msg, EventMsg::AgentMessage(_)) {
            break;
        }
    }
    submit(&thread, "not that way").await;
    thread.submit(Op::InterruptAndSend).await.unwrap();
    let events = until_turn_end(&thread).await;
    assert!(matches!(events.last(), Some(EventMsg::TurnAborted(_))));
    assert!(!events.iter().any(|event| matches!(event, EventMsg::UserMessage(_))), "it is not part of the turn that ended");
    let events = until_turn_end(&thread).await;
    assert!(matches!(events.last(), Some(EventMsg::TaskComplete(_))));
    assert!(events.iter().any(|event| matches!(event, EventMsg::UserMessage(message) if message.message == "not that way")));
    let requests = harness.server.requests();
    assert_eq!(requests.len(), 2);
    let users = requests[1].texts_of("user");
    let at = |text: &str| users.iter().position(|user| user.starts_with(text)).unwrap();
    assert!(at("<turn_aborted>") < at("not that way"), "{users:?}");
    assert_eq!(users.iter().filter(|text| *text == "not that way").count(), 1);
}

#[tokio::test]
async fn the_service_tier_of_later_turns_can_be_changed() {
    let scenario = Scenario::new().reply(Reply::new().say("one")).reply(Reply::new().say("two")).reply(Reply::new().say("three"));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    for tier in [None, Some("priority"), Some("")] {
        let overrides = codex_protocol::op::TurnOverrides { service_tier: tier.map(str::to_owned), ..Default::default() };
        thread.submit(Op::OverrideDefaults(overrides)).await.unwrap();
        submit(&thread, "go").await;
        until_turn_end(&thread).await;
    }
    let tiers: Vec<_> = harness.server.requests().iter().map(|request| request.body["service_tier"].clone()).collect();
    assert_eq!(tiers, vec![serde_json::Value::Null, json!("priority"), serde_json::Value::Null]);
}
