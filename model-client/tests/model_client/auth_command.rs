//! Keys that a program prints.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use codex_config::provider::{AuthCommand, ProviderInfo};
use codex_model_client::{Auth, ErrorKind, HttpModelClient, HttpOptions};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::harness::{ask, options, prompt, provider};

fn script(folder: &Path, text: &str) -> AuthCommand {
    let path = folder.join("key");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    AuthCommand {
        command: "./key".into(),
        args: vec!["first".into()],
        timeout: Duration::from_secs(20),
        refresh_interval: Duration::ZERO,
        cwd: folder.to_path_buf(),
    }
}

fn client(base_url: &str, command: AuthCommand) -> HttpModelClient {
    let provider = ProviderInfo { auth_command: Some(command), ..provider(base_url) };
    let env = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned()), ("LD_PRELOAD".to_owned(), "x".to_owned())]);
    HttpModelClient::new(provider, Auth::None, HttpOptions { env, ..options() }).unwrap()
}

#[tokio::test]
async fn a_printed_key_is_used_until_it_is_refused_and_then_asked_for_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let command = script(folder.path(), "echo x >> count\necho \"key-$1-$(wc -l < count | tr -d ' ')\"");
    let refused = || Reply::status(401).body(json!({"error": {"message": "no: key-first-1"}}));
    let server = Scenario::new().reply(Reply::new().say("a")).reply(refused()).reply(Reply::new().say("b")).start();
    let client = client(&server.base_url(), command);
    ask(&client, &prompt()).await.unwrap();
    ask(&client, &prompt()).await.unwrap();
    let requests = server.requests();
    let keys: Vec<&str> = requests.iter().filter_map(|request| request.header("authorization")).collect();
    assert_eq!(keys, ["Bearer key-first-1", "Bearer key-first-1", "Bearer key-first-2"]);
}

/// X4: what was printed is in no error.
#[tokio::test]
async fn a_refused_key_is_told_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let command = script(folder.path(), "echo very-secret-key");
    let refused = || Reply::status(401).body(json!({"error": {"message": "bad key very-secret-key"}}));
    let server = Scenario::new().reply(refused()).reply(refused()).start();
    let error = ask(&client(&server.base_url(), command), &prompt()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Auth);
    assert!(error.message.contains("[redacted]") && !error.message.contains("very-secret"), "{}", error.message);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_program_that_fails_is_named_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("echo secret; echo 'not signed in' >&2; exit 3", "ended with exit status: 3: not signed in"),
        ("exit 0", "printed no key"),
        ("sleep 60", "took longer than 300 ms"),
    ];
    for (text, wanted) in cases {
        let server = Scenario::new().start();
        let timeout = if text.starts_with("sleep") { Duration::from_millis(300) } else { Duration::from_secs(20) };
        let command = AuthCommand { timeout, ..script(folder.path(), text) };
        let error = ask(&client(&server.base_url(), command), &prompt()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Configuration, "{text}");
        assert!(
            error.message.contains(wanted) && error.message.contains("`./key`") && !error.message.contains("secret"),
            "{}",
            error.message
        );
        assert_eq!(server.requests().len(), 0);
    }
    let server = Scenario::new().start();
    let missing = AuthCommand { command: "no-such-program".into(), ..script(folder.path(), "exit 0") };
    let error = ask(&client(&server.base_url(), missing), &prompt()).await.unwrap_err();
    assert!(error.message.ends_with("was not found"), "{}", error.message);
}
