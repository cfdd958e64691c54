//! The credential file and the choice of a key, through the public surface.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use codex_login::{ApiKey, AuthMode, AuthStore, LoginError, StoredAuth, api_key, login_key};
use tempfile::TempDir;

fn home(text: Option<&str>) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    if let Some(text) = text {
        fs::write(home.path().join("auth.json"), text).unwrap();
    }
    home
}

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn key(text: &str) -> ApiKey {
    ApiKey::new(text).unwrap()
}

const STORED: &str = r#"{"auth_mode":"apikey","OPENAI_API_KEY":"stored"}"#;

/// File, variables, key of the login, key for the built-in provider.
type Case<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], Option<&'a str>, Option<&'a str>);

#[test]
fn the_first_place_that_has_a_key_counts() {
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
    for (file, variables, login, built_in) in cases {
        let (home, env) = (home(file), env(variables));
        assert_eq!(login_key(home.path(), &env).unwrap(), login.map(key), "{file:?} {variables:?}");
        assert_eq!(api_key(home.path(), &env).unwrap(), built_in.map(key), "{file:?} {variables:?}");
    }
}

#[test]
fn the_file_is_not_opened_when_a_variable_decides() {
    let home = home(Some("{broken"));
    assert_eq!(api_key(home.path(), &env(&[("CODEX_API_KEY", "k")])).unwrap(), Some(key("k")));
    assert!(matches!(api_key(home.path(), &env(&[("OPENAI_API_KEY", "k")])), Err(LoginError::Broken { .. })));
}

#[test]
fn a_broken_file_is_named_and_never_quoted() {
    let cases = [
        ("{a", "key must be a string at line 1 column 2"),
        ("", "EOF while parsing a value at line 1 column 0"),
        (r#""sk-secret""#, "expected an object"),
        (r#"{"OPENAI_API_KEY":["sk-secret"]}"#, "`OPENAI_API_KEY` is not a string"),
        (r#"{"auth_mode":"sk-secret"}"#, "`auth_mode` is neither `apikey` nor `chatgpt`"),
    ];
    for (text, fault) in cases {
        let home = home(Some(text));
        let error = AuthStore::new(home.path()).read().unwrap_err();
        assert_eq!(error.to_string(), format!("cannot understand `{}`: {fault}", home.path().join("auth.json").display()));
        assert!(!format!("{error:?}").contains("sk-secret"));
    }
}

#[test]
fn a_sign_in_with_an_account_is_refused_rather_than_replaced_by_another_key() {
    for text in [r#"{"auth_mode":"chatgpt","tokens":{"id_token":"x"},"OPENAI_API_KEY":null}"#, r#"{"tokens":{"id_token":"x"}}"#] {
        let home = home(Some(text));
        assert_eq!(AuthStore::new(home.path()).read().unwrap(), Some(StoredAuth { mode: AuthMode::ChatGpt, api_key: None }));
        let error = api_key(home.path(), &env(&[("OPENAI_API_KEY", "k")])).unwrap_err();
        assert!(matches!(error, LoginError::UnsupportedSignIn { .. }), "{error}");
        assert_eq!(api_key(home.path(), &env(&[("CODEX_API_KEY", "k")])).unwrap(), Some(key("k")));
    }
}

#[test]
fn a_written_key_is_private_and_in_the_agreed_form() {
    let home = home(Some("{\"tokens\":{}}"));
    let store = AuthStore::new(home.path());
    fs::set_permissions(store.path(), fs::Permissions::from_mode(0o644)).unwrap();
    store.write_api_key(&key("sk-1")).unwrap();
    assert_eq!(fs::read_to_string(store.path()).unwrap(), "{\n  \"auth_mode\": \"apikey\",\n  \"OPENAI_API_KEY\": \"sk-1\"\n}");
    assert_eq!(fs::metadata(store.path()).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["auth.json"], "no temporary file stays behind");
    assert_eq!(store.read().unwrap(), Some(StoredAuth { mode: AuthMode::ApiKey, api_key: Some(key("sk-1")) }));
}

#[test]
fn a_link_in_the_files_place_is_replaced_not_written_through() {
    let home = home(None);
    let target = home.path().join("target");
    fs::write(&target, "untouched").unwrap();
    let store = AuthStore::new(home.path());
    symlink(&target, store.path()).unwrap();
    store.write_api_key(&key("sk-1")).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
    assert!(fs::symlink_metadata(store.path()).unwrap().is_file());
}

#[test]
fn deleting_says_whether_there_was_something() {
    let home = home(Some(STORED));
    let store = AuthStore::new(home.path());
    assert!(store.delete().unwrap());
    assert!(!store.delete().unwrap());
    assert_eq!(store.read().unwrap(), None);
}

#[test]
fn what_is_not_a_file_is_an_error_and_does_not_wait() {
    let home = home(None);
    symlink("/dev/zero", home.path().join("auth.json")).unwrap();
    assert!(matches!(AuthStore::new(home.path()).read(), Err(LoginError::Read { .. })));
}

#[test]
fn a_folder_that_is_gone_is_named() {
    let home = home(None);
    let store = AuthStore::new(&home.path().join("gone"));
    let error = store.write_api_key(&key("sk-secret")).unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot write `{}`: ", store.path().display())), "{error}");
    assert!(!error.to_string().contains("sk-secret"));
}
