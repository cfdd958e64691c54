//! The keyring, against a real Secret Service on a bus of its own.
//!
//! The test starts itself again under `dbus-run-session`, because the bus is found through the environment.
#![expect(clippy::disallowed_methods, reason = "the session bus is found through the environment of a process")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use codex_login::{Account, ApiKey, Login};
use codex_protocol::login::{CredentialsStore, LoginSettings};
use codex_test_support::OpenIdProvider;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::harness::{home, settings, sign_in};

/// Set for the part that runs beside the keyring.
const INSIDE: &str = "CODEX_TEST_KEYRING_HOME";

fn found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn stored_in(kind: CredentialsStore, home: &Path) -> Login {
    Login::new(home, LoginSettings { store: kind, ..LoginSettings::default() }, BTreeMap::new(), "")
}

fn key() -> ApiKey {
    ApiKey::new("sk-test-0123456789abcdef").unwrap()
}

fn with_a_key() -> Option<Account> {
    Some(Account::ApiKey { masked: "sk-test-***bcdef".to_owned() })
}

/// Runs a test again, with another bus; there it finds a home of its own, see [`inside`].
fn again(test: &str, wrapper: &[&str], home: &Path) -> std::process::Output {
    let exe = std::env::current_exe().unwrap();
    let (program, args) = match wrapper {
        [] => (exe.as_os_str(), &[][..]),
        [program, args @ ..] => (program.as_ref(), args),
    };
    let mut command = Command::new(program);
    command.args(args);
    if !wrapper.is_empty() {
        command.arg(&exe);
    }
    let runtime = home.join("runtime");
    fs::create_dir_all(&runtime).unwrap();
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).unwrap();
    command
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, home)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", &runtime)
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .output()
        .unwrap()
}

fn assert_passed(output: &std::process::Output) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// The home that a test was given when it started itself again.
fn inside() -> Option<PathBuf> {
    std::env::var_os(INSIDE).map(PathBuf::from)
}

fn finished(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

#[test]
fn credentials_are_kept_in_the_keyring() {
    if let Some(home) = inside() {
        return finished(beside_a_keyring(home));
    }
    if let Some(missing) = ["dbus-run-session", "gnome-keyring-daemon"].into_iter().find(|program| !found(program)) {
        println!("skipped: there is no {missing} on this machine");
        return;
    }
    let home = home();
    let script = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$0\" \"$@\"";
    assert_passed(&again("keyring::credentials_are_kept_in_the_keyring", &["dbus-run-session", "--", "sh", "-c", script], home.path()));
}

#[test]
fn a_machine_without_a_keyring_is_told_apart() {
    if let Some(home) = inside() {
        return finished(without_a_bus(home));
    }
    let home = home();
    assert_passed(&again("keyring::a_machine_without_a_keyring_is_told_apart", &[], home.path()));
}

async fn beside_a_keyring(home: PathBuf) {
    let file = home.join("auth.json");
    let (keyring, auto) = (stored_in(CredentialsStore::Keyring, &home), stored_in(CredentialsStore::Auto, &home));
    assert_eq!(keyring.account().await.unwrap(), None);
    fs::write(&file, r#"{"auth_mode":"apikey","OPENAI_API_KEY":"sk-of-before-the-keyring"}"#).unwrap();
    assert_eq!(auto.account().await.unwrap(), Some(Account::ApiKey { masked: "sk-of-be***yring".to_owned() }));

    keyring.save_api_key(&key()).await.unwrap();
    assert!(!file.exists(), "what was stored before does not stay behind");
    assert_eq!(keyring.account().await.unwrap(), with_a_key());
    assert_eq!(auto.account().await.unwrap(), with_a_key());
    assert_eq!(stored_in(CredentialsStore::File, &home).account().await.unwrap(), None);
    let other_home = stored_in(CredentialsStore::Keyring, Path::new("/another/home"));
    assert_eq!(other_home.account().await.unwrap(), None);
    assert!(keyring.logout().await.unwrap().was_signed_in);
    assert!(!keyring.logout().await.unwrap().was_signed_in);

    let provider = OpenIdProvider::start();
    let account = Login::new(&home, LoginSettings { store: CredentialsStore::Auto, ..settings(&provider) }, BTreeMap::new(), "");
    provider.set_lifetime(60);
    sign_in(&account, &provider).await.unwrap();
    provider.set_lifetime(3600);
    assert_eq!(account.bearer().await.unwrap().unwrap().reveal(), "access-secret-2");
    assert_eq!(account.bearer().await.unwrap().unwrap().reveal(), "access-secret-2");
    assert!(!file.exists());
    assert_eq!(json!(account.stored().await.unwrap().unwrap().tokens().unwrap().account_id), json!("workspace-1"));
    assert!(account.logout().await.unwrap().was_signed_in);
    assert_eq!(auto.account().await.unwrap(), None);
}

async fn without_a_bus(home: PathBuf) {
    let keyring = stored_in(CredentialsStore::Keyring, &home);
    let error = keyring.account().await.unwrap_err().to_string();
    assert!(error.starts_with("failed to load CLI auth from keyring: "), "{error}");
    let error = keyring.save_api_key(&key()).await.unwrap_err().to_string();
    assert!(error.starts_with("failed to write CLI auth to keyring: ") && !error.contains("sk-test"), "{error}");
    assert!(!home.join("auth.json").exists(), "never silently in the file");

    let auto = stored_in(CredentialsStore::Auto, &home);
    auto.save_api_key(&key()).await.unwrap();
    assert_eq!(auto.account().await.unwrap(), with_a_key());
    assert_eq!(fs::metadata(home.join("auth.json")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(auto.logout().await.unwrap().was_signed_in);
    assert!(!home.join("auth.json").exists());
}
