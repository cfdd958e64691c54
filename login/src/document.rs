//! What is stored: one JSON object, in the file or in the keyring.
//!
//! Other programs read and write it too, so keys are a contract, and keys of theirs survive a renewal here. Taken apart by
//! hand: the messages of a derived reader would quote values, and the values are secrets.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::claims::Claims;
use crate::key::ApiKey;
use crate::secret::Secret;

/// How the user signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// With an API key.
    ApiKey,
    /// With an account.
    ChatGpt,
}

/// What proves an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Who signed in.
    pub id_token: Option<Secret>,
    /// Goes with each request.
    pub access_token: Secret,
    /// Brings a new access token.
    pub refresh_token: Option<Secret>,
    /// The workspace.
    pub account_id: Option<String>,
    /// When the access token ends, in seconds since 1970, where it does not say so itself.
    pub expires_at: Option<i64>,
}

impl Tokens {
    /// What the id token says.
    pub fn claims(&self) -> Claims {
        self.id_token.as_ref().and_then(|token| Claims::of(token.reveal())).unwrap_or_default()
    }

    /// When the access token ends, in seconds since 1970; `None` when nobody said.
    pub(crate) fn end(&self) -> Option<i64> {
        Claims::of(self.access_token.reveal()).and_then(|claims| claims.expires_at).or(self.expires_at)
    }
}

/// Credentials as they are stored. `Debug` shows no value.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAuth {
    object: Map<String, Value>,
    mode: AuthMode,
    api_key: Option<ApiKey>,
    tokens: Option<Tokens>,
    last_refresh: Option<Timestamp>,
}

impl fmt::Debug for StoredAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredAuth({:?})", self.mode)
    }
}

/// Why a text holds no credentials.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is not JSON.
    Json(serde_json::Error),
    /// It is JSON of another shape.
    Shape(&'static str),
}

impl StoredAuth {
    /// An API key and nothing else.
    pub fn of_api_key(key: &ApiKey) -> Self {
        let mut object = Map::new();
        object.insert("auth_mode".to_owned(), json!("apikey"));
        object.insert("OPENAI_API_KEY".to_owned(), json!(key.reveal()));
        Self { object, mode: AuthMode::ApiKey, api_key: Some(key.clone()), tokens: None, last_refresh: None }
    }

    /// An account, signed in to at `now`.
    pub fn of_account(tokens: &Tokens, now: Timestamp) -> Self {
        let mut object = Map::new();
        object.insert("auth_mode".to_owned(), json!("chatgpt"));
        object.insert("OPENAI_API_KEY".to_owned(), Value::Null);
        let empty = Self { object, mode: AuthMode::ChatGpt, api_key: None, tokens: None, last_refresh: None };
        empty.with_tokens(tokens, now)
    }

    /// The same sign-in with other tokens; everything else stays, keys of other programs too.
    #[must_use]
    pub fn with_tokens(mut self, tokens: &Tokens, now: Timestamp) -> Self {
        let mut table = self.object.get("tokens").and_then(Value::as_object).cloned().unwrap_or_default();
        let reveal = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let id_token = reveal(&tokens.id_token).unwrap_or_default();
        table.insert("id_token".to_owned(), json!(id_token));
        table.insert("access_token".to_owned(), json!(tokens.access_token.reveal()));
        table.insert("refresh_token".to_owned(), json!(reveal(&tokens.refresh_token).unwrap_or_default()));
        table.insert("account_id".to_owned(), json!(tokens.account_id));
        match tokens.expires_at {
            Some(end) => drop(table.insert("expires_at".to_owned(), json!(end))),
            None => drop(table.remove("expires_at")),
        }
        self.object.insert("tokens".to_owned(), Value::Object(table));
        self.object.insert("last_refresh".to_owned(), json!(format!("{now:.6}")));
        self.tokens = Some(tokens.clone());
        self.last_refresh = Some(now);
        self
    }

    /// How the user signed in.
    pub fn mode(&self) -> AuthMode {
        self.mode
    }

    /// The API key, if there is one.
    pub fn api_key(&self) -> Option<&ApiKey> {
        self.api_key.as_ref()
    }

    /// The tokens of the account, if there are any.
    pub fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }

    /// When the tokens came.
    pub fn last_refresh(&self) -> Option<Timestamp> {
        self.last_refresh
    }

    /// The text to store.
    pub(crate) fn text(&self) -> String {
        format!("{:#}", Value::Object(self.object.clone()))
    }

    /// Reads what was stored.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let Value::Object(object) = serde_json::from_slice(bytes).map_err(Fault::Json)? else {
            return Err(Fault::Shape("expected an object"));
        };
        let api_key = text(&object, "OPENAI_API_KEY", "`OPENAI_API_KEY` is not a string")?.and_then(ApiKey::new);
        let tokens = match object.get("tokens") {
            None | Some(Value::Null) => None,
            Some(Value::Object(table)) => tokens(table)?,
            Some(_) => return Err(Fault::Shape("`tokens` is not an object")),
        };
        let mode = match text(&object, "auth_mode", "`auth_mode` is not a string")? {
            None if api_key.is_none() && tokens.is_some() => AuthMode::ChatGpt,
            None => AuthMode::ApiKey,
            Some(name) => named_mode(name)?,
        };
        let last_refresh = object.get("last_refresh").and_then(Value::as_str).and_then(|text| Timestamp::from_str(text).ok());
        Ok(Self { mode, api_key, tokens, last_refresh, object })
    }
}

fn text<'a>(object: &'a Map<String, Value>, key: &str, fault: &'static str) -> Result<Option<&'a str>, Fault> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::Shape(fault)),
    }
}

fn tokens(table: &Map<String, Value>) -> Result<Option<Tokens>, Fault> {
    let secret = |key, fault| Ok::<_, Fault>(text(table, key, fault)?.and_then(Secret::new));
    let Some(access_token) = secret("access_token", "`tokens.access_token` is not a string")? else { return Ok(None) };
    let id_token = secret("id_token", "`tokens.id_token` is not a string")?;
    let account_id = text(table, "account_id", "`tokens.account_id` is not a string")?.filter(|id| !id.is_empty()).map(str::to_owned);
    Ok(Some(Tokens {
        account_id: account_id.or_else(|| Claims::of(id_token.as_ref()?.reveal())?.account_id),
        id_token,
        access_token,
        refresh_token: secret("refresh_token", "`tokens.refresh_token` is not a string")?,
        expires_at: table.get("expires_at").and_then(Value::as_i64),
    }))
}

fn named_mode(name: &str) -> Result<AuthMode, Fault> {
    match name {
        "apikey" | "api_key" => Ok(AuthMode::ApiKey),
        "chatgpt" | "chatgptAuthTokens" => Ok(AuthMode::ChatGpt),
        _ => Err(Fault::Shape("`auth_mode` is neither `apikey` nor `chatgpt`")),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn tokens() -> Tokens {
        Tokens {
            id_token: Secret::new("i.d.t"),
            access_token: Secret::new("access").unwrap(),
            refresh_token: Secret::new("refresh"),
            account_id: Some("acc".into()),
            expires_at: None,
        }
    }

    #[test]
    fn the_text_is_the_one_that_other_programs_read() {
        let key = StoredAuth::of_api_key(&ApiKey::new("sk-x").unwrap());
        assert_eq!(key.text(), "{\n  \"auth_mode\": \"apikey\",\n  \"OPENAI_API_KEY\": \"sk-x\"\n}");
        let account = StoredAuth::of_account(&tokens(), "2026-01-02T03:04:05Z".parse().unwrap());
        let wanted = json!({
            "auth_mode": "chatgpt", "OPENAI_API_KEY": null,
            "tokens": {"id_token": "i.d.t", "access_token": "access", "refresh_token": "refresh", "account_id": "acc"},
            "last_refresh": "2026-01-02T03:04:05.000000Z",
        });
        assert_eq!(account.text(), format!("{wanted:#}"));
        assert_eq!(StoredAuth::parse(account.text().as_bytes()).unwrap(), account);
    }

    #[test]
    fn other_tokens_leave_everything_else_as_it_was() {
        let text = r#"{"theirs":[1],"auth_mode":"chatgpt","tokens":{"access_token":"old","more":2,"expires_at":5},"last":null}"#;
        let renewed = StoredAuth::parse(text.as_bytes()).unwrap().with_tokens(&tokens(), "2026-01-02T03:04:05.5Z".parse().unwrap());
        let wanted = json!({
            "theirs": [1], "auth_mode": "chatgpt",
            "tokens": {"access_token": "access", "more": 2, "id_token": "i.d.t", "refresh_token": "refresh", "account_id": "acc"},
            "last": null, "last_refresh": "2026-01-02T03:04:05.500000Z",
        });
        assert_eq!(serde_json::from_str::<Value>(&renewed.text()).unwrap(), wanted);
    }
}
