//! The configured issuer: its addresses, as it publishes them, and the requests that all flows share.
//!
//! Addresses come from OpenID discovery, each checked before a secret goes there. Nothing of any issuer is built in.

use codex_protocol::login::LoginSettings;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;
use url::Url;

use crate::claims::Claims;
use crate::document::Tokens;
use crate::error::LoginError;
use crate::http::{Http, is_this_machine, safe_address};
use crate::secret::Secret;

/// Where an issuer publishes its addresses.
const DISCOVERY: &str = ".well-known/openid-configuration";
/// The longest token that is taken.
const LONGEST_TOKEN: usize = 64 * 1024;
/// How far two clocks may be apart, in seconds.
const CLOCK_SKEW: i64 = 300;

/// An issuer and what it knows this program as.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) url: Url,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) http: Http,
    addresses: OnceCell<Addresses>,
}

/// What an issuer publishes.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) authorization: Option<Url>,
    pub(crate) token: Url,
    pub(crate) device: Option<Url>,
    pub(crate) revocation: Option<Url>,
    /// The `code_challenge_methods_supported`, where it says.
    pub(crate) challenge_methods: Option<Vec<String>>,
    /// Whether its answers in the browser name it.
    pub(crate) names_itself: bool,
}

/// The issuer and client id of the settings.
///
/// # Errors
/// [`LoginError::NotConfigured`] when one of them is missing, [`LoginError::Address`] when the issuer cannot be used.
pub(crate) fn configured(settings: &LoginSettings) -> Result<(Url, String), LoginError> {
    let missing = match (&settings.issuer, &settings.client_id) {
        (Some(issuer), Some(client_id)) => return Ok((safe_address(issuer, "`login.issuer`")?, client_id.clone())),
        (None, Some(_)) => "`issuer` in `[login]`",
        (Some(_), None) => "`client_id` in `[login]`",
        (None, None) => "`issuer` and `client_id` in `[login]`",
    };
    Err(LoginError::NotConfigured { missing })
}

/// Whether two spellings name the same issuer.
pub(crate) fn is_same(a: &str, b: &str) -> bool {
    a.trim_end_matches('/') == b.trim_end_matches('/')
}

impl Issuer {
    pub(crate) fn new(url: Url, client_id: String, settings: &LoginSettings, http: Http) -> Self {
        Self { url, client_id, scope: settings.scopes.join(" "), http, addresses: OnceCell::new() }
    }

    /// What it publishes; asked once.
    pub(crate) async fn addresses(&self) -> Result<&Addresses, LoginError> {
        self.addresses.get_or_try_init(|| self.discover()).await
    }

    async fn discover(&self) -> Result<Addresses, LoginError> {
        let mut url = self.url.clone();
        let path = format!("{}/{DISCOVERY}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let told = self.http.get(&url, "its addresses").await?;
        if !text(&told, "issuer").is_some_and(|issuer| is_same(issuer, self.url.as_str())) {
            return Err(LoginError::Mismatch("the address it publishes is another issuer's"));
        }
        let token = self.address(&told, "token_endpoint", "the token address of the sign-in server")?;
        let methods = told.get("code_challenge_methods_supported").and_then(Value::as_array);
        Ok(Addresses {
            authorization: self.address(&told, "authorization_endpoint", "the browser address of the sign-in server")?,
            token: token.ok_or_else(|| self.does_not_offer("a token address"))?,
            device: self.address(&told, "device_authorization_endpoint", "the device address of the sign-in server")?,
            revocation: self.address(&told, "revocation_endpoint", "the revocation address of the sign-in server")?,
            challenge_methods: methods.map(|methods| methods.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            names_itself: told.get("authorization_response_iss_parameter_supported").and_then(Value::as_bool).unwrap_or_default(),
        })
    }

    fn address(&self, told: &Map<String, Value>, key: &str, what: &'static str) -> Result<Option<Url>, LoginError> {
        let Some(address) = text(told, key) else { return Ok(None) };
        let url = safe_address(address, what)?;
        if url.scheme() == "http" && !is_this_machine(&self.url) {
            // A server elsewhere has no business with the loopback interface of this machine.
            return Err(LoginError::Address { what, fault: "it is not https" });
        }
        Ok(Some(url))
    }

    pub(crate) fn does_not_offer(&self, what: &'static str) -> LoginError {
        LoginError::NotOffered { issuer: self.url.as_str().trim_end_matches('/').to_owned(), what }
    }

    /// Asks for tokens. `nonce` is what the id token has to repeat.
    pub(crate) async fn tokens(&self, grant: &[(&str, &str)], nonce: Option<&Secret>, what: &'static str) -> Result<Tokens, LoginError> {
        let mut form = vec![("client_id", self.client_id.as_str())];
        form.extend_from_slice(grant);
        let answer = self.http.post(&self.addresses().await?.token, &form, what).await?;
        let tokens = tokens(&answer, Timestamp::now())?;
        self.check_id_token(&tokens, nonce)?;
        Ok(tokens)
    }

    /// Whether the id token answers the question that was asked.
    fn check_id_token(&self, tokens: &Tokens, nonce: Option<&Secret>) -> Result<(), LoginError> {
        let Some(id_token) = &tokens.id_token else {
            return if nonce.is_some() { Err(LoginError::Mismatch("it has no id token")) } else { Ok(()) };
        };
        let claims = Claims::of(id_token.reveal()).ok_or(LoginError::Garbled("the id token of the sign-in server"))?;
        if !claims.issuer.as_deref().is_some_and(|issuer| is_same(issuer, self.url.as_str())) {
            return Err(LoginError::Mismatch("its id token is of another issuer"));
        }
        if !claims.audience.contains(&self.client_id) {
            return Err(LoginError::Mismatch("its id token is for another program"));
        }
        if claims.expires_at.is_some_and(|end| end + CLOCK_SKEW < Timestamp::now().as_second()) {
            return Err(LoginError::Mismatch("its id token has ended already"));
        }
        if !nonce.is_none_or(|nonce| claims.nonce.as_deref().is_some_and(|told| nonce.is(told))) {
            return Err(LoginError::Mismatch("its id token repeats another nonce"));
        }
        Ok(())
    }

    /// Tells the issuer that a token is not needed any more.
    pub(crate) async fn revoke(&self, token: &Secret, hint: &str) -> Result<(), LoginError> {
        let Some(url) = &self.addresses().await?.revocation else { return Err(self.does_not_offer("revocation")) };
        let form = [("client_id", self.client_id.as_str()), ("token", token.reveal()), ("token_type_hint", hint)];
        self.http.tell(url, &form, "revocation").await
    }
}

/// The text of a key, if there is any.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str().filter(|text| !text.is_empty())
}

fn tokens(answer: &Map<String, Value>, now: Timestamp) -> Result<Tokens, LoginError> {
    let secret = |key| match text(answer, key) {
        Some(token) if token.len() > LONGEST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(LoginError::Garbled("a token of the sign-in server"))
        }
        token => Ok(token.and_then(Secret::new)),
    };
    if !text(answer, "token_type").is_none_or(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err(LoginError::Garbled("the sign-in server's answer: its tokens are of another kind"));
    }
    let access_token = secret("access_token")?.ok_or(LoginError::Garbled("the sign-in server's answer: it has no access token"))?;
    let lifetime = answer.get("expires_in").and_then(Value::as_i64).filter(|seconds| *seconds > 0);
    let says_itself = Claims::of(access_token.reveal()).is_some_and(|claims| claims.expires_at.is_some());
    let id_token = secret("id_token")?;
    Ok(Tokens {
        account_id: id_token.as_ref().and_then(|token| Claims::of(token.reveal())?.account_id),
        id_token,
        refresh_token: secret("refresh_token")?,
        expires_at: lifetime.filter(|_| !says_itself).map(|seconds| now.as_second().saturating_add(seconds)),
        access_token,
    })
}
