//! Clients that are slow, large, many, or no clients at all.

use std::time::Duration;

use codex_network_proxy::{Limits, Verdict};
use pretty_assertions::assert_eq;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::harness::{Setup, allow, connect_head, in_time, read_to_end};

fn limits(change: impl Fn(&mut Limits)) -> Setup {
    let mut limits = Limits::default();
    change(&mut limits);
    Setup { limits, ..allow(&[]) }
}

#[tokio::test]
async fn the_defaults_are_those_of_the_contract() {
    let Limits { head_bytes, handshake, connections, .. } = Limits::default();
    assert_eq!((head_bytes, handshake, connections), (65536, Duration::from_secs(10), 256));
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off() {
    let mut place = limits(|limits| limits.handshake = Duration::from_millis(200)).start().await;
    // A byte now and then does not buy time.
    let mut client = TcpStream::connect(place.http).await.unwrap();
    let (mut reader, mut writer) = client.split();
    let drip = async {
        loop {
            if writer.write_all(b"G").await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut answer = String::new();
    tokio::select! {
        () = drip => {}
        read = in_time(reader.read_to_string(&mut answer)) => drop(read),
    }
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    assert!(matches!(place.attempt().await.verdict, Verdict::Malformed("the request did not come in time")));
    for half in [&[5][..], &[5, 1, 0], &[5, 1, 0, 5, 1, 0, 3, 200, b'a']] {
        place.socks(half).await;
        assert!(matches!(place.attempt().await.verdict, Verdict::Malformed(_)));
    }
    // Who says nothing has asked for nothing.
    assert_eq!(place.http("").await, "");
    assert!(place.attempts.try_recv().is_err());
}

#[tokio::test]
async fn a_head_may_be_large_but_not_too_large() {
    let mut place = allow(&[]).start().await;
    let head = |bytes: usize| format!("CONNECT a.example:443 HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(bytes));
    assert!(place.http(head(65536 - 39)).await.starts_with("HTTP/1.1 403 "));
    assert!(matches!(place.attempt().await.verdict, Verdict::Refused(_)));
    assert!(place.http(head(65536)).await.starts_with("HTTP/1.1 431 "));
    assert_eq!(place.attempt().await.verdict, Verdict::Malformed("the head is too large"));
}

#[tokio::test]
async fn garbage_is_answered_and_told() {
    let mut place = allow(&[]).start().await;
    let garbage: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET \r\n\r\n",
        b"x\xff\xfe\r\n\r\n",
        b"A b c d\r\n\r\n",
    ];
    for bytes in garbage {
        let answer = place.http(bytes).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        let attempt = place.attempt().await;
        assert!(matches!(attempt.verdict, Verdict::Malformed(_)) && attempt.target.is_none());
    }
    for bytes in garbage {
        assert!(place.socks(bytes).await.is_empty());
        assert!(matches!(place.attempt().await.verdict, Verdict::Malformed(_)));
    }
}

#[tokio::test]
async fn more_connections_than_there_is_room_for_are_turned_away() {
    let mut place = limits(|limits| limits.connections = 2).start().await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut client = TcpStream::connect(place.http).await.unwrap();
        client.write_all(b"GET").await.unwrap();
        held.push(client);
    }
    assert!(place.http("").await.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    drop(held);
    for _ in 0..2 {
        assert_eq!(place.attempt().await.verdict, Verdict::Malformed("the request broke off"));
    }
    // The place is given back after the audit has been told.
    loop {
        let answer = place.http(connect_head("a.example:443")).await;
        if answer.starts_with("HTTP/1.1 403 ") {
            break;
        }
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    }
}

#[tokio::test]
async fn a_silent_tunnel_ends_and_a_busy_one_does_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("localhost:{}", listener.local_addr().unwrap().port());
    let limits = Limits { idle: Duration::from_millis(200), ..Limits::default() };
    let mut place = Setup { limits, ..allow(&[&target]) }.start().await;
    let mut client = TcpStream::connect(place.http).await.unwrap();
    client.write_all(connect_head(&target).as_bytes()).await.unwrap();
    let (mut host, _) = in_time(listener.accept()).await.unwrap();
    let mut answer = [0; 39];
    in_time(client.read_exact(&mut answer)).await.unwrap();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        host.write_all(b"x").await.unwrap();
        let mut byte = [0];
        in_time(client.read_exact(&mut byte)).await.unwrap();
    }
    assert_eq!(read_to_end(&mut client).await, b"");
    let attempt = place.attempt().await;
    assert_eq!((attempt.verdict, attempt.sent, attempt.received), (Verdict::Allowed, 0, 20));
}

#[tokio::test]
async fn a_host_that_does_not_read_holds_up_no_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("localhost:{}", listener.local_addr().unwrap().port());
    let place = allow(&[&target]).start().await;
    let mut client = TcpStream::connect(place.http).await.unwrap();
    client.write_all(connect_head(&target).as_bytes()).await.unwrap();
    let _host = in_time(listener.accept()).await.unwrap();
    let mut answer = [0; 39];
    in_time(client.read_exact(&mut answer)).await.unwrap();
    // The kernel's buffers and one of ours take some; then the client waits too.
    let chunk = vec![0; 1 << 20];
    let mut taken = 0;
    while taken < 256 {
        match tokio::time::timeout(Duration::from_secs(1), client.write_all(&chunk)).await {
            Ok(written) => written.unwrap(),
            Err(_) => break,
        }
        taken += 1;
    }
    assert!(taken < 64, "{taken} MiB went nowhere");
}
