//! What is allowed comes through, whole and nothing beside it.

use codex_network_proxy::{Protocol, Verdict};
use pretty_assertions::assert_eq;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::harness::{allow, connect_head, exchange, host, in_time, read_to_end, socks_name};

#[tokio::test]
async fn a_tunnel_carries_both_ways_and_is_audited() {
    let mut host = host("ping", "pong").await;
    let mut place = allow(&[&format!("localhost:{}", host.port)]).start().await;
    let mut client = TcpStream::connect(place.http).await.unwrap();
    // What is sent at once with the head is part of the tunnel.
    client.write_all(format!("{}pi", connect_head(&format!("LocalHost.:{}", host.port))).as_bytes()).await.unwrap();
    let mut answer = [0; 39];
    in_time(client.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 Connection established\r\n\r\n");
    client.write_all(b"ng").await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut client).await, b"pong");
    assert_eq!(host.saw().await, "ping");
    let attempt = place.attempt().await;
    assert_eq!((attempt.protocol, attempt.verdict, &*attempt.client), (Protocol::Connect, Verdict::Allowed, "call-1"));
    assert_eq!(attempt.target.unwrap().to_string(), format!("localhost:{}", host.port));
    assert_eq!((attempt.rule, attempt.sent, attempt.received), (Some(format!("localhost:{}", host.port)), 4, 4));
    assert!(attempt.address.unwrap().is_loopback());
}

#[tokio::test]
async fn a_plain_request_is_passed_on_without_what_is_ours() {
    let mut host = host("\r\n\r\nhello", "HTTP/1.1 200 OK\r\nKeep-Alive: 9\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok").await;
    let mut place = allow(&[&format!("127.0.0.1:{}", host.port)]).start().await;
    let authority = format!("127.0.0.1:{}", host.port);
    let request = format!(
        "POST http://{authority}/secret-path?secret-query HTTP/1.1\r\nHost: {authority}\r\nProxy-Connection: keep-alive\r\n\
         Proxy-Authorization: Basic secret\r\nX-Mine: 1\r\nContent-Length: 5\r\n\r\nhello"
    );
    assert_eq!(place.http(&request).await, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    let expected = format!(
        "POST /secret-path?secret-query HTTP/1.1\r\nHost: {authority}\r\nX-Mine: 1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
    );
    assert_eq!(host.saw().await, expected);
    let attempt = place.attempt().await;
    assert_eq!((attempt.protocol, &attempt.verdict), (Protocol::Http, &Verdict::Allowed));
    assert_eq!(attempt.sent, expected.len() as u64);
    // X4
    assert!(!format!("{attempt:?}").contains("secret"), "{attempt:?}");
}

#[tokio::test]
async fn a_second_request_behind_the_first_reaches_nobody() {
    for body in ["Content-Length: 2\r\n\r\nhi", "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"] {
        let mut host = host("hi", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let authority = format!("localhost:{}", host.port);
        let place = allow(&[&authority]).start().await;
        let first = format!("POST http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\n{body}");
        let answer = place.http(format!("{first}GET http://other.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n")).await;
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
        let saw = host.saw().await;
        assert!(saw.contains("hi") && !saw.contains("other.example"), "{saw}");
    }
}

#[tokio::test]
async fn interim_answers_come_before_the_final_one() {
    let host = host("\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n").await;
    let authority = format!("localhost:{}", host.port);
    let place = allow(&[&authority]).start().await;
    let answer = place.http(format!("GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\n\r\n")).await;
    assert_eq!(answer, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_told_as_such() {
    for answer in ["SSH-2.0-x\r\n\r\n", "", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"] {
        let host = host("\r\n\r\n", answer).await;
        let authority = format!("localhost:{}", host.port);
        let mut place = allow(&[&authority]).start().await;
        let answer = place.http(format!("GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{answer}");
        assert_eq!(place.attempt().await.verdict, Verdict::Failed(codex_network_proxy::Failure::BadAnswer));
    }
}

#[tokio::test]
async fn socks_reaches_hosts_by_name_and_by_address() {
    let mut host = host("ping", "pong").await;
    let mut place = allow(&[&format!("localhost:{}", host.port)]).start().await;
    let [high, low] = host.port.to_be_bytes();
    for request in
        [socks_name("localhost", host.port), socks_name("127.0.0.1", host.port), vec![5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, high, low]]
    {
        let mut client = TcpStream::connect(place.socks).await.unwrap();
        client.write_all(&request).await.unwrap();
        let mut answer = [0; 12];
        in_time(client.read_exact(&mut answer)).await.unwrap();
        assert_eq!(answer, [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        client.write_all(b"ping").await.unwrap();
        let mut pong = [0; 4];
        in_time(client.read_exact(&mut pong)).await.unwrap();
        assert_eq!(&pong, b"pong");
        drop(client);
        assert_eq!(host.saw().await, "ping");
        let attempt = place.attempt().await;
        assert_eq!((attempt.protocol, attempt.verdict, attempt.sent, attempt.received), (Protocol::Socks5, Verdict::Allowed, 4, 4));
    }
}

#[tokio::test]
async fn a_host_that_is_not_there_is_told_in_each_protocol() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let mut place = allow(&[&format!("127.0.0.1:{port}")]).start().await;
    let answer = place.http(connect_head(&format!("127.0.0.1:{port}"))).await;
    assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n") && answer.ends_with("connection refused\n"), "{answer}");
    assert_eq!(place.socks(socks_name("127.0.0.1", port)).await[2..4], [5, 5]);
    for _ in 0..2 {
        assert_eq!(place.attempt().await.verdict, Verdict::Failed(codex_network_proxy::Failure::ConnectionRefused));
    }
}

#[tokio::test]
async fn everything_ends_with_the_proxy() {
    let host = host("ping", "pong").await;
    let place = allow(&[&format!("localhost:{}", host.port)]).start().await;
    let mut client = TcpStream::connect(place.http).await.unwrap();
    client.write_all(connect_head(&format!("localhost:{}", host.port)).as_bytes()).await.unwrap();
    let mut answer = [0; 39];
    in_time(client.read_exact(&mut answer)).await.unwrap();
    let (http, mut attempts) = (place.http, place.attempts);
    drop(place.proxy);
    assert_eq!(read_to_end(&mut client).await, b"");
    // An open tunnel is audited all the same.
    assert_eq!(in_time(attempts.recv()).await.unwrap().verdict, Verdict::Allowed);
    assert!(in_time(attempts.recv()).await.is_none());
    let late = TcpStream::connect(http).await;
    assert!(late.is_err() || exchange(http, b"x").await.is_empty());
}
