//! Signing in on another device (RFC 8628): a short code here, a browser elsewhere.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::error::LoginError;
use crate::http::safe_address;
use crate::issuer::{Issuer, text};
use crate::login::{Account, Login};
use crate::secret::Secret;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// How often is asked when the server does not say.
const USUAL_INTERVAL: Duration = Duration::from_secs(5);
/// How often at most, whatever it says,
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// and at least.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// What `slow_down` adds.
const SLOWER: Duration = Duration::from_secs(5);
/// How long a code holds when the server does not say, and how long it is waited for at most.
const LONGEST_LIFE: Duration = Duration::from_secs(15 * 60);
const LONGEST_USER_CODE: usize = 32;

/// A sign-in that waits for a person on another device.
#[derive(Debug)]
pub struct DeviceSignIn {
    login: Login,
    issuer: Arc<Issuer>,
    device_code: Secret,
    user_code: String,
    address: String,
    whole_address: Option<String>,
    interval: Duration,
    deadline: Instant,
    cancel: CancellationToken,
}

impl DeviceSignIn {
    pub(crate) async fn start(login: Login, issuer: Arc<Issuer>) -> Result<Self, LoginError> {
        const WHAT: &str = "a device code";
        let Some(url) = &issuer.addresses().await?.device else { return Err(issuer.does_not_offer("sign-in on another device")) };
        let form = [("client_id", issuer.client_id.as_str()), ("scope", issuer.scope.as_str())];
        let told = issuer.http.post(url, &form, WHAT).await?;
        let garbled = LoginError::Garbled("the device code of the sign-in server");
        let (Some(device_code), Some(user_code)) = (text(&told, "device_code").and_then(Secret::new), text(&told, "user_code")) else {
            return Err(garbled);
        };
        // Goes to a terminal: letters, digits and what stands between them.
        if user_code.len() > LONGEST_USER_CODE || !user_code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(garbled);
        }
        let user_code = user_code.to_owned();
        let address = text(&told, "verification_uri").or_else(|| text(&told, "verification_url")).ok_or(garbled)?;
        let checked = |address| safe_address(address, "the page for the device code").map(|url| url.to_string());
        let seconds = |key| told.get(key).and_then(Value::as_u64).map(Duration::from_secs);
        Ok(Self {
            address: checked(address)?,
            whole_address: text(&told, "verification_uri_complete").map(checked).transpose()?,
            device_code,
            user_code,
            interval: seconds("interval").unwrap_or(USUAL_INTERVAL).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL),
            deadline: Instant::now() + seconds("expires_in").unwrap_or(LONGEST_LIFE).min(LONGEST_LIFE),
            login,
            issuer,
            cancel: CancellationToken::new(),
        })
    }

    /// What the person types in: ASCII letters, digits and hyphens.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// The page on which it is typed in.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The page with the code in it, for those who can follow a link.
    pub fn whole_address(&self) -> Option<&str> {
        self.whole_address.as_deref()
    }

    /// Gives the sign-in up from elsewhere.
    pub fn canceller(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Waits for the person, gets the tokens and stores them.
    ///
    /// # Errors
    /// [`LoginError::Cancelled`], [`LoginError::TimedOut`], [`LoginError::Declined`], or what went wrong with the server
    /// or the store.
    pub async fn completed(self) -> Result<Account, LoginError> {
        let cancel = self.cancel.clone();
        let deadline = self.deadline;
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(LoginError::Cancelled),
            () = tokio::time::sleep_until(deadline) => Err(LoginError::TimedOut),
            done = self.ask_until_done() => done,
        }
    }

    async fn ask_until_done(self) -> Result<Account, LoginError> {
        let Self { login, issuer, device_code, mut interval, .. } = self;
        let grant = [("grant_type", GRANT), ("device_code", device_code.reveal())];
        loop {
            tokio::time::sleep(interval).await;
            match issuer.tokens(&grant, None, "tokens").await {
                Ok(tokens) if tokens.id_token.is_none() => return Err(LoginError::Mismatch("it has no id token")),
                Ok(tokens) => return login.keep(&issuer, tokens).await,
                Err(LoginError::Refused { refusal, .. }) if refusal.is("authorization_pending") => {}
                Err(LoginError::Refused { refusal, .. }) if refusal.is("slow_down") => interval = (interval + SLOWER).min(LONGEST_INTERVAL),
                Err(LoginError::Refused { refusal, .. }) if refusal.is("expired_token") => return Err(LoginError::TimedOut),
                Err(LoginError::Refused { refusal, .. }) if refusal.is("access_denied") => return Err(LoginError::Declined(refusal)),
                Err(error) if error.is_passing() => debug!(%error, "the sign-in server is asked again later"),
                Err(error) => return Err(error),
            }
        }
    }
}
