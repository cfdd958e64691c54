//! Which key goes to which provider.
//!
//! The rule that matters: a key that belongs to OpenAI (stored login, `OPENAI_API_KEY`, `CODEX_API_KEY`) is sent
//! only to the built-in provider or to one that says `requires_openai_auth`. Reading files is `codex-login`'s work.

use std::collections::BTreeMap;
use std::fmt;

use codex_config::provider::ProviderInfo;

use crate::error::{ErrorKind, ModelError};

/// What proves to the server who asks.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Auth {
    /// Nothing is sent.
    #[default]
    None,
    /// `authorization: Bearer …`.
    Bearer(String),
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer([secret])",
        })
    }
}

impl From<Option<String>> for Auth {
    fn from(key: Option<String>) -> Self {
        key.map_or(Self::None, Self::Bearer)
    }
}

/// Returns the key for a provider, or `None` when it gets none or a program prints it. `login` is the stored OpenAI key.
///
/// # Errors
/// [`ErrorKind::Configuration`] when the variable that the provider names is missing or empty.
pub fn resolve_auth(provider: &ProviderInfo, env: &BTreeMap<String, String>, login: Option<&str>) -> Result<Option<String>, ModelError> {
    let variable = |name: &str| env.get(name).map(String::as_str).map(str::trim).filter(|value| !value.is_empty());
    if let Some(name) = &provider.env_key {
        return match variable(name) {
            Some(key) => Ok(Some(key.to_owned())),
            None => Err(missing_variable(name, provider.env_key_instructions.as_deref())),
        };
    }
    if let Some(token) = &provider.experimental_bearer_token {
        return Ok(Some(token.clone()));
    }
    if provider.auth_command.is_some() || (!provider.is_builtin_openai && !provider.requires_openai_auth) {
        return Ok(None);
    }
    let login = login.filter(|key| !key.is_empty());
    Ok(variable("CODEX_API_KEY").or(login).or_else(|| variable("OPENAI_API_KEY")).map(str::to_owned))
}

fn missing_variable(name: &str, instructions: Option<&str>) -> ModelError {
    let mut message = format!("Missing environment variable: `{name}`.");
    if let Some(instructions) = instructions {
        message.push(' ');
        message.push_str(instructions);
    }
    ModelError::new(ErrorKind::Configuration, message)
}
