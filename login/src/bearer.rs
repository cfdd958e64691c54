//! What goes with a request: the key or token that counts now, renewed before it ends or once it was refused.
//!
//! Renewals are single flight: whoever holds the lock asks the issuer, everybody else finds the new tokens in the store
//! afterwards. The lock is between processes, so two programs of one home never use a refresh token twice.

use std::time::Duration;

use codex_protocol::login::LoginMethod;
use jiff::Timestamp;
use tracing::{debug, info, warn};

use crate::document::{AuthMode, StoredAuth, Tokens};
use crate::error::{LoginError, Refusal, Restriction};
use crate::issuer::Issuer;
use crate::key::ApiKey;
use crate::login::{Login, allowed};
use crate::secret::Secret;

/// A token that ends sooner than this is renewed before it is used.
const EARLY: Duration = Duration::from_secs(5 * 60);
/// A token of which nobody knows the end is renewed at this age.
const OLD: Duration = Duration::from_secs(8 * 24 * 60 * 60);

/// What proves to the model server who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// An API key.
    ApiKey(ApiKey),
    /// The token of an account.
    Account(AccountBearer),
}

/// The token of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountBearer {
    /// Goes into the header.
    pub token: Secret,
    /// The workspace, for its own header.
    pub account_id: Option<String>,
    /// Who issued it.
    pub issuer: Option<String>,
}

impl Bearer {
    /// The text of the header, after `Bearer`.
    pub fn reveal(&self) -> &str {
        match self {
            Self::ApiKey(key) => key.reveal(),
            Self::Account(account) => account.token.reveal(),
        }
    }
}

impl Login {
    /// What goes with requests of the login: `CODEX_API_KEY`, else what is stored; `None` when there is neither.
    ///
    /// Nothing is opened when the variable decides.
    ///
    /// # Errors
    /// When what is stored cannot be read or is not allowed, or when it has ended and cannot be renewed.
    pub async fn bearer(&self) -> Result<Option<Bearer>, LoginError> {
        if let Some(key) = self.variable("CODEX_API_KEY") {
            return self.allowed_key(key).map(Some);
        }
        let Some(stored) = self.stored().await? else { return Ok(None) };
        allowed(self.settings(), &stored).map_err(LoginError::Restricted)?;
        if stored.mode() == AuthMode::ApiKey {
            return Ok(stored.api_key().cloned().map(Bearer::ApiKey));
        }
        let Some(tokens) = stored.tokens() else { return Ok(None) };
        match need(tokens, stored.last_refresh(), Timestamp::now()) {
            Need::None => Ok(Some(bearer_of(tokens))),
            Need::Soon => match self.renew(&tokens.access_token).await {
                Ok(renewed) => Ok(renewed),
                Err(error) => {
                    // It still holds; if it does not, the server says so.
                    warn!(%error, "the sign-in could not be renewed yet");
                    Ok(Some(bearer_of(tokens)))
                }
            },
            Need::Now => self.renew(&tokens.access_token).await,
        }
    }

    /// The same for the built-in provider, where `OPENAI_API_KEY` stands in when nobody is signed in.
    ///
    /// A broken store is an error even when the variable is set: silently billing another account would be worse.
    ///
    /// # Errors
    /// As [`Login::bearer`].
    pub async fn bearer_or_variable(&self) -> Result<Option<Bearer>, LoginError> {
        match self.bearer().await? {
            Some(bearer) => Ok(Some(bearer)),
            None => self.variable("OPENAI_API_KEY").map(|key| self.allowed_key(key)).transpose(),
        }
    }

    /// What to use after the server refused `refused` with 401; `None` when there is nothing else.
    ///
    /// # Errors
    /// When the sign-in has ended, or could not be renewed for another reason.
    pub async fn after_refusal(&self, refused: &Bearer) -> Result<Option<Bearer>, LoginError> {
        match refused {
            Bearer::ApiKey(_) => Ok(None),
            Bearer::Account(account) => Ok(self.renew(&account.token).await?.filter(|renewed| renewed != refused)),
        }
    }

    /// Renews what is stored now, whatever its age.
    ///
    /// # Errors
    /// As [`Login::after_refusal`].
    pub async fn refresh(&self) -> Result<Option<Bearer>, LoginError> {
        match self.bearer().await? {
            Some(bearer @ Bearer::Account(_)) => self.after_refusal(&bearer).await,
            other => Ok(other),
        }
    }

    /// Whatever may stand in a message by mistake: everything stored and everything in the variables of the login.
    /// Blocks; meant for programs that write recordings.
    pub fn secrets(&self) -> Vec<String> {
        let stored = self.store().read().ok().flatten();
        let tokens = stored.as_ref().and_then(StoredAuth::tokens);
        let of_tokens =
            tokens.into_iter().flat_map(|tokens| [Some(&tokens.access_token), tokens.id_token.as_ref(), tokens.refresh_token.as_ref()]);
        let key = stored.as_ref().and_then(StoredAuth::api_key).map(|key| key.reveal().to_owned());
        of_tokens.flatten().map(|secret| secret.reveal().to_owned()).chain(key).collect()
    }

    /// Gets new tokens, unless somebody else did since `old` was read.
    async fn renew(&self, old: &Secret) -> Result<Option<Bearer>, LoginError> {
        let _lock = self.lock().await?;
        let Some(stored) = self.stored().await? else { return Err(LoginError::Ended("you signed out")) };
        let Some(tokens) = stored.tokens().filter(|_| stored.mode() == AuthMode::ChatGpt) else {
            // Somebody signed in with a key meanwhile.
            return Ok(stored.api_key().cloned().map(Bearer::ApiKey));
        };
        allowed(self.settings(), &stored).map_err(LoginError::Restricted)?;
        if tokens.access_token != *old {
            debug!("the sign-in was renewed by another process or thread");
            return Ok(Some(bearer_of(tokens)));
        }
        let Some(refresh_token) = &tokens.refresh_token else { return Err(LoginError::Ended("there is no way to renew it")) };
        let issuer = match self.issuer_of(tokens).await {
            Err(LoginError::NotConfigured { .. }) => {
                return Err(LoginError::Ended("`[login]` in config.toml names nobody who could renew it"));
            }
            issuer => issuer?,
        };
        let renewed = merged(tokens, fetch(&issuer, refresh_token).await?)?;
        let bearer = bearer_of(&renewed);
        let stored = stored.with_tokens(&renewed, Timestamp::now());
        allowed(self.settings(), &stored).map_err(LoginError::Restricted)?;
        self.write(stored).await?;
        info!("the sign-in was renewed");
        Ok(Some(bearer))
    }

    fn allowed_key(&self, key: ApiKey) -> Result<Bearer, LoginError> {
        if self.settings().forced_method == Some(LoginMethod::ChatGpt) {
            return Err(LoginError::Restricted(Restriction::AccountRequired));
        }
        Ok(Bearer::ApiKey(key))
    }

    fn variable(&self, name: &str) -> Option<ApiKey> {
        self.env().get(name).and_then(|value| ApiKey::new(value))
    }
}

async fn fetch(issuer: &Issuer, refresh_token: &Secret) -> Result<Tokens, LoginError> {
    let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.reveal()), ("scope", issuer.scope.as_str())];
    match issuer.tokens(&grant, None, "renewal").await {
        Err(LoginError::Refused { refusal: Refusal::Code(code), .. }) if code == "invalid_grant" => {
            Err(LoginError::Ended("it was revoked, or is too old"))
        }
        other => other,
    }
}

/// New tokens, with what the answer left out taken from the old ones. They have to be of the same person.
fn merged(old: &Tokens, new: Tokens) -> Result<Tokens, LoginError> {
    let person = |tokens: &Tokens| tokens.claims().subject;
    if new.id_token.is_some() && person(&new) != person(old) {
        return Err(LoginError::Mismatch("the renewed sign-in is another person's"));
    }
    Ok(Tokens {
        account_id: new.account_id.or_else(|| old.account_id.clone()),
        id_token: new.id_token.or_else(|| old.id_token.clone()),
        refresh_token: new.refresh_token.or_else(|| old.refresh_token.clone()),
        ..new
    })
}

fn bearer_of(tokens: &Tokens) -> Bearer {
    let claims = tokens.claims();
    Bearer::Account(AccountBearer { token: tokens.access_token.clone(), account_id: tokens.account_id.clone(), issuer: claims.issuer })
}

/// Whether tokens have to be renewed before they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// No.
    None,
    /// Better so, but they still hold.
    Soon,
    /// Yes.
    Now,
}

fn need(tokens: &Tokens, since: Option<Timestamp>, now: Timestamp) -> Need {
    let early = i64::try_from(EARLY.as_secs()).unwrap_or(i64::MAX);
    let old = i64::try_from(OLD.as_secs()).unwrap_or(i64::MAX);
    match tokens.end() {
        Some(end) if end <= now.as_second() => Need::Now,
        Some(end) if end - early <= now.as_second() => Need::Soon,
        Some(_) => Need::None,
        None if since.is_some_and(|since| since.as_second().saturating_add(old) > now.as_second()) => Need::None,
        None if tokens.refresh_token.is_some() => Need::Soon,
        None => Need::None,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use pretty_assertions::assert_eq;

    use super::*;

    fn tokens(access: &str, expires_at: Option<i64>) -> Tokens {
        let secret = |text| Secret::new(text).unwrap();
        Tokens { id_token: None, access_token: secret(access), refresh_token: Some(secret("r")), account_id: None, expires_at }
    }

    #[test]
    fn age_decides_when_tokens_are_renewed() {
        let now: Timestamp = "2026-01-10T00:00:00Z".parse().unwrap();
        let at = |seconds: i64| now.as_second() + seconds;
        let own = |seconds: i64| format!("e30.{}.s", URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{}}}", at(seconds))));
        let days_ago = |days: i64| Timestamp::from_second(at(-days * 86_400)).ok();
        let cases = [
            (tokens("x", Some(at(301))), None, Need::None),
            (tokens("x", Some(at(300))), days_ago(0), Need::Soon),
            (tokens("x", Some(at(0))), days_ago(0), Need::Now),
            (tokens(&own(3600), None), days_ago(30), Need::None),
            (tokens(&own(299), Some(at(9999))), None, Need::Soon),
            (tokens(&own(-1), None), days_ago(0), Need::Now),
            (tokens("x", None), days_ago(7), Need::None),
            (tokens("x", None), days_ago(8), Need::Soon),
            (tokens("x", None), None, Need::Soon),
            (Tokens { refresh_token: None, ..tokens("x", None) }, None, Need::None),
        ];
        for (tokens, since, wanted) in cases {
            assert_eq!(need(&tokens, since, now), wanted, "{:?} {since:?}", tokens.end());
        }
    }
}
