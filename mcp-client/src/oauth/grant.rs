//! Requests to an authorization server: register, exchange a code, renew. Secrets go in bodies and never into messages.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::discover::{Endpoints, body};
use super::store::Stored;
use super::{OAuthError, now_ms};
use crate::http::HttpFactory;

const PATIENCE: Duration = Duration::from_secs(30);

/// A client as the authorization server knows it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Client {
    pub(super) client_id: String,
    #[serde(default)]
    pub(super) client_secret: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<f64>,
    scope: Option<String>,
}

/// Registers this program.
pub(super) async fn register(http: &HttpFactory, endpoints: &Endpoints, redirect: &str) -> Result<Client, OAuthError> {
    const WHAT: &str = "registering with the authorization server";
    let Some(url) = &endpoints.register else {
        return Err(OAuthError::NotOffered("it does not let clients register themselves".to_owned()));
    };
    let client = json!({
        "client_name": "Codex",
        "redirect_uris": [redirect],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "response_types": ["code"],
    });
    let request = http.client(url).map_err(|reason| OAuthError::Exchange { what: WHAT, reason })?.post(url.clone()).json(&client);
    let answer = send(request, WHAT).await?;
    Client::deserialize(answer).map_err(|_| OAuthError::Exchange { what: WHAT, reason: "the answer names no client".to_owned() })
}

/// Exchanges a code for tokens.
pub(super) async fn exchange(
    http: &HttpFactory,
    endpoints: &Endpoints,
    client: &Client,
    code: &str,
    verifier: &str,
    redirect: &str,
    resource: Option<&str>,
) -> Result<Stored, OAuthError> {
    let form = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier), ("client_id", &client.client_id)];
    let further = [("redirect_uri", Some(redirect)), ("client_secret", client.client_secret.as_deref()), ("resource", resource)];
    let tokens = tokens(http, &endpoints.token, &form, &further, "exchanging the code").await?;
    Ok(stored(tokens, client, None))
}

/// Renews tokens.
pub(super) async fn refresh(
    http: &HttpFactory,
    endpoints: &Endpoints,
    stored_before: &Stored,
    refresh: &str,
    resource: Option<&str>,
) -> Result<Stored, OAuthError> {
    let client = Client { client_id: stored_before.client_id.clone(), client_secret: stored_before.client_secret.clone() };
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", &client.client_id)];
    let further = [("client_secret", client.client_secret.as_deref()), ("resource", resource)];
    let tokens = match tokens(http, &endpoints.token, &form, &further, "renewing the token").await {
        // The server has forgotten it: nothing but a new sign-in helps.
        Err(OAuthError::Exchange { reason, .. }) if reason.contains("invalid_") || reason.contains("status 4") => {
            return Err(OAuthError::SignedOut);
        }
        other => other?,
    };
    Ok(stored(tokens, &client, Some(stored_before)))
}

fn stored(tokens: Tokens, client: &Client, before: Option<&Stored>) -> Stored {
    let lasts = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let expires_at = tokens.expires_in.map(|seconds| now_ms() + u64::try_from(lasts(seconds).as_millis()).unwrap_or(u64::MAX / 2));
    let scopes = tokens.scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect());
    Stored {
        server_name: String::new(),
        server_url: String::new(),
        client_id: client.client_id.clone(),
        client_secret: client.client_secret.clone(),
        access_token: tokens.access_token,
        expires_at,
        // A server that sends none leaves the old one in force.
        refresh_token: tokens.refresh_token.or_else(|| before.and_then(|before| before.refresh_token.clone())),
        scopes: scopes.or_else(|| before.map(|before| before.scopes.clone())).unwrap_or_default(),
    }
}

async fn tokens(
    http: &HttpFactory,
    url: &Url,
    form: &[(&str, &str)],
    further: &[(&str, Option<&str>)],
    what: &'static str,
) -> Result<Tokens, OAuthError> {
    let further = further.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    let form: Vec<(&str, &str)> = form.iter().copied().chain(further).collect();
    let client = http.client(url).map_err(|reason| OAuthError::Exchange { what, reason })?;
    let answer = send(client.post(url.clone()).form(&form), what).await?;
    Tokens::deserialize(answer).map_err(|_| OAuthError::Exchange { what, reason: "the answer holds no token".to_owned() })
}

async fn send(request: reqwest::RequestBuilder, what: &'static str) -> Result<Value, OAuthError> {
    let failed = |reason: String| OAuthError::Exchange { what, reason };
    let request = request.timeout(PATIENCE).header("accept", "application/json");
    let response = request
        .send()
        .await
        .map_err(|error| failed(if error.is_timeout() { "no answer in time".to_owned() } else { error.without_url().to_string() }))?;
    let status = response.status();
    let bytes = body(response).await.map_err(failed)?;
    let value: Option<Value> = serde_json::from_slice(&bytes).ok();
    if status.is_success() {
        return value.ok_or_else(|| failed("the answer is no JSON".to_owned()));
    }
    // Only a code of the standard is repeated: what else is in an answer may hold what was sent.
    let code = value.as_ref().and_then(|value| value.get("error")?.as_str());
    let code = code.filter(|code| code.len() < 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    Err(failed(code.map_or_else(|| format!("status {}", status.as_u16()), str::to_owned)))
}
