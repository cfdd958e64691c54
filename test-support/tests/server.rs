//! The scripted server, driven by hand-written HTTP over a plain socket.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use codex_test_support::{ModelServer, Reply, Scenario, TestHome, TestWorkspace, closed_port_url};
use serde_json::json;

fn post(stream: &mut TcpStream, body: &[u8], further: &str) {
    let head = format!("POST /v1/responses HTTP/1.1\r\nHost: x\r\n{further}Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
}

fn connect(server: &ModelServer) -> TcpStream {
    TcpStream::connect(("127.0.0.1", server.port())).unwrap()
}

/// Reads one chunked answer and leaves the connection usable.
fn chunked_answer(reader: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "connection closed within the head");
    }
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size).unwrap();
        let size = u64::from_str_radix(size.trim(), 16).unwrap();
        reader.take(size).read_to_end(&mut body).unwrap();
        reader.read_line(&mut String::new()).unwrap();
        if size == 0 {
            return head + &String::from_utf8(body).unwrap();
        }
    }
}

#[test]
fn one_connection_carries_several_requests() {
    let server = Scenario::new().reply(Reply::new().say("one")).reply(Reply::new().say("two")).start();
    let mut stream = connect(&server);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    post(&mut stream, br#"{"input":[]}"#, "");
    assert!(chunked_answer(&mut reader).contains("response.completed"));
    post(&mut stream, br#"{"input":[1]}"#, "");
    assert!(chunked_answer(&mut reader).contains("response.completed"));
    assert_eq!(server.connections(), 1);
    assert_eq!(server.requests()[1].body, json!({"input": [1]}));
}

#[test]
fn a_zstd_body_is_recorded_as_json() {
    let server = Scenario::new().reply(Reply::status(500).header("retry-after", "2")).start();
    let mut stream = connect(&server);
    let packed = zstd::stream::encode_all(&br#"{"model":"m"}"#[..], 3).unwrap();
    post(&mut stream, &packed, "Content-Encoding: zstd\r\nConnection: close\r\n");
    let mut answer = String::new();
    let mut reader = BufReader::new(stream);
    while !answer.ends_with("\r\n\r\n") {
        reader.read_line(&mut answer).unwrap();
    }
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.contains("retry-after: 2"), "{answer}");
    assert_eq!(server.requests()[0].body, json!({"model": "m"}));
    assert_eq!(server.requests()[0].raw, packed);
}

#[test]
fn a_held_reply_waits_for_its_release() {
    let server = Scenario::new().reply(Reply::new().hold().say("late")).start();
    let mut stream = connect(&server);
    post(&mut stream, b"{}", "");
    server.wait_for_requests(1);
    let mut reader = BufReader::new(stream);
    let waiting = thread::spawn(move || chunked_answer(&mut reader));
    thread::sleep(Duration::from_millis(30));
    assert!(!waiting.is_finished());
    server.release();
    assert!(waiting.join().unwrap().contains("late"));
}

#[test]
fn a_cut_reply_ends_without_the_last_chunk() {
    let server = Scenario::new().reply(Reply::new().say("half").cut()).start();
    let mut stream = connect(&server);
    post(&mut stream, b"{}", "");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("output_text.delta") && !answer.contains("response.completed"), "{answer}");
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
}

#[test]
fn a_reply_can_be_made_from_the_request() {
    let server = Scenario::new().reply_with(|request| Reply::new().say(request.body["model"].as_str().unwrap())).start();
    let mut stream = connect(&server);
    post(&mut stream, br#"{"model":"mirror"}"#, "");
    assert!(chunked_answer(&mut BufReader::new(stream)).contains("\"text\":\"mirror\""));
}

#[test]
fn nothing_listens_on_a_closed_port() {
    let url = closed_port_url();
    let address = url.trim_start_matches("http://").trim_end_matches("/v1");
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn the_home_names_the_server_and_the_workspace_is_a_repository() {
    let server = Scenario::new().start();
    let home = TestHome::with_config(&server, "model = \"m\"", "request_max_retries = 0");
    let config = std::fs::read_to_string(home.path().join("config.toml")).unwrap();
    assert!(config.contains(&server.base_url()) && config.contains("request_max_retries = 0"), "{config}");
    assert_eq!(config.matches("model =").count(), 1, "{config}");
    let work = TestWorkspace::git();
    work.file("a/b.txt", "x");
    work.commit("first");
    assert_eq!(work.run_git(&["ls-files"]), "a/b.txt\n");
}
