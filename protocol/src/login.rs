//! What a user settles about signing in: where credentials are kept, which kind is allowed, and who is asked for them.
//!
//! Here because the configuration fills it in and the sign-in reads it, and neither may depend on the other. Never
//! taken from a repository. No credential is among these values; the client id is public by the nature of the flow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `cli_auth_credentials_store`: where credentials are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CredentialsStore {
    /// `$CODEX_HOME/auth.json`.
    #[default]
    File,
    /// The keyring of the desktop session.
    Keyring,
    /// The keyring where there is one, the file elsewhere.
    Auto,
    /// The memory of this process; nothing remains when it ends.
    Ephemeral,
}

/// `forced_login_method`: the only kind of credentials that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LoginMethod {
    /// An account, signed in to.
    ChatGpt,
    /// An API key.
    Api,
}

/// The port on which the browser brings the answer back unless `[login] callback_port` says otherwise.
pub const DEFAULT_CALLBACK_PORT: u16 = 1455;
/// What is asked for unless `[login] scopes` says otherwise.
pub const DEFAULT_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// Everything about signing in that is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSettings {
    /// Where credentials are kept.
    pub store: CredentialsStore,
    /// The only kind of credentials that counts; any when `None`.
    pub forced_method: Option<LoginMethod>,
    /// The only workspace an account may belong to; any when `None`.
    pub forced_workspace: Option<String>,
    /// The OpenID issuer, an `https` address; without one there is no sign-in with an account.
    pub issuer: Option<String>,
    /// What the issuer knows this program as.
    pub client_id: Option<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Where the browser brings the answer back, on the loopback interface; 0 takes any free port.
    pub callback_port: u16,
    /// Where requests go that an account pays for, without `/codex` at the end; the built-in address when `None`.
    pub account_base_url: Option<String>,
    /// Whether the user named the address of the built-in provider, which then counts for accounts too.
    pub names_base_url: bool,
}

impl Default for LoginSettings {
    fn default() -> Self {
        Self {
            store: CredentialsStore::default(),
            forced_method: None,
            forced_workspace: None,
            issuer: None,
            client_id: None,
            scopes: DEFAULT_SCOPES.map(str::to_owned).to_vec(),
            callback_port: DEFAULT_CALLBACK_PORT,
            account_base_url: None,
            names_base_url: false,
        }
    }
}
