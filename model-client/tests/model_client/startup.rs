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
