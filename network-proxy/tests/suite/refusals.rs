//! What no rule opens stays closed (N1).

use std::sync::atomic::Ordering;

use codex_network_proxy::{Refusal, Verdict};
use pretty_assertions::assert_eq;

use super::harness::{Names, Setup, allow, connect_head, host, socks_name};

#[tokio::test]
async fn a_host_without_a_rule_is_refused_with_its_name_and_the_setting() {
    let mut place = allow(&["docs.example.org"]).start().await;
    let answer = place.http(connect_head("evil.example:443")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{head}");
    assert_eq!(body, "codex network proxy: `evil.example` is not named by sandbox_workspace_write.network_access.allow\n");
    let attempt = place.attempt().await;
    assert_eq!((attempt.verdict, attempt.rule, attempt.sent), (Verdict::Refused(Refusal::Unknown), None, 0));
    assert_eq!(place.socks(socks_name("evil.example", 443)).await, [5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(place.attempt().await.target.unwrap().to_string(), "evil.example:443");
    let answer = place.http("GET http://evil.example/x HTTP/1.1\r\nHost: evil.example\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
}

#[tokio::test]
async fn each_refusal_says_what_would_change_it() {
    let mut place = Setup { deny: vec!["bad.example.org".into()], ..allow(&["*.example.org", "localhost:1"]) }.start().await;
    for (target, refusal, text) in [
        ("bad.example.org:443", Refusal::Denied, "`bad.example.org` is denied by sandbox_workspace_write.network_access.deny"),
        ("a.example.org:22", Refusal::Port, "port 22 of `a.example.org` is closed; `a.example.org:22` in"),
        ("b.example.com:22", Refusal::Port, "port 22 of `b.example.com` is closed; `b.example.com:22` in"),
        ("example.org:443", Refusal::Unknown, "`example.org` is not named by"),
        ("93.184.216.34:443", Refusal::Literal, "`93.184.216.34` is an address; only that very address in"),
        ("169.254.169.254:80", Refusal::Literal, "`169.254.169.254` is an address;"),
        ("10.1.2.3:80", Refusal::Literal, "`10.1.2.3` is an address;"),
        ("[::1]:80", Refusal::Port, "port 80 of `[::1]` is closed;"),
        ("[::ffff:127.0.0.1]:1", Refusal::Literal, "is an address;"),
        ("0.0.0.0:1", Refusal::Literal, "is an address;"),
        ("127.0.0.2:1", Refusal::Literal, "is an address;"),
        ("localhost:2", Refusal::Port, "port 2 of `localhost` is closed;"),
        ("x.localhost:443", Refusal::Localhost, "`x.localhost` is this machine;"),
    ] {
        let answer = place.http(connect_head(target)).await;
        assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n") && answer.contains(text), "{target}: {answer}");
        assert_eq!(place.attempt().await.verdict, Verdict::Refused(refusal), "{target}");
    }
}

#[tokio::test]
async fn an_allowed_name_that_leads_into_a_private_network_is_refused() {
    for addresses in [
        &["127.0.0.1"][..],
        &["169.254.169.254"],
        &["10.0.0.1"],
        &["100.64.0.1"],
        &["::1"],
        &["fd00::1"],
        &["::ffff:10.0.0.1"],
        &["0.0.0.0"],
        &["224.0.0.1"],
        // A good answer does not make up for a bad one.
        &["203.0.114.1", "127.0.0.1"],
    ] {
        let mut place = Setup { resolver: Some(Names::lead_to(&[addresses])), ..allow(&["docs.example.org"]) }.start().await;
        let answer = place.http(connect_head("docs.example.org:443")).await;
        assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n") && answer.contains("`docs.example.org` leads to a"), "{answer}");
        let attempt = place.attempt().await;
        assert!(matches!(attempt.verdict, Verdict::Refused(Refusal::Address(_))), "{attempt:?}");
        assert_eq!((attempt.rule.as_deref(), attempt.address), (Some("docs.example.org"), None));
        assert_eq!(place.socks(socks_name("docs.example.org", 443)).await[2..4], [5, 2]);
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_the_checked_address_is_used() {
    // The rules open this one address; the second answer (the rebinding) would lead to a listener.
    let trap = host("x", "x").await;
    let names = Names::lead_to(&[&["127.0.0.9"], &["127.0.0.1"]]);
    let entries = [format!("rebind.example:{}", trap.port), format!("127.0.0.9:{}", trap.port)];
    let setup = allow(&[&entries[0], &entries[1]]);
    let mut place = Setup { resolver: Some(names.clone()), ..setup }.start().await;
    let answer = place.http(connect_head(&format!("rebind.example:{}", trap.port))).await;
    assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{answer}");
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    // And the next connection, for which the name leads elsewhere, is judged anew.
    let answer = place.http(connect_head(&format!("rebind.example:{}", trap.port))).await;
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
    assert!(trap.was_left_alone());
    assert!(matches!(place.attempt().await.verdict, Verdict::Failed(_)));
}

#[tokio::test]
async fn a_denied_address_is_refused_whatever_leads_to_it() {
    let trap = host("x", "x").await;
    let entries = [format!("a.example:{}", trap.port), format!("localhost:{}", trap.port)];
    let mut place =
        Setup { deny: vec!["127.0.0.1".into()], resolver: Some(Names::lead_to(&[&["127.0.0.1"]])), ..allow(&[&entries[0], &entries[1]]) }
            .start()
            .await;
    for target in entries {
        let answer = place.http(connect_head(&target)).await;
        assert!(answer.contains("leads to an address that is denied by"), "{answer}");
        let attempt = place.attempt().await;
        assert_eq!((attempt.verdict, attempt.rule.as_deref()), (Verdict::Refused(Refusal::DeniedAddress), Some("127.0.0.1")));
    }
    assert!(trap.was_left_alone());
}

#[tokio::test]
async fn socks_does_no_more_than_connect() {
    let mut place = allow(&["localhost:80"]).start().await;
    for (request, answer) in [
        (&[5, 1, 0, 5, 2, 0, 1, 127, 0, 0, 1, 0, 80][..], &[5, 0, 5, 7][..]),
        (&[5, 1, 0, 5, 3, 0, 1, 127, 0, 0, 1, 0, 80], &[5, 0, 5, 7]),
        (&[5, 1, 0, 5, 1, 0, 7, 127, 0, 0, 1, 0, 80], &[5, 0, 5, 8]),
        (&[5, 1, 2], &[5, 0xff]),
        (&[4, 1, 0, 80, 127, 0, 0, 1, 0], &[]),
    ] {
        let got = place.socks(request).await;
        assert_eq!(&got[..got.len().min(4)], answer);
        assert!(matches!(place.attempt().await.verdict, Verdict::Malformed(_)));
    }
}
