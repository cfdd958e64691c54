use codex_core::Traffic;
use codex_protocol::EventMsg;
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::harness::{Harness, completion, failure_code};

fn scenario() -> Scenario {
    Scenario::new()
        .reply(Reply::new().say("looking").call("exec_command", json!({"cmd": "cat note.txt", "login": false})))
        .reply(Reply::new().say("done"))
}

#[tokio::test]
async fn a_recorded_run_replays_in_another_folder_without_a_server() {
    let tape = tempfile::tempdir().unwrap();
    let path = tape.path().join("run.jsonl");
    let mut recorded = Harness::new(scenario());
    recorded.workspace.file("note.txt", "hello\n");
    recorded.options.traffic = Traffic::Record(path.clone());
    let first = recorded.run("go").await;
    assert_eq!(completion(&first).error, None);

    let mut replayed = Harness::new(Scenario::new());
    replayed.workspace.file("note.txt", "hello\n");
    replayed.options.traffic = Traffic::Replay { text: std::fs::read_to_string(&path).unwrap(), lenient: false };
    let events = replayed.run("go").await;
    assert_eq!(completion(&events).error, None);
    assert_eq!(completion(&events).last_agent_message.as_deref(), Some("done"));
    assert!(events.iter().any(|event| matches!(event, EventMsg::ExecCommandEnd(end) if end.aggregated_output == "hello\n")));
    assert_eq!(replayed.server.requests().len(), 0);
}

#[tokio::test]
async fn a_replay_names_the_first_difference_unless_it_is_lenient() {
    let tape = tempfile::tempdir().unwrap();
    let path = tape.path().join("run.jsonl");
    let mut recorded = Harness::new(scenario());
    recorded.workspace.file("note.txt", "hello\n");
    recorded.options.traffic = Traffic::Record(path.clone());
    recorded.run("go").await;

    for (lenient, code) in [(false, Some("replay_mismatch")), (true, None)] {
        let mut replayed = Harness::new(Scenario::new());
        replayed.workspace.file("note.txt", "changed\n");
        replayed.options.traffic = Traffic::Replay { text: std::fs::read_to_string(&path).unwrap(), lenient };
        let events = replayed.run("go").await;
        match code {
            Some(code) => {
                assert_eq!(failure_code(&events), code);
                let message = &completion(&events).error.as_ref().unwrap().message;
                assert!(message.contains("hello") && message.contains("changed"), "{message}");
            }
            None => assert_eq!(completion(&events).error, None),
        }
    }
}
