//! The HTTP client below a model client: address, headers, redirects. TLS and proxies are those of every client of the
//! program, `codex_login::client_builder`.

use codex_config::provider::{AuthScheme, Dialect, ProviderInfo, WireApi};
use codex_login::client_builder;
use codex_protocol::usage::{RateLimitWindow, RateLimits};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Url, redirect};

use crate::auth::Auth;
use crate::client::HttpOptions;
use crate::error::{ErrorKind, ModelError};
use crate::failure::reset_wait;
use crate::knock;
use crate::prompt::RequestContext;
use crate::wait::text_of;

const LONGEST_REDIRECT: usize = 3;
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// Returns the address that requests go to: base, path of the wire unless the base has it already, query.
///
/// # Errors
/// [`ErrorKind::Configuration`] when the base is no `http` or `https` address.
pub(crate) fn endpoint(provider: &ProviderInfo, path: &str) -> Result<Url, ModelError> {
    let wrong = |why: String| configuration(format!("`base_url` of model provider `{}`: {why}", provider.id));
    let mut url = Url::parse(&provider.base_url).map_err(|error| wrong(format!("{error}: `{}`", provider.base_url)))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong(format!("not an http or https address: `{}`", provider.base_url)));
    }
    let base = url.path().trim_end_matches('/');
    if !base.ends_with(path) {
        let whole = format!("{base}{path}");
        url.set_path(&whole);
    }
    if !provider.query_params.is_empty() {
        let mut pairs: Vec<String> = url.query().filter(|query| !query.is_empty()).map(str::to_owned).into_iter().collect();
        pairs.extend(provider.query_params.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))));
        url.set_query(Some(&pairs.join("&")));
    }
    Ok(url)
}

fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The address as people are shown it: keys can hide in the query and before the host.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// Returns a client for an address.
pub(crate) fn client(url: &Url, options: &HttpOptions) -> Result<reqwest::Client, ModelError> {
    let home = url.origin();
    // Keys may be in headers of any name, so a redirect is followed only to the same scheme, host and port.
    let redirects = redirect::Policy::custom(move |attempt| {
        let follows = attempt.url().origin() == home && attempt.previous().len() <= LONGEST_REDIRECT;
        if follows { attempt.follow() } else { attempt.stop() }
    });
    let builder = client_builder(url, &options.env).map_err(|error| configuration(error.to_string()))?;
    let builder = builder.connect_timeout(knock::patience(url, &options.env)).redirect(redirects);
    builder.build().map_err(|error| configuration(format!("cannot set up the HTTP client: {error}")))
}

/// Returns the headers that are the same for every request of a client.
///
/// # Errors
/// [`ErrorKind::Configuration`] when a configured name or value can be no header.
pub(crate) fn fixed_headers(provider: &ProviderInfo, auth: &Auth, options: &HttpOptions) -> Result<HeaderMap, ModelError> {
    let mut headers = HeaderMap::new();
    if let Auth::Bearer(key) = auth {
        add_key(&mut headers, provider, key)?;
    }
    if provider.wire_api == WireApi::Messages && provider.dialect != Dialect::Vertex {
        headers.insert("anthropic-version", HeaderValue::from_static(ANTHROPIC_VERSION));
    }
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    insert(&mut headers, "user-agent", &options.user_agent)?;
    insert(&mut headers, "originator", &options.originator)?;
    if provider.is_builtin_openai {
        insert(&mut headers, "version", &options.version)?;
    }
    for (name, value) in &provider.http_headers {
        insert(&mut headers, name, value)?;
    }
    for (name, variable) in &provider.env_http_headers {
        if let Some(value) = options.env.get(variable).filter(|value| !value.trim().is_empty()) {
            insert(&mut headers, name, value)?;
        }
    }
    Ok(headers)
}

/// Adds the header that proves who asks, in the way that the provider wants it.
///
/// # Errors
/// [`ErrorKind::Configuration`] when the key can be no header.
pub(crate) fn add_key(headers: &mut HeaderMap, provider: &ProviderInfo, key: &str) -> Result<(), ModelError> {
    let (name, text) = match provider.auth_scheme {
        AuthScheme::Bearer => (AUTHORIZATION, format!("Bearer {key}")),
        AuthScheme::XApiKey => (HeaderName::from_static("x-api-key"), key.to_owned()),
        AuthScheme::ApiKey => (HeaderName::from_static("api-key"), key.to_owned()),
        AuthScheme::None => return Ok(()),
    };
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| configuration(format!("the key of model provider `{}` holds characters that no header may hold", provider.id)))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), ModelError> {
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| configuration(format!("`{name}` is no header name")))?;
    let value = HeaderValue::from_str(value.trim())
        .map_err(|_| configuration(format!("the value of header `{name}` holds characters that no header may hold")))?;
    headers.insert(key, value);
    Ok(())
}

/// Returns the headers that say who asks.
pub(crate) fn request_headers(context: &RequestContext) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: &'static str, value: Option<&str>| {
        // What cannot be a header is left out: none of these changes the answer.
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    let thread = context.thread_id.to_string();
    add("session_id", Some(&thread));
    add("x-client-request-id", Some(&thread));
    add("x-codex-turn-metadata", context.turn_metadata.as_deref().map(ascii_json).as_deref());
    add("x-openai-subagent", context.subagent.as_deref());
    let state = context.turn_state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    add("x-codex-turn-state", state.as_deref());
    headers
}

/// JSON in letters that a header may hold: folder names can have others.
fn ascii_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            let mut units = [0; 2];
            letter.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

/// Returns what the answer's headers say of rate limits; `None` when they say nothing.
pub(crate) fn rate_limits(headers: &HeaderMap, now_unix: i64) -> Option<RateLimits> {
    let window = |name: &str| {
        let key = |what: &str| text_of(headers, &format!("x-codex-{name}-{what}"));
        let used_percent = key("used-percent")?.parse().ok()?;
        let resets_at = key("reset-at").and_then(|at| at.parse().ok());
        let resets_after = || key("reset-after-seconds").and_then(|after| after.parse::<i64>().ok()).map(|after| now_unix + after);
        let window_minutes = key("window-minutes").and_then(|minutes| minutes.parse().ok());
        Some(RateLimitWindow { used_percent, window_minutes, resets_at: resets_at.or_else(resets_after) })
    };
    let bucket = |name: &str| {
        let number = |what: &str| text_of(headers, &format!("x-ratelimit-{what}-{name}"))?.parse::<f64>().ok();
        let (limit, remaining) = (number("limit")?, number("remaining")?);
        if limit <= 0.0 {
            return None;
        }
        let wait = reset_wait(headers, &format!("x-ratelimit-reset-{name}"));
        let resets_at = wait.and_then(|wait| i64::try_from(wait.as_secs()).ok()).map(|wait| now_unix + wait);
        Some(RateLimitWindow { used_percent: ((1.0 - remaining / limit) * 100.0).clamp(0.0, 100.0), window_minutes: None, resets_at })
    };
    let (primary, secondary) = (window("primary"), window("secondary"));
    if primary.is_some() || secondary.is_some() {
        let plan_type = text_of(headers, "x-codex-plan-type").map(str::to_owned);
        return Some(RateLimits { primary, secondary, plan_type, ..RateLimits::default() });
    }
    let (requests, tokens) = (bucket("requests"), bucket("tokens"));
    let limits = RateLimits { limit_id: Some("api".to_owned()), primary: requests, secondary: tokens, ..RateLimits::default() };
    (limits.primary.is_some() || limits.secondary.is_some()).then_some(limits)
}

pub(crate) fn configuration(message: String) -> ModelError {
    ModelError::new(ErrorKind::Configuration, message)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn provider(base_url: &str, query: &[(&str, &str)]) -> ProviderInfo {
        ProviderInfo {
            base_url: base_url.into(),
            query_params: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..ProviderInfo::at("p", "p", base_url)
        }
    }

    #[test]
    fn the_path_is_appended_once_and_query_values_are_encoded() {
        let cases = [
            ("http://h/v1", &[][..], "http://h/v1/responses"),
            ("http://h/v1/", &[][..], "http://h/v1/responses"),
            ("http://h/v1/responses", &[][..], "http://h/v1/responses"),
            ("http://h", &[("api-version", "a b&c")][..], "http://h/responses?api-version=a%20b%26c"),
            ("http://h/v1?x=1", &[("y", "2")][..], "http://h/v1/responses?x=1&y=2"),
        ];
        for (base, query, wanted) in cases {
            assert_eq!(endpoint(&provider(base, query), "/responses").unwrap().as_str(), wanted);
        }
    }

    #[test]
    fn an_address_that_is_none_is_a_configuration_error() {
        for base in ["", "localhost:1", "ftp://h/v1", "http://"] {
            let error = endpoint(&provider(base, &[]), "/responses").unwrap_err();
            assert_eq!(error.kind, ErrorKind::Configuration, "{base}");
            assert!(error.message.contains("model provider `p`"), "{}", error.message);
        }
    }

    #[test]
    fn what_people_are_shown_holds_neither_query_nor_credentials() {
        let url = endpoint(&provider("http://u:secret@h/v1", &[("key", "secret")]), "/responses").unwrap();
        assert_eq!(shown(&url), "http://h/v1/responses");
    }

    #[test]
    fn rate_limits_are_read_from_either_family_of_headers() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
        };
        let codex = headers(&[
            ("x-codex-primary-used-percent", "12.5"),
            ("x-codex-primary-window-minutes", "300"),
            ("x-codex-primary-reset-after-seconds", "60"),
        ]);
        let window = RateLimitWindow { used_percent: 12.5, window_minutes: Some(300), resets_at: Some(1060) };
        assert_eq!(rate_limits(&codex, 1000), Some(RateLimits { primary: Some(window), ..RateLimits::default() }));
        let api =
            headers(&[("x-ratelimit-limit-tokens", "200"), ("x-ratelimit-remaining-tokens", "50"), ("x-ratelimit-reset-tokens", "6m0s")]);
        let window = RateLimitWindow { used_percent: 75.0, window_minutes: None, resets_at: Some(1360) };
        assert_eq!(rate_limits(&api, 1000).and_then(|limits| limits.secondary), Some(window));
        assert_eq!(rate_limits(&HeaderMap::new(), 1000), None);
    }
}
