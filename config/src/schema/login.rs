//! `[login]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[login]`: who is asked for a sign-in with an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct LoginToml {
    /// The OpenID issuer, an `https` address.
    pub issuer: Option<String>,
    /// What the issuer knows this program as.
    pub client_id: Option<String>,
    /// What is asked for; `openid profile email offline_access` when absent.
    pub scopes: Option<Vec<String>>,
    /// Where the browser brings the answer back; 1455 when absent, 0 for any free port.
    pub callback_port: Option<u16>,
}
