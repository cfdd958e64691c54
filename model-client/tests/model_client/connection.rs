//! How answers travel: reuse of connections, compression, every cut, a slow reader.

use std::time::Duration;

use codex_model_client::wire::responses::Decoder;
use codex_model_client::{Auth, HttpModelClient, ModelClient, ResponseEvent};
use codex_protocol::ResponseItem;
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::harness::{ask, client, context, items, options, prompt, provider, text};

#[tokio::test]
async fn all_requests_of_a_thread_share_one_connection_failed_ones_too() {
    let server = Scenario::new()
        .reply(Reply::new().call("exec_command", json!({"cmd": "ls"})))
        .reply(Reply::status(500))
        .reply(Reply::new().say("x".repeat(100_000)))
        .reply(Reply::new().failed("odd", "x"))
        .reply(Reply::new().say("done"))
        .start();
    let client = client(&server.base_url());
    let mut outcomes = Vec::new();
    for _ in 0..5 {
        outcomes.push(ask(&client, &prompt()).await.is_ok());
    }
    assert_eq!(outcomes, [true, false, true, false, true]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_server_that_keeps_the_stream_open_does_not_hold_up_the_turn() {
    let completed = json!({"type": "response.completed", "response": {"id": "r", "usage": null}});
    let server = Scenario::new().reply(Reply::sse(format!("data: {completed}\n\n")).hold()).start();
    let events = tokio::time::timeout(Duration::from_secs(5), ask(&client(&server.base_url()), &prompt())).await.unwrap().unwrap();
    assert_eq!(events, [ResponseEvent::Completed { response_id: "r".into(), usage: None, stop: codex_model_client::Stop::EndTurn }]);
}

#[tokio::test]
async fn large_bodies_are_compressed_when_asked_for_and_small_ones_are_not() {
    let server = Scenario::new().reply(Reply::new()).repeat_last().start();
    let mut options = options();
    options.compress = true;
    let client = HttpModelClient::new(provider(&server.base_url()), Auth::None, options).unwrap();
    ask(&client, &prompt()).await.unwrap();
    let mut large = prompt();
    large.input.push(ResponseItem::user_text("long ".repeat(1000)));
    ask(&client, &large).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests[0].header("content-encoding"), None);
    assert_eq!(requests[1].header("content-encoding"), Some("zstd"));
    assert!(requests[1].raw.len() < 1000, "{}", requests[1].raw.len());
    assert_eq!(requests[1].body["input"][1]["content"][0]["text"], "long ".repeat(1000));
}

#[tokio::test]
async fn an_answer_is_the_same_however_it_is_cut_into_packets() {
    let reply = || Reply::new().reasoning("thinké").say("日本🙂").custom("apply_patch", "*** Begin Patch\n").local_shell(["ls"]);
    let server = Scenario::new().reply(reply()).reply(reply().split(1)).reply(reply().split(7).close()).start();
    let client = client(&server.base_url());
    let mut answers = Vec::new();
    for _ in 0..3 {
        let events = ask(&client, &prompt()).await.unwrap();
        answers.push((text(&events), items(&events).len()));
    }
    assert_eq!(answers, vec![("日本🙂".to_owned(), 4); 3]);
}

#[tokio::test]
async fn twenty_thousand_pieces_of_text_arrive_whole_in_chunks_and_without() {
    let words = "lorem ipsum ".repeat(5000);
    let reply = || Reply::new().say_in(words.clone(), 20_000);
    let server = Scenario::new().reply(reply()).reply(reply().close()).start();
    let client = client(&server.base_url());
    for _ in 0..2 {
        let events = ask(&client, &prompt()).await.unwrap();
        assert_eq!(text(&events), words);
    }
}

#[test]
fn pieces_of_one_text_that_wait_together_become_one() {
    let mut decoder = Decoder::default();
    let mut events = Vec::new();
    for (item, delta) in [("a", "1"), ("a", "2"), ("b", "3")] {
        decoder.push("", &json!({"type": "response.output_text.delta", "item_id": item, "delta": delta}).to_string(), &mut events);
    }
    let events: Vec<ResponseEvent> = events.into_iter().map(Result::unwrap).collect();
    let piece = |item_id: &str, delta: &str| ResponseEvent::TextDelta { item_id: item_id.into(), delta: delta.into() };
    assert_eq!(events, [piece("a", "12"), piece("b", "3")]);
}

#[test]
fn an_event_that_is_no_object_is_skipped() {
    let names = ["output_item.added", "output_item.done", "incomplete", "failed", "completed"].map(|name| format!("response.{name}"));
    for name in names.iter().map(String::as_str).chain(["error", ""]) {
        for data in ["1", "null", "true", "\"text\"", "[]", "[1]", "{}", r#"{"item":1,"response":[],"error":2}"#] {
            let (mut decoder, mut events) = (Decoder::default(), Vec::new());
            decoder.push(name, data, &mut events);
            decoder.finish(&mut events);
            assert!(matches!(events.as_slice(), [Err(_) | Ok(ResponseEvent::Completed { .. })]), "{name} {data}: {events:?}");
        }
    }
}

#[tokio::test]
async fn a_turn_that_goes_away_closes_the_connection() {
    let server = Scenario::new().reply(Reply::new().say("x").hold().say("y")).reply(Reply::new()).start();
    let client = client(&server.base_url());
    let answer = client.stream(&prompt(), &context(), &CancellationToken::new()).await.unwrap();
    drop(answer);
    ask(&client, &prompt()).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let other = Scenario::new().reply(Reply::new()).start();
    let server = Scenario::new()
        .reply(Reply::status(307).header("location", format!("{}/responses", other.base_url().replace("127.0.0.1", "localhost"))))
        .start();
    let error = ask(&client(&server.base_url()), &prompt()).await.unwrap_err();
    assert!(error.message.starts_with("unexpected status 307"), "{}", error.message);
    assert_eq!(other.requests().len(), 0);
}

/// A server that is written down in a minute has room for few connections, and the kernel drops others without a word.
#[tokio::test]
async fn a_server_of_this_machine_without_room_is_knocked_at_until_it_has_some() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut others = Vec::new();
    while let Ok(stream) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        others.push(stream.unwrap());
        assert!(others.len() < 100, "there is no end of room");
    }
    let asking = tokio::spawn(async move { ask(&client(&format!("http://{address}/v1")), &prompt()).await });
    // Some tries fail meanwhile.
    tokio::time::sleep(Duration::from_millis(400)).await;
    drop(others);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answered(stream));
        }
    });
    asking.await.unwrap().unwrap();
}

/// Reads one request, if there is one, and ends a turn.
async fn answered(stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 2) {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    if length > 0 {
        stream.read_exact(&mut vec![0; length]).await.unwrap();
        let body = "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"usage\":null}}\n\n";
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    }
}
