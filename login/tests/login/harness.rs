//! A home, a provider, and the login between them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use codex_login::{Account, Login, LoginError};
use codex_protocol::login::LoginSettings;
use codex_test_support::OpenIdProvider;
use codex_test_support::openid::CLIENT_ID;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn settings(provider: &OpenIdProvider) -> LoginSettings {
    LoginSettings { issuer: Some(provider.issuer()), client_id: Some(CLIENT_ID.to_owned()), callback_port: 0, ..LoginSettings::default() }
}

pub(crate) fn login_with(home: &Path, settings: LoginSettings) -> Login {
    Login::new(home, settings, BTreeMap::new(), "codex-test").with_patience(Duration::from_secs(5))
}

pub(crate) fn login(home: &Path, provider: &OpenIdProvider) -> Login {
    login_with(home, settings(provider))
}

pub(crate) fn auth_json(home: &Path) -> Value {
    serde_json::from_slice(&fs::read(home.join("auth.json")).unwrap()).unwrap()
}

/// Signs in with a browser that does as it is told.
pub(crate) async fn sign_in(login: &Login, provider: &OpenIdProvider) -> Result<Account, LoginError> {
    let sign_in = login.start_browser().await?;
    let back = provider.sent_back_to(sign_in.url());
    let browser = tokio::task::spawn_blocking(move || codex_test_support::openid::visit(&back));
    let outcome = sign_in.completed().await;
    let visit = browser.await.unwrap();
    assert_eq!(visit.status, if outcome.is_ok() { 200 } else { 400 }, "{}", visit.text);
    outcome
}

/// Every secret that the provider gives out has this in it.
pub(crate) fn assert_no_secret(text: &str) {
    assert!(!text.contains("-secret-"), "{text}");
}
