use std::time::{Duration, Instant};

use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, completion, failure_code, submit, until_turn_end};

fn busy() -> Scenario {
    Scenario::new()
        .reply_with(|request| {
            let count = request.outputs().len();
            Reply::new().say(format!("step {count}")).call("exec_command", json!({"cmd": format!("echo {count}"), "login": false}))
        })
        .repeat_last()
}

#[tokio::test]
async fn max_turns_stops_after_the_step_in_flight_and_keeps_the_partial_answer() {
    let mut harness = Harness::new(busy());
    harness.options.limits.max_requests = Some(2);
    let events = harness.run("go").await;
    assert_eq!(failure_code(&events), "max_turns");
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("step 1"));
    assert_eq!(harness.server.requests().len(), 2);
    let commands = events.iter().filter(|event| matches!(event, EventMsg::ExecCommandEnd(_))).count();
    assert_eq!(commands, 2, "the call of the last answer ran");
}

#[tokio::test]
async fn max_tokens_counts_every_request() {
    let mut harness = Harness::new(busy());
    harness.options.limits.max_tokens = Some(250);
    let events = harness.run("go").await;
    assert_eq!(failure_code(&events), "max_tokens");
    assert_eq!(harness.server.requests().len(), 3, "110 tokens a request");
}

#[tokio::test]
async fn a_limit_that_is_not_needed_changes_nothing() {
    let mut harness = Harness::new(Scenario::new().reply(Reply::new().say("done")));
    harness.options.limits.max_requests = Some(1);
    harness.options.limits.max_tokens = Some(1);
    let events = harness.run("go").await;
    assert_eq!(completion(&events).error, None);
}

#[tokio::test]
async fn stop_after_step_lets_the_step_in_flight_end() {
    let scenario =
        Scenario::new().reply(Reply::new().say("thinking").hold().call("exec_command", json!({"cmd": "echo x > done", "login": false})));
    let harness = Harness::new(scenario);
    let thread = harness.start().await;
    submit(&thread, "go").await;
    while let Some(event) = thread.next_event().await {
        if matches!(event.msg, EventMsg::AgentMessage(_)) {
            break;
        }
    }
    let stop = Op::StopAfterStep { code: "timeout".to_owned(), message: "out of time".to_owned() };
    thread.submit(stop).await.unwrap();
    thread.submit(Op::Steer { expected: "another".into(), input: Vec::new() }).await.unwrap();
    while let Some(event) = thread.next_event().await {
        if matches!(event.msg, EventMsg::Warning(_)) {
            break;
        }
    }
    harness.server.release();
    let events = until_turn_end(&thread).await;
    assert_eq!(failure_code(&events), "timeout");
    assert_eq!(harness.workspace.read("done").as_deref(), Some("x\n"));
}

#[tokio::test]
async fn stop_after_step_does_not_wait_for_the_next_try() {
    let busy = Reply::status(503).body(json!({"error": {"message": "busy"}})).header("retry-after", "60");
    let harness = Harness::new(Scenario::new().reply(busy));
    let thread = harness.start().await;
    submit(&thread, "go").await;
    while let Some(event) = thread.next_event().await {
        if matches!(event.msg, EventMsg::StreamError(_)) {
            break;
        }
    }
    let began = Instant::now();
    let stop = Op::StopAfterStep { code: "timeout".to_owned(), message: "out of time".to_owned() };
    thread.submit(stop).await.unwrap();
    assert_eq!(failure_code(&until_turn_end(&thread).await), "timeout");
    assert!(began.elapsed() < Duration::from_secs(5), "less than the grace of a step");
}

#[tokio::test]
async fn max_tokens_holds_where_the_server_counts_nothing() {
    let silent =
        || Reply::new().call("exec_command", json!({"cmd": "head -c 8000 /dev/zero | tr '\\0' x", "login": false})).usage(json!(null));
    let mut harness = Harness::new(Scenario::new().reply(silent()).reply(silent()).reply(Reply::new().say("done")));
    harness.options.limits.max_tokens = Some(2000);
    let events = harness.run("go").await;
    assert_eq!(failure_code(&events), "max_tokens");
    assert_eq!(harness.server.requests().len(), 2);
}
