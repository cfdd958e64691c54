//! What this client authenticates with, kept out of every message it gives.
//!
//! Servers quote what they were sent: keys come back in error bodies, in events and in the names of hosts they point to. What
//! goes up from here ends in session files, logs and on screens.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use codex_config::provider::ProviderInfo;
use reqwest::Url;

use crate::auth::Auth;
use crate::client::HttpOptions;
use crate::error::ModelError;

/// Stands in the place of a secret.
const REDACTED: &str = "[redacted]";
/// A shorter value is no secret worth the name, and would tear holes into every sentence.
const SHORTEST: usize = 6;

/// The values that no message may have. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<RwLock<Vec<String>>>);

impl Secrets {
    /// Everything that a provider's requests carry beside the request itself.
    pub(crate) fn of(provider: &ProviderInfo, auth: &Auth, options: &HttpOptions, url: &Url) -> Self {
        let mut values: Vec<&str> = Vec::new();
        if let Auth::Bearer(key) = auth {
            values.push(key);
        }
        values.extend(provider.http_headers.values().map(String::as_str));
        values.extend(provider.env_http_headers.values().filter_map(|variable| options.env.get(variable)).map(String::as_str));
        values.extend(provider.query_params.values().map(String::as_str));
        values.extend(url.password());
        let mut values: Vec<String> =
            values.into_iter().map(str::trim).filter(|value| value.len() >= SHORTEST).map(str::to_owned).collect();
        // A value that is part of another one goes after it.
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        Self(Arc::new(RwLock::new(values)))
    }

    /// Takes in a key that was not known before.
    pub(crate) fn learn(&self, key: &str) {
        let mut values = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if key.len() >= SHORTEST && !values.iter().any(|value| value == key) {
            values.insert(0, key.to_owned());
        }
    }

    /// The error without them.
    pub(crate) fn out_of(&self, mut error: ModelError) -> ModelError {
        error.message = self.redacted(error.message);
        error.cause = error.cause.map(|cause| self.redacted(cause));
        error
    }

    fn redacted(&self, text: String) -> String {
        let values = self.0.read().unwrap_or_else(PoisonError::into_inner);
        values.iter().fold(text, |text, secret| if text.contains(secret.as_str()) { text.replace(secret.as_str(), REDACTED) } else { text })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.read().unwrap_or_else(PoisonError::into_inner).len())
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::error::ErrorKind;

    /// X4.
    #[test]
    fn a_message_keeps_everything_but_the_secrets() {
        let secrets = Secrets::default();
        secrets.learn("secret-x");
        secrets.learn("sk-long-secret");
        secrets.learn("short");
        let error = ModelError::new(ErrorKind::Auth, "no: sk-long-secret, sk-long-secret, secret-x").with_cause("why: secret-x");
        let told = secrets.out_of(error);
        assert_eq!(told.message, "no: [redacted], [redacted], [redacted]");
        assert_eq!(told.cause.as_deref(), Some("why: [redacted]"));
        assert_eq!(format!("{secrets:?}"), "Secrets(2)");
    }
}
