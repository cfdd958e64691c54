//! Signing in on another device.

use codex_login::{Account, LoginError};
use codex_test_support::OpenIdProvider;
use codex_test_support::openid::Fault;
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::harness::{assert_no_secret, auth_json, home, login};

#[tokio::test]
async fn a_person_signs_in_elsewhere() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let sign_in = login(home.path(), &provider).start_device().await.unwrap();
    assert_eq!(sign_in.user_code(), "WDJB-MJH1");
    assert_eq!(sign_in.address(), format!("{}/activate", provider.issuer()));
    assert_eq!(sign_in.whole_address().unwrap(), format!("{}/activate?user_code=WDJB-MJH1", provider.issuer()));
    assert_no_secret(&format!("{sign_in:?}"));
    let provider = std::sync::Arc::new(provider);
    let person = std::sync::Arc::clone(&provider);
    let deciding = tokio::task::spawn_blocking(move || {
        // The first question comes too early; then the server wants to be asked less often.
        person.wait_for_answers("/token", 1);
        person.slow_down("WDJB-MJH1");
    });
    let account = sign_in.completed().await.unwrap();
    deciding.await.unwrap();
    assert!(matches!(account, Account::ChatGpt { email: Some(email), .. } if email == "person@example.org"));
    assert_eq!(auth_json(home.path())["tokens"]["access_token"], "access-secret-1");
    assert_eq!(provider.forms("/token").len(), 3);
}

#[tokio::test]
async fn each_way_not_to_sign_in_has_its_words() {
    type Decide = fn(&OpenIdProvider);
    let cases: [(Decide, &str); 4] = [
        (|provider| provider.deny("WDJB-MJH1"), "sign-in was declined: access_denied"),
        (|provider| provider.expire("WDJB-MJH1"), "sign-in was not completed in time"),
        (|provider| provider.set_fault(Fault::Garbage), "cannot understand the sign-in server's answer: it is no JSON object"),
        (|provider| provider.set_fault(Fault::Refuse("invalid_client")), "the sign-in server refused (tokens): invalid_client"),
    ];
    for (decide, told) in cases {
        let (home, provider) = (home(), OpenIdProvider::start());
        let sign_in = login(home.path(), &provider).start_device().await.unwrap();
        decide(&provider);
        let error = sign_in.completed().await.unwrap_err();
        assert_eq!(error.to_string(), told);
        assert_no_secret(&format!("{error:?}"));
        assert!(!home.path().join("auth.json").exists());
    }
}

#[tokio::test]
async fn a_server_that_is_ill_for_a_moment_is_asked_again() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let sign_in = login(home.path(), &provider).start_device().await.unwrap();
    provider.approve("WDJB-MJH1");
    provider.set_fault(Fault::Status(503));
    let provider = std::sync::Arc::new(provider);
    let healing = std::sync::Arc::clone(&provider);
    let deciding = tokio::task::spawn_blocking(move || {
        healing.wait_for_forms("/token", 1);
        healing.set_fault(Fault::None);
    });
    sign_in.completed().await.unwrap();
    deciding.await.unwrap();
}

#[tokio::test]
async fn giving_up_ends_at_once() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let sign_in = login(home.path(), &provider).start_device().await.unwrap();
    sign_in.canceller().cancel();
    assert!(matches!(sign_in.completed().await, Err(LoginError::Cancelled)));
    assert_eq!(provider.forms("/token").len(), 0);
}

#[tokio::test]
async fn an_issuer_without_device_codes_says_so() {
    let (home, provider) = (home(), OpenIdProvider::start());
    provider.publish("device_authorization_endpoint", Value::Null);
    let error = login(home.path(), &provider).start_device().await.unwrap_err();
    assert_eq!(error.to_string(), format!("the sign-in server at {} does not offer sign-in on another device", provider.issuer()));
}
