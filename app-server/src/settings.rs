//! The configuration of a thread: what the server was started with, and what its client says over it.

use std::path::PathBuf;
use std::sync::Arc;

use codex_app_server_protocol::types as wire;
use codex_config::{Config, LoadOptions};
use serde_json::{Map, Value};

use crate::convert;
use crate::error::Failure;
use crate::surroundings::Surroundings;

/// What a client may say over the configuration of a thread.
#[derive(Debug, Default)]
pub(crate) struct ThreadSettings {
    pub(crate) cwd: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) model_provider: Option<String>,
    pub(crate) approval_policy: Option<wire::AskForApproval>,
    pub(crate) sandbox: Option<wire::SandboxMode>,
    pub(crate) config: Option<Map<String, Value>>,
    pub(crate) base_instructions: Option<String>,
    pub(crate) developer_instructions: Option<String>,
    pub(crate) service_tier: Option<wire::ServiceTier>,
    pub(crate) personality: Option<wire::Personality>,
}

/// Reads the configuration.
pub(crate) fn load(mut options: LoadOptions, settings: ThreadSettings) -> Result<Arc<Config>, Failure> {
    if let Some(cwd) = settings.cwd {
        options.cwd = options.cwd.join(cwd);
    }
    options.model = settings.model.or(options.model);
    options.approval_policy = settings.approval_policy.as_ref().map(convert::approval_policy).or(options.approval_policy);
    options.sandbox_mode = settings.sandbox.map(convert::sandbox_mode).or(options.sandbox_mode);
    if settings.approval_policy.is_some() || settings.sandbox.is_some() {
        (options.bypass, options.full_auto) = (false, false);
    }
    let named = settings.model_provider.map(|provider| ("model_provider".to_owned(), Value::String(provider)));
    let personality =
        settings.personality.and_then(|personality| Some(("personality".to_owned(), serde_json::to_value(personality).ok()?)));
    for (key, value) in settings.config.into_iter().flatten().chain(named).chain(personality) {
        options.overrides.push(format!("{key}={}", literal(&value)));
    }
    let mut config = read(&options)?;
    if let Some(text) = settings.base_instructions {
        config.base_instructions = Some(text);
    }
    if let Some(text) = settings.developer_instructions {
        config.developer_instructions = Some(text);
    }
    if let Some(tier) = settings.service_tier {
        config.service_tier = Some(match tier {
            wire::ServiceTier::Fast => "priority".to_owned(),
            wire::ServiceTier::Flex => "flex".to_owned(),
        });
    }
    Ok(Arc::new(config))
}

/// Reads the configuration of a folder as it stands.
pub(crate) fn read(options: &LoadOptions) -> Result<Config, Failure> {
    codex_config::load(options).map_err(|error| {
        let text = error.to_string();
        let text = ["Error loading config.toml:", "Error:"].iter().find_map(|start| text.strip_prefix(start)).unwrap_or(&text);
        Failure::invalid(format!("failed to load configuration: {}", text.trim_start()))
    })
}

/// A JSON value as TOML; null, which TOML lacks, as an empty text.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        other => toml::Value::try_from(other).map_or_else(|_| other.to_string(), |value| value.to_string()),
    }
}

/// A path of a client against the folder the server works in.
pub(crate) fn absolute(surroundings: &Surroundings, path: &str) -> PathBuf {
    surroundings.load.cwd.join(path)
}
