//! Start-up: a plain client is made at once.

use std::time::{Duration, Instant};

use codex_model_client::{Auth, HttpModelClient};

use crate::harness::{options, provider};

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
