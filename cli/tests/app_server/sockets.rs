//! Clients over WebSocket and Unix sockets: who gets in, and who hears what.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use codex_app_server_client::{Client, ClientName, Events, Incoming};
use codex_app_server_protocol::types::{ThreadStartResponse, TurnStartResponse};
use codex_app_server_protocol::{ServerNotification, ServerRequest};
use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::session::{LONG, Running, Session, command, ended};

const NAME: ClientName<'static> = ClientName { name: "test", version: "1" };

/// Sends a request as it is and returns the first line of the answer and its body.
fn http(address: &str, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address.trim_start_matches("ws://")).unwrap();
    stream.write_all(format!("GET {headers}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.set_read_timeout(Some(crate::session::LONG)).unwrap();
    if headers.contains("Sec-WebSocket-Key") {
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        return (String::from_utf8_lossy(&head).into_owned(), String::new());
    }
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
}

fn quiet() -> (codex_test_support::ModelServer, TestHome, TestWorkspace) {
    let server = Scenario::new().start();
    let home = TestHome::new(&server);
    (server, home, TestWorkspace::new())
}

#[test]
fn a59_pages_strangers_and_clients_without_a_token_stay_outside() {
    let (_server, home, workspace) = quiet();
    std::fs::write(home.path().join("token"), "secret\n").unwrap();
    let token = home.path().join("token").display().to_string();
    let running = Running::listening(
        &home,
        &workspace,
        &["--listen", "ws://127.0.0.1:0", "--ws-auth", "capability-token", "--ws-token-file", &token],
    );
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    for (request, status, body) in [
        ("/readyz HTTP/1.1\r\nHost: localhost".to_owned(), "HTTP/1.1 200 OK", ""),
        ("/healthz HTTP/1.1\r\nHost: 127.0.0.1:1".to_owned(), "HTTP/1.1 200 OK", ""),
        // L2, L3.
        ("/readyz HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost".to_owned(), "HTTP/1.1 403 Forbidden", ""),
        ("/readyz HTTP/1.1\r\nHost: evil.example".to_owned(), "HTTP/1.1 403 Forbidden", ""),
        ("/ HTTP/1.1\r\nHost: localhost".to_owned(), "HTTP/1.1 400 Bad Request", "Connection header did not include 'upgrade'"),
        ("/ HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade".to_owned(), "HTTP/1.1 401 Unauthorized", "missing websocket bearer token"),
        (
            "/ HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nAuthorization: Bearer x".to_owned(),
            "HTTP/1.1 401 Unauthorized",
            "invalid websocket bearer token",
        ),
        (format!("/any HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n{upgrade}"), "HTTP/1.1 101", ""),
    ] {
        assert_eq!(http(&running.address, &request), (status.to_owned(), body.to_owned()), "{request}");
    }
}

/// A connection that has shaken hands.
fn upgraded(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address.trim_start_matches("ws://")).unwrap();
    stream.set_read_timeout(Some(crate::session::LONG)).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    stream
}

/// The start of a frame of a client: kind, announced length, a mask of zeros.
fn frame(kind: u8, length: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | kind, 0x80 | 127];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// In KiB.
fn resident(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a59_hostile_clients_cost_little_and_disturb_nobody() {
    let (_server, home, workspace) = quiet();
    let running = Running::listening(&home, &workspace, &["--listen", "ws://127.0.0.1:0"]);
    let plain = running.address.trim_start_matches("ws://").to_owned();
    let before = resident(&running.child);
    // Those who say nothing, and those who never come to the end of their greeting.
    let mut idle: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(&plain).unwrap()).collect();
    for stream in idle.iter_mut().take(100) {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
    }
    const GIB: u64 = 1 << 30;
    let deep = "[".repeat(200_000);
    let message = deep.as_bytes();
    let mut hostile: Vec<TcpStream> = Vec::new();
    for bytes in [frame(1, GIB, &[b'x'; 1000]), frame(2, 4, b"\0\xff\0\xff"), frame(1, message.len() as u64, message), vec![0xff; 64]] {
        let mut stream = upgraded(&running.address);
        stream.write_all(&bytes).unwrap();
        hostile.push(stream);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, _events) = Client::websocket(&running.address, None).await.unwrap();
        client.initialize(&NAME).await.unwrap();
    });
    // The announced gigabyte was not made room for, and whoever announced it is not served.
    let grown = resident(&running.child).saturating_sub(before);
    assert!(grown < 64 * 1024, "{grown} KiB");
    let mut answer = Vec::new();
    let _ = hostile[0].read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("result"));
    drop(idle);
}

#[test]
fn a60_a_server_that_others_can_reach_does_not_start_without_a_key() {
    let (_server, home, workspace) = quiet();
    // L1.
    let output = command(&home, &workspace, &["--listen", "ws://0.0.0.0:0"]).stdin(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("needs authentication"), "{said}");
    let output = command(&home, &workspace, &["--listen", "http://x"]).stdin(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

async fn question(events: &mut Events) -> (codex_app_server_protocol::RequestId, String) {
    loop {
        if let Incoming::Request { id, request } = events.recv().await.unwrap()
            && let ServerRequest::ItemCommandExecutionRequestApproval(params) = *request
        {
            return (id, params.item_id);
        }
    }
}

async fn finished(events: &mut Events) -> String {
    loop {
        if let Incoming::Notification(told) = events.recv().await.unwrap()
            && let ServerNotification::TurnCompleted(completed) = *told
        {
            return format!("{:?}", completed.turn.status);
        }
    }
}

#[test]
fn a46_two_clients_of_a_thread_are_asked_the_same_and_the_first_answer_counts() {
    let call = Reply::new().call_with_id("c1", "shell", json!({"command": ["touch", "made.txt"]}));
    let server = Scenario::new().reply(Reply::new().say("first")).reply(call).reply(Reply::new().say("done")).start();
    let home = TestHome::new(&server);
    let workspace = TestWorkspace::new();
    let running = Running::listening(&home, &workspace, &["--listen", "ws://127.0.0.1:0"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (one, mut events) = Client::websocket(&running.address, None).await.unwrap();
        let (other, mut other_events) = Client::websocket(&running.address, None).await.unwrap();
        let (stranger, mut strange_events) = Client::websocket(&running.address, None).await.unwrap();
        for client in [&one, &other, &stranger] {
            client.initialize(&NAME).await.unwrap();
        }
        let params = json!({"approvalPolicy": "untrusted", "sandbox": "danger-full-access"});
        let started: ThreadStartResponse = one.request("thread/start", &params).await.unwrap();
        let thread = started.thread.id;
        let turn = |text: &str| json!({"threadId": thread, "input": [{"type": "text", "text": text}]});
        let _: TurnStartResponse = one.request("turn/start", &turn("one")).await.unwrap();
        assert_eq!(finished(&mut events).await, "Completed");
        let _: Value = other.request("thread/resume", &json!({"threadId": thread})).await.unwrap();
        let _: TurnStartResponse = one.request("turn/start", &turn("two")).await.unwrap();
        let asked = question(&mut events).await;
        assert_eq!(question(&mut other_events).await, asked);
        // L5: a connection that was not asked has no say.
        stranger.answer(&asked.0, &json!({"decision": "accept"})).await.unwrap();
        let _: Value = stranger.request("thread/loaded/list", &json!({})).await.unwrap();
        assert!(!workspace.path().join("made.txt").exists());
        other.answer(&asked.0, &json!({"decision": "accept"})).await.unwrap();
        assert_eq!(finished(&mut events).await, "Completed");
        assert_eq!(finished(&mut other_events).await, "Completed");
        assert!(workspace.path().join("made.txt").exists());
        while let Ok(event) = strange_events.try_recv() {
            let Incoming::Notification(told) = event else { panic!("a stranger was asked") };
            let public = matches!(*told, ServerNotification::ThreadStarted(_) | ServerNotification::ThreadStatusChanged(_));
            assert!(public, "a stranger heard {}", told.method());
        }
    });
}

#[test]
fn a_unix_socket_is_this_users_alone_and_can_be_bridged() {
    let (_server, home, workspace) = quiet();
    let running = Running::listening(&home, &workspace, &["--listen", "unix://"]);
    let path = running.address.trim_start_matches("unix://").to_owned();
    // L7.
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let socket = std::path::Path::new(&path);
    assert_eq!((mode(socket), mode(socket.parent().unwrap())), (0o600, 0o700));
    #[expect(clippy::disallowed_methods, reason = "a test starts the program as an editor would")]
    let mut bridge = std::process::Command::new(env!("CARGO_BIN_EXE_codex"))
        .args(["stdio-to-uds", &path])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = bridge.stdin.take().unwrap();
    input.write_all(b"{\"id\":1,\"method\":\"initialize\",\"params\":{\"clientInfo\":{\"name\":\"b\",\"version\":\"1\"}}}\n").unwrap();
    let mut line = String::new();
    BufReader::new(bridge.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["id"], 1);
    drop(input);
    assert_eq!(ended(&mut bridge), Some(0));
    let open = workspace.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    let refused = command(&home, &workspace, &["--listen", &format!("unix://{}/s", open.display())]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
}

/// What a client hears of a turn, from its start to its end. Questions are answered with a yes where `answers` says so.
fn heard(session: &mut Session, answers: bool) -> Vec<Value> {
    let mut heard = Vec::new();
    loop {
        let message = session.next_message(LONG).expect("the turn goes on");
        let (is_told, is_question) = (message.get("method").is_some(), message.get("method").is_some() && message.get("id").is_some());
        if is_question && answers {
            session.send(&json!({"id": message["id"], "result": {"decision": "accept"}}));
        }
        if is_told && (message["method"] == "turn/started" || !heard.is_empty()) {
            heard.push(message);
        }
        if heard.last().is_some_and(|last| last["method"] == "turn/completed") {
            return heard;
        }
    }
}

#[test]
fn clients_of_a_thread_hear_the_same_in_the_same_order() {
    let call = Reply::new().reasoning("thinking").say_in("one two three four", 4);
    let call = call.call_with_id("c1", "shell", json!({"command": ["bash", "-lc", "for n in 1 2 3; do echo $n; done; touch made"]}));
    let server = Scenario::new().reply(Reply::new().say("here")).reply(call).reply(Reply::new().say("done")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let running = Running::listening(&home, &workspace, &["--listen", "unix://"]);
    let client = || {
        let mut session = Session::bridged(&running);
        session.request("initialize", json!({"clientInfo": {"name": "c", "version": "1"}, "capabilities": {"experimentalApi": true}}));
        session
    };
    let (mut first, mut second) = (client(), client());
    let thread = first.thread(json!({"approvalPolicy": "untrusted", "sandbox": "danger-full-access"}));
    first.turn(&thread, "first");
    heard(&mut first, false);
    second.request("thread/resume", json!({"threadId": thread}));
    // One begins the turn, the other answers the question.
    second.turn(&thread, "second");
    let told = [heard(&mut first, true), heard(&mut second, false)];
    assert_eq!(told[0], told[1]);
    let methods: Vec<&str> = told[0].iter().map(|message| message["method"].as_str().unwrap()).collect();
    for method in ["item/agentMessage/delta", "item/commandExecution/requestApproval", "serverRequest/resolved", "item/completed"] {
        assert!(methods.contains(&method), "{method}: {methods:?}");
    }
}
