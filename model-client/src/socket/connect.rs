//! Opens a socket.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::Stream;
use crate::sse::CAP;

const BETA: (&str, &str) = ("openai-beta", "responses_websockets=2026-02-06");

/// Why there is no socket.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The server does not speak this way.
    NoWebSockets,
    /// It may be another time.
    Later(String),
}

/// The address with the scheme of sockets.
pub(super) fn address(url: &Url) -> Option<Url> {
    let mut url = url.clone();
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    url.set_scheme(scheme).ok()?;
    Some(url)
}

/// Whether only the HTTP client reaches this address as the user wants it reached: through a proxy, or with certificate
/// authorities of the user's own.
pub(super) fn needs_http(url: &Url, env: &BTreeMap<String, String>) -> bool {
    let variable = |name: &str| {
        let value = env.get(name).or_else(|| env.get(&name.to_ascii_lowercase()));
        value.map(|value| value.trim()).filter(|value| !value.is_empty())
    };
    let own_certificates = codex_login::CA_VARIABLES.iter().any(|name| variable(name).is_some());
    if url.scheme() == "https" && own_certificates {
        return true;
    }
    let has_proxy = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].iter().any(|name| variable(name).is_some());
    let host = url.host_str().unwrap_or_default();
    let is_excepted = variable("NO_PROXY").is_some_and(|list| list.split(',').any(|entry| entry.trim() == host || entry.trim() == "*"));
    has_proxy && !is_excepted
}

/// Opens a socket, and returns the head of the server's answer with it.
pub(super) async fn connect(url: &Url, headers: &HeaderMap, patience: Duration) -> Result<(Stream, HeaderMap), Refused> {
    let mut request = url.as_str().into_client_request().map_err(|error| Refused::Later(error.to_string()))?;
    for (name, value) in headers {
        if name != ACCEPT && name != CONTENT_TYPE {
            request.headers_mut().insert(name.clone(), value.clone());
        }
    }
    request.headers_mut().insert(HeaderName::from_static(BETA.0), HeaderValue::from_static(BETA.1));
    let config = WebSocketConfig::default().max_message_size(Some(CAP)).max_frame_size(Some(CAP));
    match tokio::time::timeout(patience, connect_async_with_config(request, Some(config), true)).await {
        Err(_) => Err(Refused::Later(format!("the server did not answer within {} ms", patience.as_millis()))),
        Ok(Ok((stream, response))) => Ok((stream, response.headers().clone())),
        // What else the server has to say it says over HTTP, where errors are read in full.
        Ok(Err(Error::Http(response))) => match response.status().as_u16() {
            408 | 425 | 500.. => Err(Refused::Later(format!("the server answered {}", response.status()))),
            _ => Err(Refused::NoWebSockets),
        },
        Ok(Err(error)) => Err(Refused::Later(error.to_string())),
    }
}
