//! `forced_login_method` and `forced_chatgpt_workspace_id`.

use codex_login::{ApiKey, LoginError, Restriction};
use codex_protocol::login::{LoginMethod, LoginSettings};
use codex_test_support::OpenIdProvider;
use pretty_assertions::assert_eq;

use crate::harness::{home, login, login_with, settings, sign_in};

fn key() -> ApiKey {
    ApiKey::new("sk-test-0123456789abcdef").unwrap()
}

#[tokio::test]
async fn only_the_demanded_kind_can_be_stored() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let only = |method| login_with(home.path(), LoginSettings { forced_method: Some(method), ..settings(&provider) });
    let error = only(LoginMethod::ChatGpt).save_api_key(&key()).await.unwrap_err();
    assert!(matches!(error, LoginError::Restricted(Restriction::AccountRequired)));
    let api = only(LoginMethod::Api);
    assert!(matches!(api.start_browser().await, Err(LoginError::Restricted(Restriction::KeyRequired))));
    assert!(matches!(api.start_device().await, Err(LoginError::Restricted(Restriction::KeyRequired))));
    assert_eq!(provider.requests().len(), 0);
    assert!(!home.path().join("auth.json").exists());
}

#[tokio::test]
async fn what_is_not_allowed_is_forgotten_and_never_used() {
    let (home, provider) = (home(), OpenIdProvider::start());
    login(home.path(), &provider).save_api_key(&key()).await.unwrap();
    let only = login_with(home.path(), LoginSettings { forced_method: Some(LoginMethod::ChatGpt), ..settings(&provider) });
    assert!(only.bearer().await.is_err());
    let error = only.enforce().await.unwrap_err();
    assert_eq!(error.to_string(), "ChatGPT login is required, but an API key is currently being used.");
    assert!(!home.path().join("auth.json").exists());
    only.enforce().await.unwrap();

    sign_in(&login(home.path(), &provider), &provider).await.unwrap();
    let only = login_with(home.path(), LoginSettings { forced_method: Some(LoginMethod::Api), ..settings(&provider) });
    assert!(only.bearer().await.is_err());
    let error = only.enforce().await.unwrap_err();
    assert_eq!(error.to_string(), "API key login is required, but ChatGPT is currently being used.");
    assert!(!home.path().join("auth.json").exists());
}

#[tokio::test]
async fn variables_do_not_get_around_the_demand() {
    let home = home();
    let settings = LoginSettings { forced_method: Some(LoginMethod::ChatGpt), ..LoginSettings::default() };
    for name in ["CODEX_API_KEY", "OPENAI_API_KEY"] {
        let login = codex_login::Login::new(home.path(), settings.clone(), crate::harness::env(&[(name, "sk-x")]), "");
        let error = login.bearer_or_variable().await.unwrap_err();
        assert!(matches!(error, LoginError::Restricted(Restriction::AccountRequired)), "{name}");
    }
}

#[tokio::test]
async fn another_workspace_is_not_let_in() {
    let (home, provider) = (home(), OpenIdProvider::start());
    let restricted = login_with(home.path(), LoginSettings { forced_workspace: Some("workspace-2".into()), ..settings(&provider) });
    let error = sign_in(&restricted, &provider).await.unwrap_err();
    assert_eq!(error.to_string(), "Login is restricted to workspace workspace-2, but current credentials belong to workspace-1.");
    assert!(!home.path().join("auth.json").exists());
    assert!(provider.refresh_tokens().is_empty(), "the tokens are given back");

    provider.set_account("workspace-2");
    sign_in(&restricted, &provider).await.unwrap();
    restricted.enforce().await.unwrap();
    provider.set_account("workspace-1");
    let bearer = restricted.bearer().await.unwrap().unwrap();
    assert!(restricted.after_refusal(&bearer).await.is_err(), "a renewal does not change the workspace");
}
