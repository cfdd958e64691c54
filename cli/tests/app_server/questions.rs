//! Questions about commands and patches, and every answer to them.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::session::Session;

/// Runs a turn whose one command is answered with `result`; returns the item's last status, the turn's, and what the model read.
fn answered(result: &Value) -> (String, String, Option<String>) {
    let call = Reply::new().call_with_id("c1", "shell", json!({"command": ["bash", "-lc", "echo ran > made.txt"]}));
    let server = Scenario::new().reply(call).reply(Reply::new().say("done")).start();
    let home = TestHome::new(&server);
    let workspace = TestWorkspace::new();
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "untrusted", "sandbox": "danger-full-access"}));
    session.turn(&thread, "go");
    let asked = session.wait(|message| message["method"] == "item/commandExecution/requestApproval");
    assert_eq!((&asked["params"]["itemId"], &asked["params"]["threadId"]), (&json!("c1"), &json!(thread)));
    assert_eq!(asked["params"]["command"], "bash -lc 'echo ran > made.txt'");
    let mut message = result.clone();
    message["id"] = asked["id"].clone();
    session.send(&message);
    assert_eq!(session.told("serverRequest/resolved")["requestId"], asked["id"]);
    let turn = session.told("turn/completed")["turn"]["status"].as_str().unwrap().to_owned();
    let rest = session.rest();
    let item = |method: &str| rest.iter().filter(|message| message["method"] == method && message["params"]["item"]["id"] == "c1").count();
    assert_eq!((item("item/started"), item("item/completed")), (1, 1), "an item starts and ends once");
    let status = rest.iter().rev().find(|message| message["method"] == "item/completed" && message["params"]["item"]["id"] == "c1");
    let status = status.unwrap()["params"]["item"]["status"].as_str().unwrap().to_owned();
    let read = server.requests().get(1).and_then(|request| request.output_of("c1"));
    assert_eq!(workspace.read("made.txt").is_some(), status == "completed", "only what was allowed ran");
    (status, turn, read)
}

#[test]
fn each_answer_about_a_command_has_its_effect() {
    let rejected = Some("exec command rejected by user".to_owned());
    for (result, status, turn, read) in [
        (json!({"result": {"decision": "accept"}}), "completed", "completed", None),
        (json!({"result": {"decision": "acceptForSession"}}), "completed", "completed", None),
        (json!({"result": {"decision": "decline"}}), "declined", "completed", rejected.clone()),
        (json!({"result": {"decision": "cancel"}}), "declined", "interrupted", None),
        // What cannot be understood is a no.
        (json!({"result": {"decision": "bogus"}}), "declined", "completed", rejected.clone()),
        (json!({"result": {}}), "declined", "completed", rejected.clone()),
        (json!({"error": {"code": 1, "message": "x"}}), "declined", "completed", rejected),
    ] {
        let got = answered(&result);
        assert_eq!((got.0.as_str(), got.1.as_str()), (status, turn), "{result}");
        if read.is_some() {
            assert_eq!(got.2, read, "{result}");
        }
    }
}

#[test]
fn a_patch_is_asked_about_and_applied_when_accepted() {
    let patch = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch\n";
    let call = Reply::new().custom("apply_patch", patch);
    let server = Scenario::new().reply(call).reply(Reply::new().say("done")).start();
    let home = TestHome::new(&server);
    let workspace = TestWorkspace::new();
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "untrusted", "sandbox": "danger-full-access"}));
    session.turn(&thread, "go");
    let asked = session.wait(|message| message["method"] == "item/fileChange/requestApproval");
    assert_eq!(workspace.read("a.txt"), None);
    session.send(&json!({"id": asked["id"], "result": {"decision": "accept"}}));
    // A second answer does nothing.
    session.send(&json!({"id": asked["id"], "result": {"decision": "cancel"}}));
    assert_eq!(session.told("turn/completed")["turn"]["status"], "completed");
    assert_eq!(workspace.read("a.txt").as_deref(), Some("hello\n"));
}

#[test]
fn a_tool_of_the_client_is_offered_called_and_its_answer_read() {
    let call = Reply::new().call_with_id("c1", "lookup", json!({"q": "abc"}));
    let server = Scenario::new().reply(call).reply(Reply::new().say("done")).start();
    let home = TestHome::new(&server);
    let workspace = TestWorkspace::new();
    let mut session = Session::start(&home, &workspace);
    let tool =
        json!({"name": "lookup", "description": "looks up", "inputSchema": {"type": "object", "properties": {"q": {"type": "string"}}}});
    let refused = session.ask("thread/start", json!({"dynamicTools": [tool, tool]}));
    assert_eq!(refused["error"]["message"], "duplicate dynamic tool name: lookup");
    let thread = session.thread(json!({"approvalPolicy": "never", "dynamicTools": [tool]}));
    session.turn(&thread, "go");
    let asked = session.wait(|message| message["method"] == "item/tool/call");
    assert_eq!((&asked["params"]["tool"], &asked["params"]["arguments"]), (&json!("lookup"), &json!({"q": "abc"})));
    session.send(&json!({"id": asked["id"], "result": {"contentItems": [{"type": "inputText", "text": "found abc"}], "success": true}}));
    assert_eq!(session.told("turn/completed")["turn"]["status"], "completed");
    let requests = server.requests();
    assert_eq!(requests[0].tool_names().last().map(String::as_str), Some("lookup"));
    assert_eq!(requests[1].output_of("c1").as_deref(), Some("found abc"));
    let ended = session.rest().into_iter().find(|message| message["method"] == "item/completed" && message["params"]["item"]["id"] == "c1");
    assert_eq!(ended.unwrap()["params"]["item"]["status"], "completed");
}
