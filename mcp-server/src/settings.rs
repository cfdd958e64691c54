//! The configuration of a session: what the server was started with, and what a call says over it.

use std::sync::Arc;

use codex_config::Config;
use serde_json::Value;

use crate::Surroundings;
use crate::arguments::CodexArguments;

/// Reads the configuration of a new session.
pub(crate) fn for_call(surroundings: &Surroundings, arguments: &mut CodexArguments) -> Result<Arc<Config>, String> {
    let mut options = surroundings.load.clone();
    if let Some(cwd) = arguments.cwd.take() {
        let path = options.cwd.join(&cwd);
        options.cwd = path.canonicalize().map_err(|error| told(&format!("cannot use the folder `{cwd}`: {error}")))?;
    }
    options.model = arguments.model.take().or(options.model);
    options.profile = arguments.profile.take().or(options.profile);
    options.approval_policy = arguments.approval_policy.map(Into::into).or(options.approval_policy);
    options.sandbox_mode = arguments.sandbox.map(Into::into).or(options.sandbox_mode);
    if arguments.approval_policy.is_some() || arguments.sandbox.is_some() {
        (options.bypass, options.full_auto) = (false, false);
    }
    for (key, value) in arguments.config.take().into_iter().flatten() {
        options.overrides.push(format!("{key}={}", literal(&value)));
    }
    let mut config = read(&options)?;
    config.base_instructions = arguments.base_instructions.take().or(config.base_instructions);
    config.developer_instructions = arguments.developer_instructions.take().or(config.developer_instructions);
    config.compact_prompt = arguments.compact_prompt.take().or(config.compact_prompt);
    Ok(Arc::new(config))
}

/// Reads the configuration as the server was started with it, in a folder.
pub(crate) fn in_folder(surroundings: &Surroundings, cwd: Option<&str>) -> Result<Arc<Config>, String> {
    let mut options = surroundings.load.clone();
    if let Some(cwd) = cwd {
        let path = options.cwd.join(cwd);
        options.cwd = path.canonicalize().map_err(|error| told(&format!("cannot use the folder `{cwd}`: {error}")))?;
    }
    read(&options).map(Arc::new)
}

fn read(options: &codex_config::LoadOptions) -> Result<Config, String> {
    codex_config::load(options).map_err(|error| {
        let text = error.to_string();
        let text = ["Error loading config.toml:", "Error:"].iter().find_map(|start| text.strip_prefix(start)).unwrap_or(&text);
        told(text.trim_start())
    })
}

fn told(why: &str) -> String {
    format!("Failed to load Codex configuration from overrides: {why}")
}

/// A JSON value as TOML; null, which TOML lacks, as an empty text.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        other => toml::Value::try_from(other).map_or_else(|_| other.to_string(), |value| value.to_string()),
    }
}
