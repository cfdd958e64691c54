//! Sign-ins to servers: found out, made, kept, renewed, forgotten (M5).
//!
//! Discovery follows the protocol's way (metadata of the resource, then of its authorization server), and the older one
//! (metadata beside the server). Clients register themselves. Codes are bound by PKCE, tokens to the server they were made for.

mod address;
mod callback;
mod discover;
mod flow;
mod grant;
mod store;

use std::time::{SystemTime, UNIX_EPOCH};

pub use self::flow::{SignIn, SignInOptions};
pub use self::store::{CredentialStore, StoreKind};

use self::discover::Endpoints;
use self::store::Stored;
use crate::http::HttpFactory;
use crate::settings::{Reach, ServerSettings, Token};
use url::Url;

/// A token is renewed when it has less than this left, milliseconds.
const MARGIN_MS: u64 = 60_000;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OAuthError {
    /// The sign-in is no longer good.
    #[error("the sign-in is no longer good")]
    SignedOut,
    /// The server's address cannot be used.
    #[error("the server has no address that a sign-in could be for")]
    NoAddress,
    /// The server does not say how to sign in.
    #[error("the server does not offer OAuth: {0}")]
    NotOffered(String),
    /// An address of the sign-in is not one that credentials may be sent to.
    #[error("{what}: {fault}")]
    Address {
        /// Which address.
        what: &'static str,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The authorization server did not answer as it should.
    #[error("{what} failed: {reason}")]
    Exchange {
        /// Which request.
        what: &'static str,
        /// Why; without codes and tokens.
        reason: String,
    },
    /// The browser came back with an error.
    #[error("the authorization server refused: {0}")]
    Refused(String),
    /// Nobody came back in time.
    #[error("nobody signed in within {0} minutes")]
    TimedOut(u64),
    /// Credentials cannot be kept or read.
    #[error("cannot {act} the credentials: {reason}")]
    Store {
        /// What was tried.
        act: &'static str,
        /// Why not.
        reason: String,
    },
    /// The system refused something.
    #[error("cannot {what}: {source}")]
    System {
        /// What was refused.
        what: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// How a server wants to know who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthStatus {
    /// Not at all, as far as is known.
    Unsupported,
    /// By a token of the user's.
    BearerToken,
    /// By a sign-in that is not there.
    NotLoggedIn,
    /// By a sign-in that is there.
    OAuth,
}

pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn address(settings: &ServerSettings) -> Result<Url, OAuthError> {
    let Reach::Http { url, .. } = &settings.reach else { return Err(OAuthError::NoAddress) };
    Url::parse(url).map_err(|_| OAuthError::NoAddress)
}

/// The token to send; `None` where nobody signed in.
///
/// A keyring is opened only where the server's address is one that takes sign-ins.
pub(crate) async fn bearer(http: &HttpFactory, settings: &ServerSettings) -> Result<Option<String>, OAuthError> {
    let url = address(settings)?;
    let store = http.credentials();
    let Some(stored) = store.clone().read(&settings.name, url.as_str()).await? else { return Ok(None) };
    if stored.is_fresh(now_ms() + MARGIN_MS) {
        return Ok(Some(stored.access_token));
    }
    renew(http, &store, settings, &url).await.map(Some)
}

/// Renews a token; one process at a time, because a refresh token may be good only once.
async fn renew(http: &HttpFactory, store: &CredentialStore, settings: &ServerSettings, url: &Url) -> Result<String, OAuthError> {
    let _lock = store.lock().await?;
    // Somebody else may have been first.
    let stored = store.clone().read(&settings.name, url.as_str()).await?.ok_or(OAuthError::SignedOut)?;
    if stored.is_fresh(now_ms() + MARGIN_MS) {
        return Ok(stored.access_token);
    }
    let refresh = stored.refresh_token.clone().ok_or(OAuthError::SignedOut)?;
    let endpoints: Endpoints = discover::endpoints(http, url).await?;
    let renewed = grant::refresh(http, &endpoints, &stored, &refresh, settings.oauth_resource.as_deref()).await?;
    let token = renewed.access_token.clone();
    store.clone().write(Stored { server_name: settings.name.clone(), server_url: url.to_string(), ..renewed }).await?;
    Ok(token)
}

/// Whether a server takes sign-ins, and whether there is one. Asks the server only where nothing is stored.
pub async fn status(settings: &ServerSettings, surroundings: &crate::Surroundings) -> AuthStatus {
    let Reach::Http { token, .. } = &settings.reach else { return AuthStatus::Unsupported };
    if !matches!(token, Token::SignIn) {
        return AuthStatus::BearerToken;
    }
    let http = HttpFactory::new(surroundings);
    let Ok(url) = address(settings) else { return AuthStatus::Unsupported };
    match http.credentials().read(&settings.name, url.as_str()).await {
        Ok(Some(_)) => AuthStatus::OAuth,
        _ if discover::endpoints(&http, &url).await.is_ok() => AuthStatus::NotLoggedIn,
        _ => AuthStatus::Unsupported,
    }
}

/// Forgets a sign-in. Returns whether there was one.
///
/// # Errors
/// When it is there and cannot be deleted.
pub async fn log_out(settings: &ServerSettings, surroundings: &crate::Surroundings) -> Result<bool, OAuthError> {
    let url = address(settings)?;
    HttpFactory::new(surroundings).credentials().delete(&settings.name, url.as_str()).await
}
