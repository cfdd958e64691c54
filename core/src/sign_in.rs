//! Between the configuration and `codex-login`: whose credentials, for which provider, sent where.
//!
//! X5: what the login holds goes to the built-in provider and to those that say `requires_openai_auth`, and the token of
//! an account to the address that belongs to its issuer, or that the user named.

use std::collections::BTreeMap;
use std::ffi::OsString;

use codex_config::{Config, ProviderInfo};
use codex_login::{AccountBearer, Bearer, Login, LoginError};
use codex_model_client::{ErrorKind, ModelError};

use crate::runtime::Runtime;

/// The issuer whose accounts are served at [`ACCOUNT_BASE_URL`],
const ACCOUNT_ISSUER: &str = "https://auth.openai.com";
/// and where that is.
const ACCOUNT_BASE_URL: &str = "https://chatgpt.com/backend-api";
/// The header that names the workspace.
const ACCOUNT_HEADER: &str = "chatgpt-account-id";

/// The credentials of a configuration; nothing is opened.
pub fn login(config: &Config, runtime: &Runtime) -> Login {
    Login::new(&config.codex_home, config.login.clone(), text_variables(runtime), &runtime.user_agent)
}

/// The environment, as far as it is text.
pub(crate) fn text_variables(runtime: &Runtime) -> BTreeMap<String, String> {
    text(&runtime.env)
}

/// Variables as far as they are text.
pub(crate) fn text(env: &BTreeMap<OsString, OsString>) -> BTreeMap<String, String> {
    env.iter().filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()))).collect()
}

/// Whether a provider gets what the login holds.
pub(crate) fn counts_for(provider: &ProviderInfo) -> bool {
    let has_own = provider.env_key.is_some() || provider.experimental_bearer_token.is_some();
    !has_own && (provider.is_builtin_openai || provider.requires_openai_auth)
}

/// The provider as it is reached with what the login offers.
pub(crate) fn provider(config: &Config, bearer: &Bearer) -> Result<ProviderInfo, ModelError> {
    let mut provider = config.provider.clone();
    let Bearer::Account(account) = bearer else { return Ok(provider) };
    if let Some(id) = &account.account_id {
        provider.http_headers.insert(ACCOUNT_HEADER.to_owned(), id.clone());
    }
    if provider.is_builtin_openai && !config.login.names_base_url {
        provider.base_url = account_base_url(config, account)?;
    }
    Ok(provider)
}

fn account_base_url(config: &Config, account: &AccountBearer) -> Result<String, ModelError> {
    let of_issuer = account.issuer.as_deref().is_some_and(|issuer| issuer.trim_end_matches('/') == ACCOUNT_ISSUER);
    let base = config.login.account_base_url.as_deref().or(of_issuer.then_some(ACCOUNT_BASE_URL)).ok_or_else(|| {
        let issuer = account.issuer.as_deref().unwrap_or("an unknown issuer");
        let message =
            format!("you are signed in at {issuer}; set `openai_base_url` or `chatgpt_base_url` to say where requests may go with that");
        ModelError::new(ErrorKind::Configuration, message)
    })?;
    Ok(format!("{base}/codex"))
}

/// Nobody is signed in.
pub(crate) fn nobody() -> ModelError {
    let message = "no API key: set OPENAI_API_KEY, sign in with `codex login`, or choose another provider with `model_provider` in \
                   config.toml or `--oss`";
    ModelError::new(ErrorKind::Configuration, message)
}

/// The credentials cannot be used.
pub(crate) fn failed(error: &LoginError) -> ModelError {
    let kind = match error {
        LoginError::Unreachable { .. } => ErrorKind::Connect,
        error if error.is_passing() => ErrorKind::Server,
        LoginError::Ended(_) => ErrorKind::Auth,
        _ => ErrorKind::Configuration,
    };
    ModelError::new(kind, error.to_string())
}

/// The credentials were not allowed and are forgotten.
pub(crate) fn logging_out(error: &LoginError) -> ModelError {
    match error {
        LoginError::Restricted(restriction) => ModelError::new(ErrorKind::Configuration, format!("{restriction} Logging out.")),
        other => failed(other),
    }
}

#[cfg(test)]
mod tests {
    use codex_login::Secret;
    use pretty_assertions::assert_eq;

    use super::*;

    fn account(issuer: Option<&str>) -> Bearer {
        let token = Secret::new("t").unwrap();
        Bearer::Account(AccountBearer { token, account_id: Some("acc".into()), issuer: issuer.map(str::to_owned) })
    }

    /// X5.
    #[test]
    fn the_token_of_an_account_goes_where_it_belongs_or_where_the_user_says() {
        let base =
            |config: &Config, issuer| provider(config, &account(issuer)).map(|provider| provider.base_url).map_err(|error| error.message);
        let mut config = Config::built_in("/h".into(), "/w".into());
        assert_eq!(base(&config, Some("https://auth.openai.com/")).unwrap(), "https://chatgpt.com/backend-api/codex");
        for foreign in [Some("https://issuer.example"), Some("https://auth.openai.com.evil.example"), None] {
            assert!(base(&config, foreign).unwrap_err().contains("openai_base_url"), "{foreign:?}");
        }
        config.login.account_base_url = Some("https://backend.example".into());
        assert_eq!(base(&config, Some("https://issuer.example")).unwrap(), "https://backend.example/codex");
        config.login.names_base_url = true;
        config.provider.base_url = "https://own.example/v1".into();
        let reached = provider(&config, &account(None)).unwrap();
        assert_eq!((reached.base_url.as_str(), reached.http_headers[ACCOUNT_HEADER].as_str()), ("https://own.example/v1", "acc"));
        config.provider.is_builtin_openai = false;
        config.login.names_base_url = false;
        assert_eq!(base(&config, None).unwrap(), "https://own.example/v1");
    }

    #[test]
    fn providers_with_a_key_of_their_own_never_see_the_login() {
        let mut own = ProviderInfo::openai();
        assert!(counts_for(&own));
        own.experimental_bearer_token = Some("t".into());
        assert!(!counts_for(&own));
        let mut other = ProviderInfo { is_builtin_openai: false, requires_openai_auth: false, ..ProviderInfo::openai() };
        assert!(!counts_for(&other));
        other.requires_openai_auth = true;
        assert!(counts_for(&other));
        other.env_key = Some("K".into());
        assert!(!counts_for(&other));
    }
}
