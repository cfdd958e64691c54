//! Lines that make no sense, too much at once, and ends of every kind.

use std::time::{Duration, Instant};

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::session::{LONG, Session, ended};

fn quiet() -> (codex_test_support::ModelServer, TestHome, TestWorkspace) {
    let server = Scenario::new().start();
    let home = TestHome::new(&server);
    (server, home, TestWorkspace::new())
}

#[test]
fn lines_that_make_no_sense_are_answered_and_survived() {
    let (_server, home, workspace) = quiet();
    let mut session = Session::start(&home, &workspace);
    for (line, code) in [(&b"this is not json\n"[..], -32700), (b"{\"half\": \n", -32700), (b"\xff\xfe{}\n", -32700), (b"[]\n", -32600)] {
        session.send_raw(line);
        let complaint = session.answer(&json!(""));
        assert_eq!(complaint["error"]["code"], code, "{line:?}");
    }
    session.send_raw(b"\n\r\n");
    let pad = "x".repeat(1 << 20);
    let answer = session.ask("thread/loaded/list", json!({"pad": pad}));
    assert_eq!(answer["result"]["data"], json!([]));
}

#[test]
fn a_line_longer_than_a_message_may_be_is_refused_and_survived() {
    let (_server, home, workspace) = quiet();
    let mut session = Session::start(&home, &workspace);
    // L4.
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..65 {
        session.send_raw(&piece);
    }
    session.send_raw(b"\n");
    assert_eq!(session.answer(&json!(""))["error"]["code"], -32600);
    assert_eq!(session.request("thread/loaded/list", json!({}))["data"], json!([]));
}

#[test]
fn ten_thousand_requests_at_once_are_each_answered_once() {
    let (_server, home, workspace) = quiet();
    let mut session = Session::start(&home, &workspace);
    let many: String = (0..10_000).map(|id| format!("{{\"id\":{id},\"method\":\"thread/loaded/list\",\"params\":{{}}}}\n")).collect();
    session.send_raw(many.as_bytes());
    for id in 0..10_000 {
        let answer = session.answer(&json!(id));
        assert!(answer.get("result").is_some() || answer["error"]["code"] == -32001, "{answer}");
    }
}

/// Starts a turn whose command writes its id and then sleeps; returns the session and that id.
fn sleeping(home: &TestHome, workspace: &TestWorkspace) -> (Session, String) {
    let mut session = Session::start(home, workspace);
    let thread = session.thread(json!({"approvalPolicy": "never", "sandbox": "danger-full-access"}));
    session.turn(&thread, "sleep");
    let until = Instant::now() + LONG;
    loop {
        if let Some(id) = workspace.read("pid").filter(|id| id.ends_with('\n')) {
            return (session, id.trim().to_owned());
        }
        assert!(Instant::now() < until, "the command does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn sleeper() -> (codex_test_support::ModelServer, TestHome, TestWorkspace) {
    let call = Reply::new().call("shell", json!({"command": ["sh", "-c", "echo $$ > pid; exec sleep 600"], "timeout_ms": 600_000}));
    let server = Scenario::new().reply(call).start();
    let home = TestHome::new(&server);
    (server, home, TestWorkspace::new())
}

fn gone(id: &str) {
    let until = Instant::now() + LONG;
    let runs = || std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    while runs() {
        assert!(Instant::now() < until, "the command outlives its server");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_client_that_closes_its_end_leaves_no_command_behind() {
    let (_server, home, workspace) = sleeper();
    let (session, id) = sleeping(&home, &workspace);
    assert_eq!(session.end(), Some(0));
    gone(&id);
    let last = home.last_session().pop().unwrap();
    assert_eq!(last["payload"]["type"], "turn_aborted", "the file says how the turn ended");
}

#[test]
fn a_server_that_is_told_to_end_leaves_no_command_behind() {
    let (_server, home, workspace) = sleeper();
    let (mut session, id) = sleeping(&home, &workspace);
    let pid = rustix::process::Pid::from_raw(i32::try_from(session.child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(ended(&mut session.child), Some(143));
    gone(&id);
}
