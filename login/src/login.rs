//! Everything about the credentials of one `$CODEX_HOME` behind one value: sign in, look, renew, sign out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use codex_protocol::login::{LoginMethod, LoginSettings};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tracing::{debug, info};

use crate::browser::BrowserSignIn;
use crate::device::DeviceSignIn;
use crate::document::{AuthMode, StoredAuth, Tokens};
use crate::error::{LoginError, Restriction};
use crate::http::Http;
use crate::issuer::{self, Issuer, is_same};
use crate::key::ApiKey;
use crate::lock::CredentialsLock;
use crate::store::AuthStore;

/// How long a sign-in server may take for one answer.
const SERVER_PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take when somebody signs out.
const REVOCATION_PATIENCE: Duration = Duration::from_secs(10);

/// The credentials of one `$CODEX_HOME` and the ways to come by them. Cheap to clone; nothing is opened before it is asked for.
#[derive(Clone, Debug)]
pub struct Login {
    parts: Arc<Parts>,
}

struct Parts {
    settings: LoginSettings,
    store: AuthStore,
    /// Where `CODEX_API_KEY` and proxies are looked up.
    env: BTreeMap<String, String>,
    user_agent: String,
    patience: Duration,
    issuer: OnceCell<Arc<Issuer>>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} of {:?}", self.settings.store, self.store.path())
    }
}

/// Who is signed in, as far as people may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// An API key.
    ApiKey {
        /// Its beginning and end.
        masked: String,
    },
    /// An account.
    ChatGpt {
        /// The person's address.
        email: Option<String>,
        /// The plan, such as `pro`.
        plan: Option<String>,
        /// The workspace.
        account_id: Option<String>,
    },
}

/// What came of signing out.
#[derive(Debug)]
pub struct LoggedOut {
    /// Whether there was something to forget.
    pub was_signed_in: bool,
    /// Why the server may still take the tokens; `None` when they are revoked, or when there were none.
    pub not_revoked: Option<LoginError>,
}

impl Login {
    /// The credentials of a `$CODEX_HOME`. `env` is the process environment: `CODEX_API_KEY` and proxies count.
    pub fn new(codex_home: &Path, settings: LoginSettings, env: BTreeMap<String, String>, user_agent: &str) -> Self {
        let store = AuthStore::new(codex_home, settings.store);
        let user_agent = user_agent.to_owned();
        Self { parts: Arc::new(Parts { settings, store, env, user_agent, patience: SERVER_PATIENCE, issuer: OnceCell::new() }) }
    }

    /// The same, giving sign-in servers another time for each answer than the usual 30 s.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        let Parts { settings, store, env, user_agent, .. } = &*self.parts;
        let (settings, store, env, user_agent) = (settings.clone(), store.clone(), env.clone(), user_agent.clone());
        Self { parts: Arc::new(Parts { settings, store, env, user_agent, patience, issuer: OnceCell::new() }) }
    }

    /// What is configured.
    pub fn settings(&self) -> &LoginSettings {
        &self.parts.settings
    }

    pub(crate) fn env(&self) -> &BTreeMap<String, String> {
        &self.parts.env
    }

    pub(crate) fn store(&self) -> &AuthStore {
        &self.parts.store
    }

    /// Starts signing in with a browser on this machine.
    ///
    /// # Errors
    /// When this is not allowed, no issuer is configured, it cannot be reached or does not offer it, or the port is taken.
    pub async fn start_browser(&self) -> Result<BrowserSignIn, LoginError> {
        let issuer = self.issuer_for_sign_in().await?;
        BrowserSignIn::start(self.clone(), issuer, self.parts.settings.callback_port).await
    }

    /// Starts signing in with a browser on another device.
    ///
    /// # Errors
    /// When this is not allowed, no issuer is configured, it cannot be reached or does not offer it.
    pub async fn start_device(&self) -> Result<DeviceSignIn, LoginError> {
        let issuer = self.issuer_for_sign_in().await?;
        DeviceSignIn::start(self.clone(), issuer).await
    }

    /// Keeps an API key in the place of what was there.
    ///
    /// # Errors
    /// When API keys are not allowed, or it cannot be kept.
    pub async fn save_api_key(&self, key: &ApiKey) -> Result<(), LoginError> {
        if self.parts.settings.forced_method == Some(LoginMethod::ChatGpt) {
            return Err(LoginError::Restricted(Restriction::AccountRequired));
        }
        self.replace(StoredAuth::of_api_key(key)).await
    }

    /// Who is signed in; `None` when nobody is. The environment does not count.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub async fn account(&self) -> Result<Option<Account>, LoginError> {
        Ok(self.stored().await?.and_then(|stored| account(&stored)))
    }

    /// What is stored.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn stored(&self) -> Result<Option<StoredAuth>, LoginError> {
        let store = self.parts.store.clone();
        off_the_runtime(move || store.read()).await
    }

    /// Forgets credentials that the configuration does not allow, and says so.
    ///
    /// Opens nothing when the configuration allows everything.
    ///
    /// # Errors
    /// [`LoginError::Restricted`] when something was forgotten; what cannot be read or deleted.
    pub async fn enforce(&self) -> Result<(), LoginError> {
        let settings = &self.parts.settings;
        if settings.forced_method.is_none() && settings.forced_workspace.is_none() {
            return Ok(());
        }
        let Some(stored) = self.stored().await? else { return Ok(()) };
        let Err(restriction) = allowed(settings, &stored) else { return Ok(()) };
        let _lock = self.lock().await?;
        let store = self.parts.store.clone();
        off_the_runtime(move || store.delete()).await?;
        Err(LoginError::Restricted(restriction))
    }

    /// Forgets the credentials, and tells the issuer that the tokens are not needed any more where it wants to know.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub async fn logout(&self) -> Result<LoggedOut, LoginError> {
        let _lock = self.lock().await?;
        // What is broken is forgotten all the same.
        let stored = self.stored().await.unwrap_or_default();
        let store = self.parts.store.clone();
        let was_signed_in = off_the_runtime(move || store.delete()).await?;
        let not_revoked = match stored.as_ref().filter(|stored| stored.mode() == AuthMode::ChatGpt).and_then(StoredAuth::tokens) {
            Some(tokens) => self.revoke(tokens).await.err(),
            None => None,
        };
        Ok(LoggedOut { was_signed_in, not_revoked })
    }

    async fn revoke(&self, tokens: &Tokens) -> Result<(), LoginError> {
        let issuer = self.issuer_of(tokens).await?;
        let (token, hint) = match &tokens.refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (&tokens.access_token, "access_token"),
        };
        tokio::time::timeout(REVOCATION_PATIENCE, issuer.revoke(token, hint)).await.unwrap_or(Err(LoginError::TimedOut))
    }

    /// Stores the tokens of a fresh sign-in, unless its workspace is not allowed.
    pub(crate) async fn keep(&self, issuer: &Issuer, tokens: Tokens) -> Result<Account, LoginError> {
        let stored = StoredAuth::of_account(&tokens, Timestamp::now());
        if let Err(restriction) = allowed(&self.parts.settings, &stored) {
            if let Some(token) = &tokens.refresh_token {
                let revoked = issuer.revoke(token, "refresh_token").await;
                debug!(told = revoked.is_ok(), "tokens of a workspace that is not allowed are given back");
            }
            return Err(LoginError::Restricted(restriction));
        }
        let claims = tokens.claims();
        let account = Account::ChatGpt { email: claims.email, plan: claims.plan, account_id: tokens.account_id.clone() };
        self.replace(stored).await?;
        info!("signed in with an account");
        Ok(account)
    }

    async fn replace(&self, stored: StoredAuth) -> Result<(), LoginError> {
        let _lock = self.lock().await?;
        self.write(stored).await
    }

    pub(crate) async fn write(&self, stored: StoredAuth) -> Result<(), LoginError> {
        let store = self.parts.store.clone();
        off_the_runtime(move || store.write(&stored)).await
    }

    pub(crate) async fn lock(&self) -> Result<CredentialsLock, LoginError> {
        CredentialsLock::take(&self.parts.store.lock_path()).await
    }

    async fn issuer_for_sign_in(&self) -> Result<Arc<Issuer>, LoginError> {
        if self.parts.settings.forced_method == Some(LoginMethod::Api) {
            return Err(LoginError::Restricted(Restriction::KeyRequired));
        }
        self.issuer().await
    }

    /// The configured issuer.
    async fn issuer(&self) -> Result<Arc<Issuer>, LoginError> {
        let Parts { settings, env, user_agent, patience, issuer, .. } = &*self.parts;
        let made = issuer.get_or_try_init(|| async {
            let (url, client_id) = issuer::configured(settings)?;
            let http = Http::new(&url, env, user_agent, *patience)?;
            Ok::<_, LoginError>(Arc::new(Issuer::new(url, client_id, settings, http)))
        });
        Ok(Arc::clone(made.await?))
    }

    /// The configured issuer, when these tokens are of it: X5, no other one may see them.
    pub(crate) async fn issuer_of(&self, tokens: &Tokens) -> Result<Arc<Issuer>, LoginError> {
        let issuer = self.issuer().await?;
        let claims = tokens.claims();
        let same = claims.issuer.as_deref().is_some_and(|own| is_same(own, issuer.url.as_str()));
        if !same || !claims.audience.contains(&issuer.client_id) {
            return Err(LoginError::Mismatch("it was made with another issuer or client id than `[login]` names"));
        }
        Ok(issuer)
    }
}

/// Who is signed in, by what is stored.
fn account(stored: &StoredAuth) -> Option<Account> {
    match stored.mode() {
        AuthMode::ApiKey => stored.api_key().map(|key| Account::ApiKey { masked: key.masked() }),
        AuthMode::ChatGpt => stored.tokens().map(|tokens| {
            let claims = tokens.claims();
            Account::ChatGpt { email: claims.email, plan: claims.plan, account_id: tokens.account_id.clone() }
        }),
    }
}

/// Whether the configuration allows what is stored.
pub(crate) fn allowed(settings: &LoginSettings, stored: &StoredAuth) -> Result<(), Restriction> {
    match (settings.forced_method, stored.mode()) {
        (Some(LoginMethod::ChatGpt), AuthMode::ApiKey) => return Err(Restriction::AccountRequired),
        (Some(LoginMethod::Api), AuthMode::ChatGpt) => return Err(Restriction::KeyRequired),
        _ => {}
    }
    let Some(wanted) = settings.forced_workspace.as_ref().filter(|_| stored.mode() == AuthMode::ChatGpt) else { return Ok(()) };
    let found = stored.tokens().and_then(|tokens| tokens.account_id.clone());
    if found.as_ref() == Some(wanted) { Ok(()) } else { Err(Restriction::Workspace { wanted: wanted.clone(), found }) }
}

/// Files and keyrings block; the runtime must not.
async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T, LoginError> + Send + 'static) -> Result<T, LoginError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| LoginError::CutOff)?
}
