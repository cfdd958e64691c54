//! Lines that make no sense, too much at once, and ends of every kind.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::session::{LONG, Running, Session, ended};

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

#[test]
fn half_a_line_at_the_end_of_the_input_ends_nothing_badly() {
    let (_server, home, workspace) = quiet();
    let mut session = Session::start(&home, &workspace);
    session.send_raw(b"{\"id\":7,\"method\":\"thread/loa");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn a_turn_goes_on_when_its_client_at_a_socket_is_killed() {
    let call = Reply::new().call("shell", json!({"command": ["sh", "-c", "echo > began; until test -e go; do sleep 0.05; done"]}));
    let server = Scenario::new().reply(call).reply(Reply::new().say("still here")).start();
    let home = TestHome::new(&server);
    let workspace = TestWorkspace::new();
    let running = Running::listening(&home, &workspace, &["--listen", "unix://"]);
    let hello = json!({"clientInfo": {"name": "test-client", "version": "1"}});
    let mut first = Session::bridged(&running);
    first.request("initialize", hello.clone());
    let thread = first.thread(json!({"approvalPolicy": "never", "sandbox": "danger-full-access"}));
    first.turn(&thread, "go");
    let until = Instant::now() + LONG;
    while workspace.read("began").is_none() {
        assert!(Instant::now() < until, "the command does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    first.child.kill().unwrap();
    let mut second = Session::bridged(&running);
    second.request("initialize", hello);
    let resumed = second.request("thread/resume", json!({"threadId": thread}));
    assert_eq!(resumed["thread"]["turns"][0]["status"], "inProgress");
    workspace.file("go", "");
    assert_eq!(second.told("turn/completed")["turn"]["status"], "completed");
    let said = second.rest();
    let is_answer =
        |message: &serde_json::Value| message["method"] == "item/completed" && message["params"]["item"]["text"] == "still here";
    assert!(said.iter().any(is_answer), "{said:?}");
}

/// L4: a client that asks and does not read costs a bound of memory, and then its connection.
#[test]
fn a_client_that_does_not_read_is_cut_off_and_disturbs_nobody() {
    let (_server, home, workspace) = quiet();
    let large = workspace.file("large", vec![b'x'; 8 << 20]);
    let running = Running::listening(&home, &workspace, &["--listen", "unix://"]);
    let mut deaf = UnixStream::connect(running.address.trim_start_matches("unix://")).unwrap();
    let hello = json!({"id": 0, "method": "initialize", "params": {"clientInfo": {"name": "deaf", "version": "1"}}});
    writeln!(deaf, "{hello}").unwrap();
    let mut reader = BufReader::new(deaf.try_clone().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    // Eleven megabytes each, as text.
    for id in 1..=12 {
        let read = json!({"id": id, "method": "fs/readFile", "params": {"path": large}});
        if writeln!(deaf, "{read}").is_err() {
            break;
        }
    }
    let mut other = Session::bridged(&running);
    other.request("initialize", json!({"clientInfo": {"name": "other", "version": "1"}}));
    assert_eq!(other.request("thread/loaded/list", json!({}))["data"], json!([]));
    // What was in the pipe comes, and then the end: not everything that was asked for.
    deaf.set_read_timeout(Some(LONG)).unwrap();
    let mut came = 0_usize;
    let mut space = vec![0; 1 << 16];
    loop {
        match reader.read(&mut space) {
            Ok(0) => break,
            Ok(bytes) => came += bytes,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the connection is not ended: {error}"),
        }
    }
    assert!(came < 12 * (11 << 20), "{came} bytes came: nobody was cut off");
    assert_eq!(other.request("thread/loaded/list", json!({}))["data"], json!([]));
}
