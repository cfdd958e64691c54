//! Where credentials are kept, and which one counts.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use codex_login::{Account, ApiKey, AuthMode, AuthStore, Login, LoginError};
use codex_protocol::login::{CredentialsStore, LoginSettings};
use pretty_assertions::assert_eq;

use crate::harness::{env, home};

fn login(home: &Path, variables: &[(&str, &str)]) -> Login {
    Login::new(home, LoginSettings::default(), env(variables), "")
}

fn stored_in(kind: CredentialsStore, home: &Path) -> Login {
    Login::new(home, LoginSettings { store: kind, ..LoginSettings::default() }, BTreeMap::new(), "")
}

fn key(text: &str) -> ApiKey {
    ApiKey::new(text).unwrap()
}

const STORED: &str = r#"{"auth_mode":"apikey","OPENAI_API_KEY":"stored"}"#;

/// File, variables, key of the login, key for the built-in provider.
type Case<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], Option<&'a str>, Option<&'a str>);

#[tokio::test]
async fn the_first_place_that_has_a_key_counts() {
    let (codex, openai) = (("CODEX_API_KEY", "codex"), ("OPENAI_API_KEY", "openai"));
    let cases: [Case; 7] = [
        (None, &[], None, None),
        (None, &[openai], None, Some("openai")),
        (Some(STORED), &[openai], Some("stored"), Some("stored")),
        (Some(STORED), &[openai, codex], Some("codex"), Some("codex")),
        (Some(STORED), &[("CODEX_API_KEY", " ")], Some("stored"), Some("stored")),
        (Some(r#"{"OPENAI_API_KEY":"only"}"#), &[openai], Some("only"), Some("only")),
        (Some(r#"{"auth_mode":"apikey","OPENAI_API_KEY":""}"#), &[openai], None, Some("openai")),
    ];
    for (file, variables, of_login, built_in) in cases {
        let home = home();
        if let Some(text) = file {
            fs::write(home.path().join("auth.json"), text).unwrap();
        }
        let login = login(home.path(), variables);
        let reveal = |bearer: Option<codex_login::Bearer>| bearer.map(|bearer| bearer.reveal().to_owned());
        assert_eq!(reveal(login.bearer().await.unwrap()).as_deref(), of_login, "{file:?} {variables:?}");
        assert_eq!(reveal(login.bearer_or_variable().await.unwrap()).as_deref(), built_in, "{file:?} {variables:?}");
    }
}

#[tokio::test]
async fn the_file_is_not_opened_when_a_variable_decides() {
    let home = home();
    fs::write(home.path().join("auth.json"), "{broken").unwrap();
    assert!(login(home.path(), &[("CODEX_API_KEY", "k")]).bearer_or_variable().await.unwrap().is_some());
    let error = login(home.path(), &[("OPENAI_API_KEY", "k")]).bearer_or_variable().await.unwrap_err();
    assert!(matches!(error, LoginError::Broken { .. }));
}

/// X4.
#[tokio::test]
async fn a_broken_file_is_named_and_never_quoted() {
    let cases = [
        ("{a", "key must be a string at line 1 column 2"),
        ("", "EOF while parsing a value at line 1 column 0"),
        (r#""sk-secret""#, "expected an object"),
        (r#"{"OPENAI_API_KEY":["sk-secret"]}"#, "`OPENAI_API_KEY` is not a string"),
        (r#"{"auth_mode":"sk-secret"}"#, "`auth_mode` is neither `apikey` nor `chatgpt`"),
        (r#"{"tokens":"sk-secret"}"#, "`tokens` is not an object"),
        (r#"{"tokens":{"access_token":["sk-secret"]}}"#, "`tokens.access_token` is not a string"),
    ];
    for (text, fault) in cases {
        let home = home();
        fs::write(home.path().join("auth.json"), text).unwrap();
        let error = login(home.path(), &[]).account().await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot understand `{}`: {fault}", home.path().join("auth.json").display()));
        assert!(!format!("{error:?}").contains("sk-secret"));
    }
}

/// X1, A52, A53.
#[tokio::test]
async fn a53_the_file_is_for_its_owner_alone_and_replaces_a_link() {
    let home = home();
    let elsewhere = home.path().join("elsewhere");
    fs::write(&elsewhere, "untouched").unwrap();
    symlink(&elsewhere, home.path().join("auth.json")).unwrap();
    login(home.path(), &[]).save_api_key(&key("sk-test-0123456789abcdef")).await.unwrap();
    let path = home.path().join("auth.json");
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "untouched");
    let metadata = fs::symlink_metadata(&path).unwrap();
    assert!(metadata.is_file());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(home.path().join(".auth.lock")).unwrap().permissions().mode() & 0o777, 0o600);
    let text = "{\n  \"auth_mode\": \"apikey\",\n  \"OPENAI_API_KEY\": \"sk-test-0123456789abcdef\"\n}";
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_failed_write_leaves_the_old_file_whole() {
    let home = home();
    fs::create_dir(home.path().join("auth.json")).unwrap();
    let error = login(home.path(), &[]).save_api_key(&key("sk-test-0123456789abcdef")).await.unwrap_err();
    assert!(matches!(error, LoginError::Write { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("sk-test"));
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no temporary file stays: {left:?}");
}

/// X3.
#[tokio::test]
async fn a_lock_file_that_is_a_link_is_not_followed() {
    let home = home();
    let elsewhere = home.path().join("elsewhere");
    symlink(&elsewhere, home.path().join(".auth.lock")).unwrap();
    let error = login(home.path(), &[]).save_api_key(&key("k")).await.unwrap_err();
    assert!(matches!(error, LoginError::Write { .. }), "{error}");
    assert!(!elsewhere.exists());
}

#[tokio::test]
async fn signing_out_forgets_what_is_there_broken_or_not() {
    let home = home();
    let login = login(home.path(), &[]);
    assert!(!login.logout().await.unwrap().was_signed_in);
    for text in [STORED, "{broken"] {
        fs::write(home.path().join("auth.json"), text).unwrap();
        let out = login.logout().await.unwrap();
        assert!(out.was_signed_in && out.not_revoked.is_none());
        assert!(!home.path().join("auth.json").exists());
    }
}

#[tokio::test]
async fn what_is_kept_in_memory_reaches_no_disk() {
    let home = home();
    let login = stored_in(CredentialsStore::Ephemeral, home.path());
    login.save_api_key(&key("sk-test-0123456789abcdef")).await.unwrap();
    assert!(!home.path().join("auth.json").exists());
    // Another part of the same program sees it.
    let other = stored_in(CredentialsStore::Ephemeral, home.path());
    assert_eq!(other.account().await.unwrap(), Some(Account::ApiKey { masked: "sk-test-***bcdef".to_owned() }));
    assert!(other.logout().await.unwrap().was_signed_in);
    assert_eq!(login.account().await.unwrap(), None);
}

#[test]
fn a_pipe_in_the_place_of_the_file_is_an_error_and_no_hang() {
    let home = home();
    let path = home.path().join("auth.json");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).unwrap();
    let error = AuthStore::new(home.path(), CredentialsStore::File).read().unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read `{}`: not a regular file", path.display()));
}

#[test]
fn an_account_of_another_program_is_read() {
    let home = home();
    let text = r#"{"OPENAI_API_KEY":null,"tokens":{"id_token":"x","access_token":"a","refresh_token":"r","account_id":"w"}}"#;
    fs::write(home.path().join("auth.json"), text).unwrap();
    let stored = AuthStore::new(home.path(), CredentialsStore::File).read().unwrap().unwrap();
    assert_eq!(stored.mode(), AuthMode::ChatGpt);
    assert_eq!(stored.tokens().unwrap().account_id.as_deref(), Some("w"));
    assert_eq!(format!("{stored:?}"), "StoredAuth(ChatGpt)");
}
