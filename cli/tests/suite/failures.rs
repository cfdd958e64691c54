//! Model servers that fail: what is told, with which code, and that nothing hangs.

use codex_test_support::{ModelServer, Reply, Scenario, TestHome, TestWorkspace, closed_port_url};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::process::{Run, codex, exec_json};

const NO_RETRIES: &str = "request_max_retries = 0\nstream_max_retries = 0\nstream_idle_timeout_ms = 300\n";

fn home_for(server: &ModelServer) -> TestHome {
    TestHome::with_config(server, "", NO_RETRIES)
}

#[test]
fn each_failure_of_a_server_is_told_in_its_words() {
    let unexpected = |status: &str| format!("unexpected status {status}: scripted, url: ");
    let cut = "stream disconnected before completion: ";
    let cases: Vec<(Reply, String, &str)> = vec![
        (Reply::status(400).body(json!({"why": "so"})), r#"{"why":"so"}"#.into(), "bad_request"),
        (Reply::status(401), unexpected("401 Unauthorized"), "unauthorized"),
        (Reply::status(403), unexpected("403 Forbidden"), "forbidden"),
        (Reply::status(404), unexpected("404 Not Found"), "not_found"),
        (Reply::status(429), "exceeded retry limit, last status: 429 Too Many Requests".into(), "rate_limited"),
        (Reply::status(500), "We're currently experiencing high demand, which may cause temporary errors.".into(), "server_error"),
        (Reply::status(502), unexpected("502 Bad Gateway"), "server_error"),
        (Reply::new().say("half").cut(), format!("{cut}stream closed before response.completed"), "stream_cut"),
        (Reply::new().hold(), format!("{cut}idle timeout waiting for SSE"), "stream_cut"),
        (
            Reply::new().failed("insufficient_quota", "no money"),
            "Quota exceeded. Check your plan and billing details.".into(),
            "quota_exceeded",
        ),
        (
            Reply::new().failed("context_length_exceeded", "long"),
            "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.".into(),
            "context_window_exceeded",
        ),
        (Reply::garbage("this is no HTTP at all"), String::new(), "connection_failed"),
        (Reply::hang_up(), String::new(), "connection_failed"),
    ];
    for (reply, message, code) in cases {
        let server = Scenario::new().reply(reply).repeat_last().start();
        let (home, workspace) = (home_for(&server), TestWorkspace::git());
        let run = exec_json(&home, &workspace, &["go"]);
        run.assert_code(1);
        let failure = run.failure();
        let told = failure["message"].as_str().unwrap();
        assert!(told.starts_with(&message) && !told.is_empty(), "{code}: {told}");
        assert_eq!(failure["code"], code, "{told}");
        let events = run.events();
        let last_two = &events[events.len() - 2..];
        assert_eq!(last_two[0], json!({"type": "error", "message": told}));
        assert_eq!(last_two[1]["type"], "turn.failed");
        assert_eq!(run.stderr, "", "{code}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let (home, workspace) = (TestHome::for_base_url(&closed_port_url(), "", NO_RETRIES), TestWorkspace::git());
    let failure = exec_json(&home, &workspace, &["go"]).assert_code(1).failure();
    assert!(
        failure["message"]
            .as_str()
            .unwrap()
            .starts_with("stream disconnected before completion: error sending request for url (http://127.0.0.1:"),
        "{failure}"
    );
}

#[test]
fn a_retry_is_told_with_its_cause_and_the_run_goes_on() {
    let server = Scenario::new().reply(Reply::new().cut()).reply(Reply::new().say("ok")).start();
    let (home, workspace) = (TestHome::with_config(&server, "", "stream_max_retries = 2\n"), TestWorkspace::git());
    let run = exec_json(&home, &workspace, &["go"]);
    run.assert_code(0);
    assert_eq!(run.kinds(), ["thread.started", "turn.started", "error", "item.completed", "turn.completed"]);
    let told = run.events()[2]["message"].as_str().unwrap().to_owned();
    assert!(told.starts_with("Reconnecting... 1/2 (stream disconnected before completion"), "{told}");
}

#[test]
fn a_key_that_is_missing_is_asked_for_by_name() {
    let server = Scenario::new().reply(Reply::new().say("ok")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let run = Run::of(codex(&home, &workspace, &["exec", "--json", "go"]).env_remove("MOCK_KEY"));
    run.assert_code(1);
    assert!(run.failure()["message"].as_str().unwrap().starts_with("Missing environment variable: `MOCK_KEY`."), "{}", run.stdout);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_failure_in_human_mode_is_told_once() {
    let server = Scenario::new().reply(Reply::status(400).body(json!({"why": "so"}))).start();
    let (home, workspace) = (home_for(&server), TestWorkspace::git());
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "go"]));
    run.assert_code(1);
    assert_eq!(run.stderr.matches("ERROR: {\"why\":\"so\"}\n").count(), 1, "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn failed_commands_and_refused_patches_do_not_fail_the_run() {
    let server = Scenario::new()
        .reply(Reply::new().call("shell", json!({"command": ["false"]})))
        .reply(Reply::new().custom("apply_patch", "no patch"))
        .reply(Reply::new().call("no_such_tool", json!({})))
        .reply(Reply::new().say("gave up"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    exec_json(&home, &workspace, &["go"]).assert_code(0);
}
