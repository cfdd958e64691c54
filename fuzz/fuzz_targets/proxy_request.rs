//! What a client of the network proxy sends: a request and what follows it. Read as an answer of a host as well.
//!
//! What is passed on must read as one request to the host that was judged, however the bytes came.

#![no_main]

use codex_network_proxy::wire::{Body, BodyLength, HeadError, Request, head_end, parse_answer, parse_request};
use codex_network_proxy::{AddressRuling, Host, Protocol, Rule, Rules, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let end = head_end(data, 0);
    // Searching in two steps finds the same.
    let half = data.len() / 2;
    assert_eq!(end, head_end(&data[..half], 0).or_else(|| head_end(data, half)));
    let (head, rest) = data.split_at(end.unwrap_or(data.len()));
    match parse_request(head) {
        Ok(Request::Connect(target)) => check_target(&target),
        Ok(Request::Plain { target, head, body }) => {
            check_target(&target);
            check_head(&target, &head);
            check_body(body, rest);
        }
        Err(HeadError(why)) => assert!(!why.is_empty()),
    }
    if let Ok(answer) = parse_answer(head) {
        assert_eq!(head_end(&answer.head, 0), Some(answer.head.len()));
        assert_eq!(parse_answer(&answer.head).map(|answer| answer.status), Ok(answer.status));
    }
    check_body(BodyLength::Chunked, data);
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(rule) = Rule::parse(text)
    {
        assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
    }
});

fn check_target(target: &Target) {
    assert_eq!(Target::parse(&target.to_string(), None).as_ref(), Ok(target));
    // Without rules nothing but a public address is open.
    if let Host::Ip(address) = &target.host {
        let open = Rules::default().judge_address((*address, target.port).into(), Protocol::Connect) == AddressRuling::Open;
        assert!(!open || !(address.is_loopback() || address.is_unspecified() || address.is_multicast()));
    }
}

fn check_head(target: &Target, head: &[u8]) {
    assert_eq!(head_end(head, 0), Some(head.len()));
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let lines: Vec<&str> = text.split("\r\n").collect();
    let named = |name: &str| lines.iter().filter(|line| line.split(':').next() == Some(name)).count();
    assert_eq!((named("host"), named("connection")), (1, 1));
    assert!(named("content-length") + named("transfer-encoding") <= 1);
    for name in ["proxy-authorization", "proxy-connection", "keep-alive", "te", "upgrade"] {
        assert_eq!(named(name), 0, "{name}");
    }
    let host = if target.port == 80 { target.host.to_string() } else { target.to_string() };
    assert_eq!(lines[1], format!("host: {host}"));
    assert_eq!(lines[0].split(' ').count(), 3);
    assert!(lines[0].split(' ').nth(1).is_some_and(|path| path.starts_with('/')));
}

fn check_body(length: BodyLength, bytes: &[u8]) {
    let whole = taken(length, bytes, bytes.len().max(1));
    assert_eq!(whole, taken(length, bytes, 1));
    if let (BodyLength::Exact(length), Ok((taken, done))) = (length, whole) {
        assert_eq!(taken as u64, length.min(bytes.len() as u64));
        assert_eq!(done, taken as u64 == length);
    }
}

fn taken(length: BodyLength, bytes: &[u8], piece: usize) -> Result<(usize, bool), HeadError> {
    let mut body = Body::new(length);
    let mut all = 0;
    for piece in bytes.chunks(piece) {
        let taken = body.take(piece)?;
        all += taken;
        if taken < piece.len() {
            break;
        }
    }
    Ok((all, body.is_done()))
}
