//! Renewing a sign-in, and giving it back.

use std::fs;
use std::path::Path;

use codex_login::{Bearer, Login, LoginError};
use codex_test_support::OpenIdProvider;
use codex_test_support::openid::Fault;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::harness::{assert_no_secret, auth_json, home, login, login_with, settings, sign_in};

async fn token(login: &Login) -> String {
    login.bearer().await.unwrap().unwrap().reveal().to_owned()
}

fn change(home: &Path, change: impl FnOnce(&mut Value)) {
    let mut file = auth_json(home);
    change(&mut file);
    fs::write(home.join("auth.json"), file.to_string()).unwrap();
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_and_the_rest_of_the_file_stays() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let login = login(home.path(), &provider);
    provider.set_lifetime(60);
    sign_in(&login, &provider).await.unwrap();
    provider.set_lifetime(3600);
    change(home.path(), |file| {
        file["theirs"] = json!({"a": 1});
        file["tokens"]["more"] = json!("kept");
    });
    assert_eq!(token(&login).await, "access-secret-2");
    assert_eq!(token(&login).await, "access-secret-2");
    let file = auth_json(home.path());
    assert_eq!((&file["theirs"], &file["tokens"]["more"]), (&json!({"a": 1}), &json!("kept")));
    assert_eq!(file["tokens"]["refresh_token"], "refresh-secret-2");
    assert_eq!(provider.forms("/token").len(), 2);
    assert_eq!(provider.forms("/token")[1]["grant_type"], "refresh_token");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_however_many_ask() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let first = login(home.path(), &provider);
    sign_in(&first, &provider).await.unwrap();
    let refused = first.bearer().await.unwrap().unwrap();
    // Two parts of one program that know nothing of each other, several requests each.
    let second = login(home.path(), &provider);
    let asking = (0..8).map(|number| {
        let (login, refused) = (if number % 2 == 0 { first.clone() } else { second.clone() }, refused.clone());
        tokio::spawn(async move { login.after_refusal(&refused).await.unwrap().unwrap().reveal().to_owned() })
    });
    for asked in asking.collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap(), "access-secret-2");
    }
    assert_eq!(provider.forms("/token").len(), 2);
    assert_eq!(provider.refresh_tokens(), ["refresh-secret-2"]);
}

#[tokio::test]
async fn a_refresh_token_that_another_process_used_is_not_used_again() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let login = login(home.path(), &provider);
    sign_in(&login, &provider).await.unwrap();
    let old = login.bearer().await.unwrap().unwrap();
    change(home.path(), |file| file["tokens"]["access_token"] = json!("access-secret-9"));
    assert_eq!(login.after_refusal(&old).await.unwrap().unwrap().reveal(), "access-secret-9");
    assert_eq!(provider.forms("/token").len(), 1);
}

#[tokio::test]
async fn a_revoked_sign_in_asks_to_sign_in_again() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let login = login(home.path(), &provider);
    provider.set_lifetime(1);
    sign_in(&login, &provider).await.unwrap();
    provider.revoke_all();
    let bearer = Bearer::Account(codex_login::AccountBearer {
        token: login.stored().await.unwrap().unwrap().tokens().unwrap().access_token.clone(),
        account_id: None,
        issuer: None,
    });
    let error = login.after_refusal(&bearer).await.unwrap_err();
    assert_eq!(error.to_string(), "your sign-in has ended (it was revoked, or is too old); sign in again with `codex login`");
    assert_no_secret(&format!("{error:?}"));
    assert_eq!(auth_json(home.path())["tokens"]["refresh_token"], "refresh-secret-1", "what is there stays");
}

#[tokio::test]
async fn a_token_that_still_holds_is_used_while_the_server_is_ill() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let login = login(home.path(), &provider);
    provider.set_lifetime(120);
    sign_in(&login, &provider).await.unwrap();
    for fault in [Fault::Status(503), Fault::Garbage, Fault::HangUp] {
        provider.set_fault(fault);
        assert_eq!(token(&login).await, "access-secret-1");
    }
    change(home.path(), |file| file["tokens"]["expires_at"] = json!(1_000_000));
    provider.set_fault(Fault::Status(503));
    let error = login.bearer().await.unwrap_err();
    assert_eq!(error.to_string(), "the sign-in server refused (renewal): status 503");
    assert!(error.is_passing());
}

#[tokio::test]
async fn a_renewal_of_another_person_is_refused() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let login = login(home.path(), &provider);
    sign_in(&login, &provider).await.unwrap();
    let old = login.bearer().await.unwrap().unwrap();
    provider.set_fault(Fault::Claim("sub", json!("person-2")));
    let error = login.after_refusal(&old).await.unwrap_err();
    assert!(matches!(error, LoginError::Mismatch("the renewed sign-in is another person's")), "{error}");
    assert_eq!(auth_json(home.path())["tokens"]["access_token"], "access-secret-1");
}

/// X5.
#[tokio::test]
async fn tokens_of_one_issuer_are_never_shown_to_another() {
    let (home, provider, other) = (home(), OpenIdProvider::start(), OpenIdProvider::start());
    sign_in(&login(home.path(), &provider), &provider).await.unwrap();
    let elsewhere = login(home.path(), &other);
    let bearer = elsewhere.bearer().await.unwrap().unwrap();
    assert!(matches!(elsewhere.after_refusal(&bearer).await, Err(LoginError::Mismatch(_))));
    let out = elsewhere.logout().await.unwrap();
    assert!(out.was_signed_in && matches!(out.not_revoked, Some(LoginError::Mismatch(_))), "{out:?}");
    assert_eq!(other.requests(), vec![]);
}

#[tokio::test]
async fn signing_out_gives_the_tokens_back() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let login = login(home.path(), &provider);
    sign_in(&login, &provider).await.unwrap();
    let out = login.logout().await.unwrap();
    assert!(out.was_signed_in && out.not_revoked.is_none(), "{out:?}");
    assert_eq!(provider.forms("/revoke")[0]["token"], "refresh-secret-1");
    assert!(provider.refresh_tokens().is_empty());
    assert_eq!(login.account().await.unwrap(), None);
}

#[tokio::test]
async fn signing_out_works_without_the_server() {
    let (home, provider) = (home(), OpenIdProvider::start());
    sign_in(&login(home.path(), &provider), &provider).await.unwrap();
    provider.set_fault(Fault::Status(500));
    let out = login(home.path(), &provider).logout().await.unwrap();
    assert!(out.was_signed_in);
    assert_eq!(out.not_revoked.unwrap().to_string(), "the sign-in server refused (revocation): status 500");
    assert!(!home.path().join("auth.json").exists());
}

#[tokio::test]
async fn a_sign_in_without_settings_is_used_until_it_ends() {
    let (home, provider) = (home(), OpenIdProvider::start());
    sign_in(&login(home.path(), &provider), &provider).await.unwrap();
    let unconfigured =
        login_with(home.path(), codex_protocol::login::LoginSettings { issuer: None, client_id: None, ..settings(&provider) });
    assert_eq!(token(&unconfigured).await, "access-secret-1");
    change(home.path(), |file| file["tokens"]["expires_at"] = json!(1_000_000));
    let error = unconfigured.bearer().await.unwrap_err();
    let told = "your sign-in has ended (`[login]` in config.toml names nobody who could renew it); sign in again with `codex login`";
    assert_eq!(error.to_string(), told);
}
