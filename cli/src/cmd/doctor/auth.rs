//! The key for the provider: whether a run would find one. Its value is neither shown nor sent, and nothing is renewed.

use std::fs;
use std::os::unix::fs::MetadataExt;

use codex_config::Config;
use codex_exec::Ambient;
use codex_login::{Account, AuthStore, LoginError};
use codex_protocol::login::LoginMethod;

use super::report::Finding;
use crate::failure::Failure;
use crate::runtime;

const NAME: &str = "auth";

/// What a way out of having no key is.
const SIGN_IN: &str = "`codex login`, `codex login --with-api-key`, or set OPENAI_API_KEY";

/// Looks at what the provider takes its key from.
pub(super) fn check(config: &Config, ambient: &Ambient) -> Result<Finding, Failure> {
    let set = |name: &str| ambient.runtime.env_text(name).is_some_and(|value| !value.trim().is_empty());
    let provider = &config.provider;
    if let Some(name) = &provider.env_key {
        return Ok(if set(name) {
            Finding::ok(NAME, format!("`{name}` is set for the provider `{}`", provider.id))
        } else {
            let remedy = provider.env_key_instructions.clone().unwrap_or_else(|| format!("put the key of the provider into `{name}`"));
            Finding::fail(NAME, format!("`{name}` is not set, and the provider `{}` takes its key from there", provider.id)).remedy(remedy)
        });
    }
    if !provider.is_builtin_openai && !provider.requires_openai_auth {
        return Ok(Finding::ok(NAME, format!("the provider `{}` is used without a login", provider.id)));
    }
    let by_variable = |name: &str| match config.login.forced_method {
        Some(LoginMethod::ChatGpt) => Finding::fail(NAME, format!("`{name}` is set, and `forced_login_method` demands an account"))
            .remedy(format!("unset {name} and `codex login`")),
        Some(LoginMethod::Api) | None => Finding::ok(NAME, format!("`{name}` is set")),
    };
    if set("CODEX_API_KEY") {
        return Ok(by_variable("CODEX_API_KEY"));
    }
    let account = runtime::block_on(codex_core::login(config, &ambient.runtime).account())?;
    Ok(match account {
        Err(error) => broken(&error),
        Ok(None) if set("OPENAI_API_KEY") && provider.is_builtin_openai => by_variable("OPENAI_API_KEY"),
        Ok(None) => nothing(config, ambient),
        Ok(Some(account)) => stored(&account, config, ambient),
    })
}

fn broken(error: &LoginError) -> Finding {
    Finding::fail(NAME, error.to_string()).remedy(match error {
        LoginError::Read { .. } => "make the file readable for you",
        LoginError::Keyring { .. } => "unlock the keyring, or set `cli_auth_credentials_store = \"file\"`",
        _ => "`codex logout` forgets it; then sign in again",
    })
}

fn nothing(config: &Config, ambient: &Ambient) -> Finding {
    let file = AuthStore::new(&ambient.codex_home, config.login.store).path();
    let told = if file.exists() { format!("there is no key in {}", file.display()) } else { "there is no key".to_owned() };
    Finding::fail(NAME, told).remedy(SIGN_IN)
}

fn stored(account: &Account, config: &Config, ambient: &Ambient) -> Finding {
    let (told, method) = match account {
        Account::ApiKey { .. } => ("an API key is stored", LoginMethod::Api),
        Account::ChatGpt { .. } => ("signed in with an account", LoginMethod::ChatGpt),
    };
    if config.login.forced_method.is_some_and(|forced| forced != method) {
        return Finding::fail(NAME, format!("{told}, and `forced_login_method` demands the other way to sign in"))
            .remedy("sign in anew: the next run forgets what is stored");
    }
    let file = AuthStore::new(&ambient.codex_home, config.login.store).path();
    match fs::metadata(&file).ok().map(|metadata| metadata.mode() & 0o777).filter(|mode| mode & 0o077 != 0) {
        Some(mode) => Finding::warn(NAME, format!("{} can be read by others (mode {mode:o})", file.display()))
            .remedy(format!("chmod 600 {}", file.display())),
        None => Finding::ok(NAME, told),
    }
}
