//! Start-up: a plain client is made at once.

use std::time::{Duration, Instant};

use codex_model_client::{Auth, ErrorKind, HttpModelClient};
use codex_test_support::Scenario;
use pretty_assertions::assert_eq;

use crate::harness::{ask, options, prompt, provider};

#[tokio::test]
async fn a_client_for_a_plain_address_is_made_within_milliseconds() {
    let make = || {
        let began = Instant::now();
        HttpModelClient::new(provider("http://127.0.0.1:1/v1"), Auth::None, options()).unwrap();
        began.elapsed()
    };
    // The best of several: the machine may be busy, but certificates would cost this much each time.
    let best = (0..10).map(|_| make()).min().unwrap();
    assert!(best < Duration::from_millis(3), "{best:?}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_named_when_it_was_asked_to() {
    let server = Scenario::new().start();
    let base = server.base_url().replace("http://", "https://");
    let client = match HttpModelClient::new(provider(&base), Auth::None, options()) {
        Ok(client) => client,
        // A machine without any certificate is told so before a request is made.
        Err(error) => return assert!(error.message.starts_with("cannot set up the HTTP client"), "{}", error.message),
    };
    let error = ask(&client, &prompt()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Connect);
    assert!(error.cause.as_deref().is_some_and(|cause| cause.starts_with(&format!("cannot reach {base}/responses: "))), "{error:?}");
}

#[test]
fn certificate_authorities_of_the_users_own_have_to_be_readable_and_are_read_only_for_tls() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let missing = folder.path().join("missing.pem");
    for (name, path) in [("CODEX_CA_CERTIFICATE", &missing), ("SSL_CERT_FILE", &missing), ("SSL_CERT_FILE", &empty)] {
        let env = std::collections::BTreeMap::from([(name.to_owned(), path.display().to_string())]);
        let with = |base_url: &str| {
            let options = codex_model_client::HttpOptions { env: env.clone(), ..options() };
            HttpModelClient::new(provider(base_url), Auth::None, options)
        };
        let error = with("https://127.0.0.1:1/v1").err().unwrap();
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert!(
            error.message.starts_with(&format!("`{name}`: ")) && error.message.contains(&path.display().to_string()),
            "{}",
            error.message
        );
        assert!(with("http://127.0.0.1:1/v1").is_ok());
    }
}
