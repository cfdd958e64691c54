use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

fn request(text: &str) -> Result<Request, HeadError> {
    parse_request(text.as_bytes())
}

fn plain(text: &str) -> (String, String, BodyLength) {
    match request(text).unwrap() {
        Request::Plain { target, head, body } => (target.to_string(), String::from_utf8(head).unwrap(), body),
        Request::Connect(target) => panic!("a tunnel to {target}"),
    }
}

#[test]
fn a_tunnel_names_host_and_port() {
    for (line, target) in [
        ("CONNECT Example.org:443 HTTP/1.1\r\nHost: other\r\n\r\n", "example.org:443"),
        ("CONNECT [::1]:8080 HTTP/1.0\r\n\r\n", "[::1]:8080"),
        ("CONNECT 10.0.0.1:80 HTTP/1.1\r\n\r\n", "10.0.0.1:80"),
    ] {
        assert_eq!(request(line), Ok(Request::Connect(Target::parse(target, None).unwrap())));
    }
}

#[test]
fn a_plain_request_is_written_anew_for_its_host() {
    let text = "GET http://Example.org/a%20b?q=1 HTTP/1.1\r\nhost: example.ORG\r\nAccept:  */*  \r\nProxy-Authorization: Basic x\r\n\
                Connection: close, X-Mine\r\nX-Mine: 1\r\nTE: trailers\r\nUpgrade: h2c\r\nKeep-Alive: 5\r\nCookie: a=b\r\n\r\n";
    let expected = "GET /a%20b?q=1 HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\nCookie: a=b\r\nConnection: close\r\n\r\n";
    assert_eq!(plain(text), ("example.org:80".into(), expected.into(), BodyLength::Exact(0)));
    let text = "POST HTTP://a.org:8080?x HTTP/1.1\r\nHost: a.org:8080\r\nContent-Length: 5\r\nConnection: content-length, host\r\n\r\n";
    let expected = "POST /?x HTTP/1.1\r\nHost: a.org:8080\r\nContent-Length: 5\r\nConnection: close\r\n\r\n";
    assert_eq!(plain(text), ("a.org:8080".into(), expected.into(), BodyLength::Exact(5)));
    let text = "PUT http://a.org HTTP/1.1\r\nHost: a.org:80\r\nTransfer-Encoding: Chunked\r\n\r\n";
    let expected = "PUT / HTTP/1.1\r\nHost: a.org\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    assert_eq!(plain(text), ("a.org:80".into(), expected.into(), BodyLength::Chunked));
    assert_eq!(plain("GET http://a.org/ HTTP/1.0\r\n\r\n").1, "GET / HTTP/1.0\r\nHost: a.org\r\nConnection: close\r\n\r\n");
}

// N1: what we judge is what the host sees.
#[test]
fn requests_that_two_readers_could_see_differently_are_refused() {
    let with = |headers: &str| format!("GET http://a.org/ HTTP/1.1\r\nHost: a.org\r\n{headers}\r\n");
    for text in [
        "GET / HTTP/1.1\r\nHost: a.org\r\n\r\n",
        "GET //a.org/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
        "GET https://a.org/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
        "GET http://a.org/ HTTP/1.1\r\n\r\n",
        "GET http://a.org/ HTTP/1.1\r\nHost: b.org\r\n\r\n",
        "GET http://a.org/ HTTP/1.1\r\nHost: a.org:8080\r\n\r\n",
        "GET http://a.org/ HTTP/1.1\r\nHost: a.org\r\nHost: b.org\r\n\r\n",
        "GET http://a.org/ HTTP/1.1\r\nHost: a.org, b.org\r\n\r\n",
        "GET http://a.org@b.org/ HTTP/1.1\r\nHost: b.org\r\n\r\n",
        "GET http://a.org#@b.org/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
        "GET http://a.org\\b.org/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
        "GET http:///x HTTP/1.1\r\nHost: a.org\r\n\r\n",
        "GET  http://a.org/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
        "GET http://a.org/ HTTP/2.0\r\nHost: a.org\r\n\r\n",
        "GET http://a.org/\tx HTTP/1.1\r\nHost: a.org\r\n\r\n",
        "G(T http://a.org/ HTTP/1.1\r\nHost: a.org\r\n\r\n",
        "GET http://a.org/ HTTP/1.1\nHost: a.org\r\n\r\n",
        "GET http://a.org/ HTTP/1.1\r\nHost: a.org\r\nA: b\nC: d\r\n\r\n",
        "CONNECT a.org HTTP/1.1\r\n\r\n",
        "CONNECT http://a.org:443/ HTTP/1.1\r\n\r\n",
        "CONNECT u@a.org:443 HTTP/1.1\r\n\r\n",
        "CONNECT a.org:443:443 HTTP/1.1\r\n\r\n",
        "CONNECT 0x7f.1:443 HTTP/1.1\r\n\r\n",
        "\r\n\r\n",
        &with("Content-Length: 5\r\nContent-Length: 6\r\n"),
        &with("Content-Length: 5\r\nContent-Length: 5\r\n"),
        &with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        &with("Content-Length: +5\r\n"),
        &with("Content-Length: 5, 5\r\n"),
        &with("Content-Length: 99999999999999999999\r\n"),
        &with("Transfer-Encoding: gzip, chunked\r\n"),
        &with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        &with("Transfer-Encoding: identity\r\n"),
        &with("Transfer-Encoding : chunked\r\n"),
        &with(" folded\r\n"),
        &with("X: a\r\n folded\r\n"),
        &with(": x\r\n"),
        &with("X\r\n"),
        &with("X: a\0b\r\n"),
        &with("X: a\rb\r\n"),
        &with(&"X: y\r\n".repeat(300)),
    ] {
        assert!(request(text).is_err(), "{text:?}");
    }
    assert!(request(&with("X: caf\u{e9}\r\n")).is_ok());
}

#[test]
fn an_answer_tells_the_client_to_stop_and_keeps_its_length() {
    let text = "HTTP/1.1 200 OK\r\nConnection: keep-alive, content-length, x-hop\r\nKeep-Alive: 5\r\nContent-Length: 3\r\nX-Hop: 1\r\nX: y\r\n\
                Proxy-Authenticate: Basic\r\n\r\n";
    let answer = parse_answer(text.as_bytes()).unwrap();
    assert_eq!(
        (answer.status, String::from_utf8(answer.head).unwrap().as_str()),
        (200, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\nConnection: close\r\n\r\n")
    );
    assert_eq!(parse_answer(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap().head, b"HTTP/1.1 100 Continue\r\n\r\n");
    for text in [
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/1.1 099 x\r\n\r\n",
        "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbad\r\n\r\n",
    ] {
        assert!(parse_answer(text.as_bytes()).is_err(), "{text:?}");
    }
    assert_eq!(parse_answer(b"HTTP/1.0 404\r\n\r\n").unwrap().status, 404);
}

proptest! {
    #[test]
    fn the_end_of_a_head_is_found_however_it_comes(text in "[ab\r\n]{0,30}", cut in 0usize..30) {
        let bytes = text.as_bytes();
        let cut = cut.min(bytes.len());
        let whole = head_end(bytes, 0);
        let in_two = head_end(&bytes[..cut], 0).or_else(|| head_end(bytes, cut));
        prop_assert_eq!(whole, in_two);
    }

    #[test]
    fn what_is_passed_on_reads_as_one_request_to_the_same_host(
        host in "[a-z]{1,8}\\.org", path in "/[!-~&&[^#]]{0,20}", name in "[A-Za-z-]{1,12}", value in "[ -~]{0,20}", port in proptest::option::of(1u16..),
    ) {
        let authority = port.map_or(host.clone(), |port| format!("{host}:{port}"));
        let text = format!("GET http://{authority}{path} HTTP/1.1\r\nHost: {authority}\r\n{name}: {value}\r\n\r\n");
        if let Ok(Request::Plain { target, head, .. }) = parse_request(text.as_bytes()) {
            prop_assert_eq!(head_end(&head, 0), Some(head.len()));
            let head = String::from_utf8(head).unwrap();
            let start = format!("GET {path} HTTP/1.1\r\nHost: {host}");
            prop_assert!(head.starts_with(&start));
            prop_assert_eq!(head.to_ascii_lowercase().matches("\r\nhost:").count(), 1);
            prop_assert_eq!(target.port, port.unwrap_or(80));
        }
    }
}
