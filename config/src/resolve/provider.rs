//! Which provider is in use.
//!
//! Built in are `openai` and the local servers `ollama` and `lmstudio`; the rest is `[model_providers]`.

use std::time::Duration;

use codex_protocol::event::DeprecationNotice;

use crate::config::{Config, LoadOptions};
use crate::error::ConfigError;
use crate::provider::{
    DEFAULT_REQUEST_MAX_RETRIES, DEFAULT_STREAM_IDLE_TIMEOUT, DEFAULT_STREAM_MAX_RETRIES, OPENAI_BASE_URL, ProviderInfo, WireApi,
};
use crate::schema::{ConfigToml, ProviderToml, WireApiToml};

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
        "ollama" => local("ollama", "Ollama", 11434, options),
        "lmstudio" => local("lmstudio", "LM Studio", 1234, options),
        _ => keys.model_providers.get(&id).map(|row| from_table(&id, row)).ok_or(ConfigError::UnknownProvider(id))?,
    };
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

fn local(id: &str, name: &str, default_port: u16, options: &LoadOptions) -> ProviderInfo {
    let port = variable(options, "CODEX_OSS_PORT").and_then(|port| port.trim().parse().ok()).unwrap_or(default_port);
    let by_port = format!("http://localhost:{port}/v1");
    ProviderInfo::at(id, name, variable(options, "CODEX_OSS_BASE_URL").unwrap_or(&by_port))
}

/// A variable that is set to something.
fn variable<'a>(options: &'a LoadOptions, name: &str) -> Option<&'a str> {
    options.env.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
}

fn from_table(id: &str, row: &ProviderToml) -> ProviderInfo {
    ProviderInfo {
        env_key: row.env_key.clone(),
        env_key_instructions: row.env_key_instructions.clone(),
        experimental_bearer_token: row.experimental_bearer_token.clone(),
        wire_api: match row.wire_api.unwrap_or_default() {
            WireApiToml::Responses => WireApi::Responses,
            WireApiToml::Chat => WireApi::Chat,
            WireApiToml::Messages => WireApi::Messages,
        },
        query_params: row.query_params.clone(),
        http_headers: row.http_headers.clone(),
        env_http_headers: row.env_http_headers.clone(),
        request_max_retries: row.request_max_retries.unwrap_or(DEFAULT_REQUEST_MAX_RETRIES),
        stream_max_retries: row.stream_max_retries.unwrap_or(DEFAULT_STREAM_MAX_RETRIES),
        stream_idle_timeout: row.stream_idle_timeout_ms.map_or(DEFAULT_STREAM_IDLE_TIMEOUT, Duration::from_millis),
        requires_openai_auth: row.requires_openai_auth.unwrap_or_default(),
        supports_websockets: row.supports_websockets.unwrap_or_default(),
        request_compression: row.request_compression.unwrap_or_default(),
        ..ProviderInfo::at(id, &row.name, row.base_url.as_deref().unwrap_or(OPENAI_BASE_URL))
    }
}
