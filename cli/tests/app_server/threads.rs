//! Threads and turns: order, listing, resuming, taking back.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::session::Session;

fn talk() -> (codex_test_support::ModelServer, TestHome, TestWorkspace) {
    let server = Scenario::new().reply(Reply::new().say("hello")).repeat_last().start();
    let home = TestHome::new(&server);
    (server, home, TestWorkspace::new())
}

#[test]
fn a_turn_is_told_in_the_recorded_order() {
    let (_server, home, workspace) = talk();
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "never"}));
    let turn = session.turn(&thread, "hi");
    session.told("turn/completed");
    let told: Vec<String> = session.rest().iter().filter_map(|message| message["method"].as_str().map(str::to_owned)).collect();
    let told: Vec<&str> = told.iter().map(String::as_str).filter(|method| *method != "configWarning").collect();
    let expected = [
        "thread/started",
        "thread/status/changed",
        "turn/started",
        "item/started",
        "item/completed",
        "account/rateLimits/updated",
        "item/started",
        "item/agentMessage/delta",
        "item/completed",
        "thread/tokenUsage/updated",
        "account/rateLimits/updated",
        "thread/status/changed",
    ];
    let mut without_repeats: Vec<&str> = told.clone();
    without_repeats.dedup();
    assert_eq!(without_repeats, expected, "{told:?}");
    let read = session.request("thread/read", json!({"threadId": thread, "includeTurns": true}));
    assert_eq!(read["thread"]["turns"][0]["id"], json!(turn));
    assert_eq!(read["thread"]["turns"][0]["items"][1]["text"], "hello");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn a_thread_is_listed_resumed_forked_rolled_back_and_put_away() {
    let (_server, home, workspace) = talk();
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "never"}));
    assert_eq!(session.request("thread/list", json!({}))["data"], json!([]));
    for text in ["first apples", "second"] {
        session.turn(&thread, text);
        session.told("turn/completed");
    }
    let list = session.request("thread/list", json!({"searchTerm": "apples"}));
    assert_eq!((&list["data"][0]["id"], &list["data"][0]["preview"]), (&json!(thread), &json!("first apples")));
    assert_eq!(session.end(), Some(0));

    let mut session = Session::start(&home, &workspace);
    let resumed = session.request("thread/resume", json!({"threadId": thread}));
    assert_eq!(resumed["thread"]["turns"].as_array().unwrap().len(), 2);
    let fork = session.request("thread/fork", json!({"threadId": thread}))["thread"]["id"].as_str().unwrap().to_owned();
    assert_ne!(fork, thread);
    let rolled = session.request("thread/rollback", json!({"threadId": fork, "numTurns": 1}));
    assert_eq!(rolled["thread"]["turns"].as_array().unwrap().len(), 1);
    let read = session.request("thread/read", json!({"threadId": thread, "includeTurns": true}));
    assert_eq!(read["thread"]["turns"].as_array().unwrap().len(), 2, "the source of a fork stays as it is");
    session.request("thread/archive", json!({"threadId": thread}));
    assert_eq!(session.told("thread/archived"), json!({"threadId": thread}));
    let refused = session.ask("thread/resume", json!({"threadId": thread}));
    assert_eq!(refused["error"]["message"], format!("no rollout found for thread id {thread}"));
    let back = session.request("thread/unarchive", json!({"threadId": thread}));
    assert_eq!(back["thread"]["status"], json!({"type": "notLoaded"}));
    session.request("thread/name/set", json!({"threadId": thread, "name": "  Apples  "}));
    assert_eq!(session.told("thread/name/updated")["threadName"], "Apples");
    session.request("thread/unsubscribe", json!({"threadId": fork}));
    assert_eq!(session.told("thread/closed"), json!({"threadId": fork}));
}

#[test]
fn five_hundred_threads_on_one_connection_all_finish() {
    let (_server, home, workspace) = talk();
    let mut session = Session::start(&home, &workspace);
    // The first fifty are asked for at once.
    for id in 0..50 {
        session.send(&json!({"id": id, "method": "thread/start", "params": {"approvalPolicy": "never"}}));
    }
    let mut threads: Vec<String> =
        (0..50).map(|id| session.answer(&json!(id))["result"]["thread"]["id"].as_str().unwrap().to_owned()).collect();
    while threads.len() < 500 {
        threads.push(session.thread(json!({"approvalPolicy": "never"})));
    }
    for (id, thread) in (1_000_000..).zip(&threads) {
        let params = json!({"threadId": thread, "input": [{"type": "text", "text": "hi"}]});
        session.send(&json!({"id": id, "method": "turn/start", "params": params}));
    }
    let statuses: Vec<Value> = (0..500).map(|_| session.told("turn/completed")["turn"]["status"].clone()).collect();
    assert_eq!(statuses, vec![json!("completed"); 500]);
}

#[test]
fn an_interrupt_ends_the_turn_and_names_what_it_does_not_fit() {
    let server = Scenario::new().reply(Reply::new().say("a").hold()).start();
    let home = TestHome::new(&server);
    let workspace = TestWorkspace::new();
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "never"}));
    let none = session.ask("turn/interrupt", json!({"threadId": thread, "turnId": "x"}));
    assert_eq!(none["error"]["message"], "no active turn to interrupt");
    let turn = session.turn(&thread, "hi");
    let wrong = session.ask("turn/steer", json!({"threadId": thread, "input": [{"type": "text", "text": "x"}], "expectedTurnId": "wrong"}));
    assert_eq!(wrong["error"]["message"], format!("expected active turn id `wrong` but found `{turn}`"));
    assert_eq!(session.request("turn/interrupt", json!({"threadId": thread, "turnId": turn})), json!({}));
    assert_eq!(session.told("turn/completed")["turn"]["status"], "interrupted");
}

/// A turn's changes are taken back, brought back, and not past what somebody edited since.
#[test]
fn files_are_taken_back_and_brought_back() {
    let patch = "*** Begin Patch\n*** Add File: made\n+text\n*** End Patch";
    let server = Scenario::new().reply(Reply::new().custom("apply_patch", patch)).reply(Reply::new().say("done")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "never", "sandbox": "workspace-write"}));
    let nothing = session.ask("thread/files/undo", json!({"threadId": thread}));
    assert!(nothing["error"]["message"].as_str().unwrap().starts_with("nothing to undo"), "{nothing}");
    let turn = session.turn(&thread, "hi");
    session.told("turn/completed");
    assert_eq!(workspace.read("made").as_deref(), Some("text\n"));
    let undone = session.request("thread/files/undo", json!({"threadId": thread}));
    assert_eq!(undone, json!({"turnIds": [turn], "changes": [{"path": "made", "kind": "removed"}], "lost": []}));
    assert_eq!(workspace.read("made"), None);
    session.request("thread/files/redo", json!({"threadId": thread}));
    workspace.file("made", "mine\n");
    let refused = session.ask("thread/files/undo", json!({"threadId": thread, "turnId": turn}));
    assert_eq!(refused["error"]["data"], json!({"conflicts": ["made"]}));
    assert_eq!(workspace.read("made").as_deref(), Some("mine\n"));
    session.request("thread/files/undo", json!({"threadId": thread, "turnId": turn, "force": true}));
    assert_eq!(workspace.read("made"), None);
}
