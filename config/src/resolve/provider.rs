//! Which provider is in use.
//!
//! Built in are `openai` and the local servers `ollama` and `lmstudio`; the rest is `[model_providers]`.

use std::time::Duration;

use codex_protocol::event::DeprecationNotice;

use crate::advice::is_web_address;
use crate::config::{Config, LoadOptions};
use crate::error::ConfigError;
use crate::provider::{
    AuthCommand, AuthScheme, DEFAULT_AUTH_REFRESH_INTERVAL, DEFAULT_AUTH_TIMEOUT, DEFAULT_REQUEST_MAX_RETRIES, DEFAULT_STREAM_IDLE_TIMEOUT,
    DEFAULT_STREAM_MAX_RETRIES, DEFAULT_WEBSOCKET_CONNECT_TIMEOUT, Dialect, OPENAI_BASE_URL, ProviderInfo, WireApi,
};
use crate::schema::provider::{AuthCommandToml, AuthSchemeToml, AuthToml, RESERVED_IDS};
use crate::schema::{ConfigToml, ProviderToml, WireApiToml};
use crate::secret::shown_url;
use crate::unknown;

pub(super) fn resolve(config: &mut Config, keys: &ConfigToml, options: &LoadOptions) -> Result<(), ConfigError> {
    let environment_url = variable(options, "OPENAI_BASE_URL");
    if environment_url.is_some() && keys.openai_base_url.is_none() {
        config.deprecations.push(DeprecationNotice {
            summary: "`OPENAI_BASE_URL` is deprecated. Set `openai_base_url` in config.toml instead.".to_owned(),
            details: None,
        });
    }
    let id = provider_id(keys, options)?;
    config.provider = match id.as_str() {
        "openai" => {
            let base_url = keys.openai_base_url.as_deref().filter(|url| !url.is_empty()).or(environment_url).unwrap_or(OPENAI_BASE_URL);
            ProviderInfo {
                base_url: base_url.trim_end_matches('/').to_owned(),
                request_compression: config.feature("enable_request_compression"),
                ..ProviderInfo::openai()
            }
        }
        "ollama" => local("ollama", "Ollama", 11434, options)?,
        "lmstudio" => local("lmstudio", "LM Studio", 1234, options)?,
        _ => match keys.model_providers.get(&id) {
            Some(row) => from_table(&id, row, options),
            None => {
                let known = RESERVED_IDS.into_iter().chain(keys.model_providers.keys().map(String::as_str));
                let meant = unknown::nearest(&id, known).map(str::to_owned);
                return Err(ConfigError::UnknownProvider { id, meant });
            }
        },
    };
    if !is_web_address(&config.provider.base_url) {
        let address = shown_url(&config.provider.base_url);
        return Err(ConfigError::Value(format!("the address of the provider `{id}` is none of a server: {address}")));
    }
    Ok(())
}

fn provider_id(keys: &ConfigToml, options: &LoadOptions) -> Result<String, ConfigError> {
    if options.oss {
        return options.local_provider.clone().or_else(|| keys.oss_provider.clone()).ok_or(ConfigError::NoOssProvider);
    }
    Ok(keys.model_provider.clone().unwrap_or_else(|| "openai".to_owned()))
}

/// The model a local server starts with when `-m` names none.
pub(super) fn local_model(provider: &str) -> Option<&'static str> {
    match provider {
        "ollama" => Some("gpt-oss:20b"),
        "lmstudio" => Some("openai/gpt-oss-20b"),
        _ => None,
    }
}

fn local(id: &str, name: &str, default_port: u16, options: &LoadOptions) -> Result<ProviderInfo, ConfigError> {
    let port = variable(options, "CODEX_OSS_PORT")
        .map_or(Ok(default_port), |port| port.trim().parse().map_err(|_| ConfigError::OssPort(port.to_owned())))?;
    let by_port = format!("http://localhost:{port}/v1");
    let dialect = if id == "ollama" { Dialect::Ollama } else { Dialect::Lmstudio };
    Ok(ProviderInfo { dialect, ..ProviderInfo::at(id, name, variable(options, "CODEX_OSS_BASE_URL").unwrap_or(&by_port)) })
}

/// A variable that is set to something.
fn variable<'a>(options: &'a LoadOptions, name: &str) -> Option<&'a str> {
    options.env.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
}

fn from_table(id: &str, row: &ProviderToml, options: &LoadOptions) -> ProviderInfo {
    let base_url = row.base_url.as_deref().unwrap_or(OPENAI_BASE_URL);
    let wire_api = match row.wire_api.unwrap_or_default() {
        WireApiToml::Responses => WireApi::Responses,
        WireApiToml::Chat => WireApi::Chat,
        WireApiToml::Messages => WireApi::Messages,
    };
    let dialect = row.dialect.unwrap_or_else(|| Dialect::of_address(base_url));
    let scheme = match &row.auth {
        Some(AuthToml::Scheme(scheme)) => Some(*scheme),
        Some(AuthToml::Command(command)) => command.scheme,
        None => None,
    };
    ProviderInfo {
        auth_command: match &row.auth {
            Some(AuthToml::Command(command)) => Some(auth_command(command, options)),
            Some(AuthToml::Scheme(_)) | None => None,
        },
        auth_scheme: scheme.map_or_else(|| ProviderInfo::default_auth_scheme(wire_api, dialect), auth_scheme),
        wire_api,
        dialect,
        capabilities: row.capabilities.clone().unwrap_or_default(),
        max_output_tokens: row.max_output_tokens,
        websocket_connect_timeout: row.websocket_connect_timeout_ms.map_or(DEFAULT_WEBSOCKET_CONNECT_TIMEOUT, Duration::from_millis),
        env_key: row.env_key.clone(),
        env_key_instructions: row.env_key_instructions.clone(),
        experimental_bearer_token: row.experimental_bearer_token.clone(),
        query_params: row.query_params.clone(),
        http_headers: row.http_headers.clone(),
        env_http_headers: row.env_http_headers.clone(),
        request_max_retries: row.request_max_retries.unwrap_or(DEFAULT_REQUEST_MAX_RETRIES),
        stream_max_retries: row.stream_max_retries.unwrap_or(DEFAULT_STREAM_MAX_RETRIES),
        stream_idle_timeout: row.stream_idle_timeout_ms.map_or(DEFAULT_STREAM_IDLE_TIMEOUT, Duration::from_millis),
        requires_openai_auth: row.requires_openai_auth.unwrap_or_default(),
        supports_websockets: row.supports_websockets.unwrap_or_default(),
        request_compression: row.request_compression.unwrap_or_default(),
        ..ProviderInfo::at(id, &row.name, base_url)
    }
}

fn auth_scheme(scheme: AuthSchemeToml) -> AuthScheme {
    match scheme {
        AuthSchemeToml::Bearer => AuthScheme::Bearer,
        AuthSchemeToml::XApiKey => AuthScheme::XApiKey,
        AuthSchemeToml::ApiKey => AuthScheme::ApiKey,
        AuthSchemeToml::None => AuthScheme::None,
    }
}

fn auth_command(row: &AuthCommandToml, options: &LoadOptions) -> AuthCommand {
    AuthCommand {
        command: row.command.clone(),
        args: row.args.clone(),
        timeout: row.timeout_ms.map_or(DEFAULT_AUTH_TIMEOUT, Duration::from_millis),
        refresh_interval: row.refresh_interval_ms.map_or(DEFAULT_AUTH_REFRESH_INTERVAL, Duration::from_millis),
        // Not the working directory: a program found there would be the repository's.
        cwd: row.cwd.as_ref().map_or_else(|| options.codex_home.clone(), |cwd| options.codex_home.join(cwd)),
    }
}
