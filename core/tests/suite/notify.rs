use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::Harness;

/// Waits for the detached program's file; fails after ten seconds.
async fn appears(harness: &Harness, name: &str) -> String {
    for _ in 0..1000 {
        if let Some(text) = harness.workspace.read(name).filter(|text| text.ends_with('\n')) {
            return text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the program was not run");
}

#[tokio::test]
async fn the_users_program_is_told_of_a_completed_turn_and_not_of_a_failed_one() {
    let scenario = Scenario::new().reply(Reply::status(400)).reply(Reply::new().say("m1"));
    let mut harness = Harness::new(scenario);
    let script = r#"echo "$0" >> told.txt"#;
    harness.config.notify = vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
    harness.run("fails").await;
    harness.run("hi there").await;
    let told: serde_json::Value = serde_json::from_str(appears(&harness, "told.txt").await.trim()).unwrap();
    assert_eq!(told["type"], "agent-turn-complete");
    assert_eq!(told["client"], "codex-exec");
    assert_eq!(told["input-messages"], json!(["hi there"]));
    assert_eq!(told["last-assistant-message"], "m1");
}
