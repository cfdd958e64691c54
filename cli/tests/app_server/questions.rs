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
        // A yes to a host is none to a command.
        (
            json!({"result": {"decision": {"applyNetworkPolicyAmendment": {"network_policy_amendment": {"action": "allow", "host": "h"}}}}}),
            "declined",
            "completed",
            rejected.clone(),
        ),
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

/// Runs a turn of two patches, the first answered with `answer` and the second, where it is asked about, with a no. Returns how
/// often was asked, the turn's status, what the model read of the first, and the file.
fn patched(answer: &Value) -> (usize, String, Option<String>, Option<String>) {
    let first = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch\n";
    let second = "*** Begin Patch\n*** Update File: a.txt\n@@\n-hello\n+bye\n*** End Patch\n";
    let server = Scenario::new()
        .reply(Reply::new().custom_with_id("p1", "apply_patch", first))
        .reply(Reply::new().custom_with_id("p2", "apply_patch", second))
        .reply(Reply::new().say("done"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let thread = session.thread(json!({"approvalPolicy": "untrusted", "sandbox": "danger-full-access"}));
    session.turn(&thread, "go");
    let mut asked = 0;
    let status = loop {
        let message =
            session.wait(|message| message["method"] == "item/fileChange/requestApproval" || message["method"] == "turn/completed");
        if message["method"] == "turn/completed" {
            break message["params"]["turn"]["status"].as_str().unwrap().to_owned();
        }
        let mut reply = if asked == 0 { answer.clone() } else { json!({"result": {"decision": "decline"}}) };
        reply["id"] = message["id"].clone();
        session.send(&reply);
        asked += 1;
    };
    (asked, status, server.requests().get(1).and_then(|request| request.output_of("p1")), workspace.read("a.txt"))
}

#[test]
fn each_answer_about_a_patch_has_its_effect() {
    for (answer, asked, status, file) in [
        (json!({"result": {"decision": "accept"}}), 2, "completed", Some("hello\n")),
        (json!({"result": {"decision": "acceptForSession"}}), 1, "completed", Some("bye\n")),
        (json!({"result": {"decision": "decline"}}), 1, "completed", None),
        (json!({"result": {"decision": "cancel"}}), 1, "interrupted", None),
        (json!({"result": {"decision": "bogus"}}), 1, "completed", None),
        (json!({"error": {"code": 1, "message": "x"}}), 1, "completed", None),
    ] {
        let got = patched(&answer);
        assert_eq!((got.0, got.1.as_str(), got.3.as_deref()), (asked, status, file), "{answer}");
        if file.is_none() && status == "completed" {
            assert_eq!(got.2.as_deref(), Some("patch rejected by user"), "{answer}");
        }
    }
}

/// How often a command is asked about that runs twice in one thread and once in another.
fn asked_about(answer: &Value) -> (usize, Option<String>) {
    let call = |id: &str| Reply::new().call_with_id(id, "shell", json!({"command": ["bash", "-lc", "touch made.txt"]}));
    let server = Scenario::new()
        .reply(call("c1"))
        .reply(Reply::new().say("done"))
        .reply(call("c2"))
        .reply(Reply::new().say("done"))
        .reply(call("c3"))
        .reply(Reply::new().say("done"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
    let mut session = Session::start(&home, &workspace);
    let mut asked = 0;
    for turns in [2, 1] {
        let thread = session.thread(json!({"approvalPolicy": "untrusted", "sandbox": "danger-full-access"}));
        for _ in 0..turns {
            session.turn(&thread, "go");
            loop {
                let message = session
                    .wait(|message| message["method"] == "item/commandExecution/requestApproval" || message["method"] == "turn/completed");
                if message["method"] == "turn/completed" {
                    break;
                }
                asked += 1;
                session.send(&json!({"id": message["id"], "result": {"decision": answer}}));
            }
        }
    }
    (asked, std::fs::read_to_string(home.path().join("rules/default.rules")).ok())
}

#[test]
fn a_yes_lasts_as_long_as_it_says() {
    let amendment = json!({"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["touch", "made.txt"]}});
    assert_eq!(asked_about(&json!("accept")), (3, None));
    assert_eq!(asked_about(&json!("acceptForSession")), (2, None));
    let (asked, rules) = asked_about(&amendment);
    assert_eq!(asked, 1, "a rule holds for every thread");
    assert!(rules.unwrap().contains(r#"prefix_rule(pattern=["touch", "made.txt"], decision="allow")"#));
}

#[test]
fn what_a_tool_of_the_client_answers_reaches_the_model_as_it_is() {
    let image = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let text = |text: &str| json!({"type": "inputText", "text": text});
    let seen = |text: &str| json!({"type": "input_text", "text": text});
    let cases = [
        (json!({"result": {"contentItems": [text("found")], "success": true}}), "completed", json!("found")),
        (json!({"result": {"contentItems": [text("found nothing")], "success": false}}), "failed", json!("found nothing")),
        (
            json!({"result": {"contentItems": [text("a dot"), {"type": "inputImage", "imageUrl": image}], "success": true}}),
            "completed",
            json!([seen("a dot"), {"type": "input_image", "image_url": image}]),
        ),
        (json!({"result": {"contentItems": [], "success": true}}), "completed", json!([])),
        (json!({"result": {"bogus": 1}}), "failed", json!("dynamic tool response was invalid")),
        (json!({"error": {"code": 1, "message": "x"}}), "failed", json!("dynamic tool request failed")),
    ];
    for (answer, status, read) in cases {
        let call = Reply::new().call_with_id("c1", "lookup", json!({"q": "abc"}));
        let server = Scenario::new().reply(call).reply(Reply::new().say("done")).start();
        let (home, workspace) = (TestHome::new(&server), TestWorkspace::new());
        let mut session = Session::start(&home, &workspace);
        let tool = json!({"name": "lookup", "description": "looks up", "inputSchema": {"type": "object", "properties": {}}});
        let thread = session.thread(json!({"approvalPolicy": "never", "dynamicTools": [tool]}));
        session.turn(&thread, "go");
        let asked = session.wait(|message| message["method"] == "item/tool/call");
        let mut reply = answer.clone();
        reply["id"] = asked["id"].clone();
        session.send(&reply);
        session.told("turn/completed");
        let ended = session.wait(|message| message["method"] == "item/completed" && message["params"]["item"]["id"] == "c1");
        assert_eq!(ended["params"]["item"]["status"], status, "{answer}");
        let requests = server.requests();
        let output = requests[1].input().iter().find(|item| item["call_id"] == "c1" && item.get("output").is_some()).unwrap();
        assert_eq!(output["output"], read, "{answer}");
    }
}

/// A turn whose one command asks for a host twice; the first question about it gets `decision`, a second one a no. What the command was
/// told each time.
fn asked_for_a_host(decision: &Value) -> (Value, Vec<bool>) {
    let one = "exec 3<>/dev/tcp/127.0.0.1/43128; printf 'CONNECT new.invalid:443 HTTP/1.1\\r\\n\\r\\n' >&3; head -n 1 <&3; exec 3>&-;";
    let call = Reply::new().call_with_id("c1", "shell", json!({"command": ["bash", "-c", format!("{one}{one}")]}));
    let server = Scenario::new().reply(call).reply(Reply::new().say("done")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let mut session = Session::start(&home, &workspace);
    let settings = json!({"sandbox_workspace_write.network_access": {"allow": ["known.invalid"]}});
    let thread = session.thread(json!({"approvalPolicy": "on-request", "sandbox": "workspace-write", "config": settings}));
    session.turn(&thread, "go");
    let mut first = None;
    let mut answer = decision.clone();
    loop {
        let next =
            session.wait(|message| message["method"] == "item/commandExecution/requestApproval" || message["method"] == "turn/completed");
        if next["method"] == "turn/completed" {
            break;
        }
        session.send(&json!({"id": next["id"], "result": {"decision": answer}}));
        answer = json!("decline");
        first.get_or_insert(next["params"].clone());
    }
    let output = server.requests()[1].output_of("c1").unwrap();
    let let_through = output.lines().filter(|line| line.contains("HTTP/1.1")).map(|line| line.contains("502")).collect();
    (first.unwrap(), let_through)
}

/// A rule for a host is an answer about that host, and about nothing else.
#[test]
fn each_answer_about_a_host_has_its_effect() {
    if let Err(cause) = &codex_sandbox::machine(std::path::Path::new(env!("CARGO_BIN_EXE_codex"))).namespaces {
        eprintln!("skipped: {cause}: a network by names needs one of its own");
        return;
    }
    let rule =
        |action: &str, host: &str| json!({"applyNetworkPolicyAmendment": {"network_policy_amendment": {"action": action, "host": host}}});
    for (decision, expected) in [
        (rule("allow", "new.invalid"), [true, true]),
        (rule("deny", "new.invalid"), [false, false]),
        (rule("allow", "other.invalid"), [false, false]),
        (json!("accept"), [true, false]),
        (json!("acceptForSession"), [true, true]),
        (json!("decline"), [false, false]),
    ] {
        let (asked, let_through) = asked_for_a_host(&decision);
        assert_eq!(asked["networkApprovalContext"], json!({"host": "new.invalid", "protocol": "https"}));
        let proposed = json!([{"action": "allow", "host": "new.invalid"}, {"action": "deny", "host": "new.invalid"}]);
        assert_eq!(asked["proposedNetworkPolicyAmendments"], proposed);
        assert_eq!(let_through, expected, "{decision}");
    }
}
