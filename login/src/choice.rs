//! Which key counts.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::LoginError;
use crate::key::ApiKey;
use crate::store::{AuthMode, AuthStore};

/// The key of the login: `CODEX_API_KEY`, else the stored one.
///
/// For providers that ask for the login (`requires_openai_auth`). The file is opened only when the variable is
/// unset or blank.
///
/// # Errors
/// When the file is broken or holds a sign-in that cannot be used.
pub fn login_key(codex_home: &Path, env: &BTreeMap<String, String>) -> Result<Option<ApiKey>, LoginError> {
    if let Some(key) = variable(env, "CODEX_API_KEY") {
        return Ok(Some(key));
    }
    let store = AuthStore::new(codex_home);
    match store.read()? {
        None => Ok(None),
        Some(stored) if stored.mode == AuthMode::ChatGpt => Err(LoginError::UnsupportedSignIn { path: store.path() }),
        Some(stored) => Ok(stored.api_key),
    }
}

/// The key for the built-in `openai` provider: that of the login, else `OPENAI_API_KEY`.
///
/// A broken file is an error even when the variable is set: silently billing another account would be worse.
///
/// # Errors
/// As [`login_key`].
pub fn api_key(codex_home: &Path, env: &BTreeMap<String, String>) -> Result<Option<ApiKey>, LoginError> {
    Ok(login_key(codex_home, env)?.or_else(|| variable(env, "OPENAI_API_KEY")))
}

fn variable(env: &BTreeMap<String, String>, name: &str) -> Option<ApiKey> {
    env.get(name).and_then(|value| ApiKey::new(value))
}
