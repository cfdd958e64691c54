use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, completion, failure_code};

#[tokio::test]
async fn the_same_call_with_the_same_result_is_told_and_then_ended() {
    for (name, arguments) in
        [("exec_command", json!({"cmd": "echo same", "login": false})), ("shell", json!({"command": ["echo", "same"]}))]
    {
        let call = move || Reply::new().call(name, arguments.clone());
        let harness = Harness::new(Scenario::new().reply(call()).repeat_last());
        let events = harness.run("go").await;
        assert_eq!(failure_code(&events), "loop_detected");
        let requests = harness.server.requests();
        assert_eq!(requests.len(), 6);
        let told: Vec<bool> = requests[5].outputs().iter().map(|output| output.contains("same arguments and the same result")).collect();
        assert_eq!(told, vec![false, false, true, true, true]);
    }
}

#[tokio::test]
async fn a_command_that_says_nothing_may_run_many_times() {
    let mut scenario = Scenario::new();
    for _ in 0..10 {
        scenario = scenario.reply(Reply::new().call("exec_command", json!({"cmd": "true", "login": false})));
    }
    let harness = Harness::new(scenario.reply(Reply::new().say("done")));
    let events = harness.run("go").await;
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("done"));
}
