//! Connecting to a server of this machine.
//!
//! A small server has room for a handful of connections that it did not take yet. What comes beyond, as when many threads begin at
//! once, the kernel drops without a word, and it tries again only after a second. So such a server is knocked at again at once.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{RequestBuilder, Response, Url};
use tokio::time::Instant;

/// How long a connection may take, all tries together.
const CONNECT: Duration = Duration::from_secs(30);
/// How long one try may take on this machine, where nothing is on the way.
const NEAR: Duration = Duration::from_millis(100);

/// How long one try to connect may take.
pub(crate) fn patience(url: &Url, env: &BTreeMap<String, String>) -> Duration {
    let is_near = match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse().is_ok_and(|address: std::net::Ipv4Addr| address.is_loopback()),
        None => false,
    };
    let is_proxied = ["http_proxy", "all_proxy"].iter().any(|name| env.keys().any(|key| key.eq_ignore_ascii_case(name)));
    if is_near && url.scheme() == "http" && !is_proxied { NEAR } else { CONNECT }
}

/// Sends a request; a try to connect that took too long is repeated until all of them did.
pub(crate) async fn send(mut request: RequestBuilder) -> reqwest::Result<Response> {
    let began = Instant::now();
    loop {
        let again = request.try_clone();
        match (request.send().await, again) {
            (Err(error), Some(again)) if error.is_connect() && error.is_timeout() && began.elapsed() < CONNECT => request = again,
            (outcome, _) => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_knocked_at_again() {
        let none = BTreeMap::new();
        let proxied = BTreeMap::from([("HTTP_PROXY".to_owned(), "http://p".to_owned())]);
        for (url, env, wanted) in [
            ("http://127.0.0.1:1/v1", &none, NEAR),
            ("http://localhost/v1", &none, NEAR),
            ("http://[::1]:1/v1", &none, NEAR),
            ("http://127.0.0.1:1/v1", &proxied, CONNECT),
            ("https://127.0.0.1:1/v1", &none, CONNECT),
            ("http://192.168.0.1/v1", &none, CONNECT),
            ("https://example.com/v1", &none, CONNECT),
        ] {
            assert_eq!(patience(&Url::parse(url).unwrap(), env), wanted, "{url}");
        }
    }
}
