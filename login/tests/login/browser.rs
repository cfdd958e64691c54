//! Signing in with a browser.

use std::net::TcpListener;
use std::time::Duration;

use codex_login::{Account, Bearer, LoginError};
use codex_protocol::login::LoginSettings;
use codex_test_support::OpenIdProvider;
use codex_test_support::openid::{Fault, visit, visit_with};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::harness::{assert_no_secret, auth_json, home, login, login_with, settings, sign_in};

fn person() -> Account {
    Account::ChatGpt {
        email: Some("person@example.org".to_owned()),
        plan: Some("pro".to_owned()),
        account_id: Some("workspace-1".to_owned()),
    }
}

#[tokio::test]
async fn a_person_signs_in_and_the_file_has_what_other_programs_read() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let login = login(home.path(), &provider);
    assert_eq!(sign_in(&login, &provider).await.unwrap(), person());
    assert_eq!(login.account().await.unwrap(), Some(person()));
    let file = auth_json(home.path());
    assert_eq!((&file["auth_mode"], &file["OPENAI_API_KEY"]), (&json!("chatgpt"), &Value::Null));
    let tokens = file["tokens"].as_object().unwrap();
    assert_eq!(tokens["access_token"], "access-secret-1");
    assert_eq!(tokens["refresh_token"], "refresh-secret-1");
    assert_eq!(tokens["account_id"], "workspace-1");
    assert!(file["last_refresh"].as_str().unwrap().ends_with('Z'));
    let Some(Bearer::Account(bearer)) = login.bearer().await.unwrap() else { panic!("an account") };
    assert_eq!((bearer.token.reveal(), bearer.account_id.as_deref()), ("access-secret-1", Some("workspace-1")));
    assert_no_secret(&format!("{login:?} {bearer:?} {:?}", login.stored().await.unwrap()));
}

/// Address, method, headers, status.
type Case = (String, &'static str, Vec<(&'static str, &'static str)>, u16);

/// A61, L6: what is wrong is turned away, changes nothing, and is never repeated on a page.
#[tokio::test]
async fn a61_wrong_answers_are_turned_away_and_the_right_one_still_counts() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let login = login(home.path(), &provider);
    let sign_in = login.start_browser().await.unwrap();
    let right = provider.sent_back_to(sign_in.url());
    let base = format!("http://localhost:{}", sign_in.port());
    let state = right.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let html = "%3Cscript%3Ealert(1)%3C/script%3E";
    let browser = tokio::task::spawn_blocking(move || {
        let cases: Vec<Case> = vec![
            (format!("{base}/auth/callback?code=c&state=wrong"), "GET", vec![], 400),
            (format!("{base}/auth/callback?code=c"), "GET", vec![], 400),
            (format!("{base}/auth/callback?state=wrong&error=x&error_description={html}"), "GET", vec![], 400),
            (format!("{base}/{html}"), "GET", vec![], 404),
            (format!("{base}/cancel?state={state}"), "GET", vec![], 404),
            (right.clone(), "POST", vec![], 405),
            (right.clone(), "GET", vec![("Host", "evil.example")], 403),
            (right.clone(), "GET", vec![("Origin", "https://evil.example")], 403),
            (right.clone(), "GET", vec![("X-Filler", "a")], 200),
        ];
        for (url, method, headers, status) in cases {
            let visit = visit_with(&url, method, &headers);
            assert_eq!(visit.status, status, "{method} {url} {headers:?}: {}", visit.text);
            assert!(!visit.text.contains("script"), "{}", visit.text);
            assert!(visit.text.contains("cache-control: no-store") || visit.text.contains("Cache-Control: no-store"));
        }
        right
    });
    assert_eq!(sign_in.completed().await.unwrap(), person());
    // Single use: the port is closed, and the code was spent.
    let right = browser.await.unwrap();
    let port = right.split("localhost:").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(provider.forms("/token").len(), 1);
}

#[tokio::test]
async fn a_request_that_is_too_long_is_turned_away() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let sign_in = login(home.path(), &provider).start_browser().await.unwrap();
    let url = format!("http://localhost:{}/auth/callback", sign_in.port());
    let cancel = sign_in.canceller();
    let browser = tokio::task::spawn_blocking(move || {
        let visit = visit_with(&url, "GET", &[("X-Filler", &"a".repeat(20_000))]);
        cancel.cancel();
        visit
    });
    assert!(matches!(sign_in.completed().await, Err(LoginError::Cancelled)));
    assert_eq!(browser.await.unwrap().status, 431);
}

#[tokio::test]
async fn a_person_who_says_no_is_told_apart() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let sign_in = login(home.path(), &provider).start_browser().await.unwrap();
    let back = provider.sent_back_to(sign_in.url());
    let (start, query) = back.split_once("code=").unwrap();
    let declined = format!("{start}error=access_denied&error_description=%1b%5B2Jno&{}", query.split_once('&').unwrap().1);
    let browser = tokio::task::spawn_blocking(move || visit(&declined));
    let error = sign_in.completed().await.unwrap_err();
    assert_eq!(error.to_string(), "sign-in was declined: access_denied");
    assert_eq!(browser.await.unwrap().status, 400);
    assert!(!home.path().join("auth.json").exists());
}

#[tokio::test]
async fn giving_up_closes_the_port_and_stores_nothing() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let sign_in = login(home.path(), &provider).start_browser().await.unwrap();
    let port = sign_in.port();
    sign_in.canceller().cancel();
    let error = sign_in.completed().await.unwrap_err();
    assert_eq!(error.to_string(), "Login was not completed");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!home.path().join("auth.json").exists());
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_ten_minutes() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let sign_in = login(home.path(), &provider).start_browser().await.unwrap();
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    assert!(matches!(sign_in.completed().await, Err(LoginError::TimedOut)));
    assert_eq!(started.elapsed().as_secs(), 600);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let login = login_with(home.path(), LoginSettings { callback_port: port, ..settings(&provider) });
    let error = login.start_browser().await.unwrap_err();
    assert_eq!(error.to_string(), format!("Port 127.0.0.1:{port} is already in use"));
}

#[tokio::test]
async fn without_an_issuer_nothing_is_asked() {
    let cases = [
        (None, None, "signing in with an account needs `issuer` and `client_id` in `[login]` in config.toml"),
        (Some("https://issuer.example"), None, "signing in with an account needs `client_id` in `[login]` in config.toml"),
        (None, Some("c"), "signing in with an account needs `issuer` in `[login]` in config.toml"),
        (Some("http://issuer.example"), Some("c"), "`login.issuer` is no address that credentials may be sent to: it is not https"),
    ];
    for (issuer, client_id, told) in cases {
        let home = home();
        let settings = LoginSettings {
            issuer: issuer.map(str::to_owned),
            client_id: client_id.map(str::to_owned),
            callback_port: 0,
            ..LoginSettings::default()
        };
        let login = login_with(home.path(), settings);
        assert_eq!(login.start_browser().await.unwrap_err().to_string(), told);
        assert_eq!(login.start_device().await.unwrap_err().to_string(), told);
    }
}

#[tokio::test]
async fn what_the_issuer_publishes_is_checked() {
    let cases = [
        (
            "issuer",
            json!("https://other.example"),
            "the sign-in server's answer does not belong to this sign-in: the address it publishes is another issuer's",
        ),
        ("authorization_endpoint", Value::Null, "does not offer sign-in with a browser"),
        ("token_endpoint", Value::Null, "does not offer a token address"),
        (
            "token_endpoint",
            json!("http://example.org/token"),
            "the token address of the sign-in server is no address that credentials may be sent to: it is not https",
        ),
        ("authorization_endpoint", json!("javascript:alert(1)"), "it is neither https nor http"),
        ("code_challenge_methods_supported", json!(["plain"]), "does not offer PKCE with S256"),
    ];
    for (key, value, told) in cases {
        let (home, provider) = (home(), OpenIdProvider::start());
        provider.publish(key, value);
        let error = login(home.path(), &provider).start_browser().await.unwrap_err().to_string();
        assert!(error.contains(told), "{key}: {error}");
    }
}

/// X4, A54, Z6: a bad token address ends in one clear error, quotes nothing, and stores nothing.
#[tokio::test]
async fn a_bad_token_address_is_one_clear_error() {
    let cases = [
        (Fault::Status(500), "the sign-in server refused (tokens): status 500"),
        (Fault::Refuse("invalid_grant"), "the sign-in server refused (tokens): invalid_grant"),
        (Fault::Garbage, "cannot understand the sign-in server's answer: it is no JSON object"),
        (Fault::Endless, "cannot understand the sign-in server's answer: it is too long"),
        (Fault::HangUp, "cannot reach the sign-in server (tokens): "),
        (Fault::Redirect("http://127.0.0.1:1/".to_owned()), "the sign-in server refused (tokens): status 302"),
        (Fault::Claim("nonce", json!("other")), "its id token repeats another nonce"),
        (Fault::Claim("aud", json!("other")), "its id token is for another program"),
        (Fault::Claim("iss", json!("https://other.example")), "its id token is of another issuer"),
        (Fault::Claim("exp", json!(1_000_000)), "its id token has ended already"),
    ];
    for (fault, told) in cases {
        let (home, provider) = (home(), OpenIdProvider::start());
        provider.set_fault(fault.clone());
        let error = sign_in(&login(home.path(), &provider), &provider).await.unwrap_err();
        assert!(error.to_string().contains(told), "{fault:?}: {error}");
        assert_no_secret(&format!("{error} {error:?}"));
        assert!(!home.path().join("auth.json").exists());
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let (home, provider) = (home(), OpenIdProvider::start());
    provider.set_fault(Fault::Hold);
    let login = login(home.path(), &provider).with_patience(Duration::from_millis(300));
    let error = sign_in(&login, &provider).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot reach the sign-in server (tokens): no answer within 1 s");
}
