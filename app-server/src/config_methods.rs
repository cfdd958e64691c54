//! `config/*`: reading what is in force and where it comes from; writing to the user's file.

use std::collections::BTreeMap;
use std::path::Path;

use codex_app_server_protocol::AbsolutePathBuf;
use codex_app_server_protocol::types as wire;
use codex_config::edit::{self, Change, EditError};
use codex_config::show::overview;
use codex_config::{LayerSource, LoadOptions};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::error::Failure;
use crate::server::Server;
use crate::settings;

fn refused(code: &str, message: impl Into<String>) -> Failure {
    Failure::invalid(message).with_data(json!({ "config_write_error_code": code }))
}

/// The version of a layer: a hash of what it says, whatever its layout and order.
fn version(config: &Value) -> String {
    let mut text = String::new();
    canonical(config, &mut text);
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => {
            let sorted: BTreeMap<&String, &Value> = object.iter().collect();
            text.push('{');
            for (at, (key, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                canonical(value, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// What a file of settings says; nothing where there is none.
fn file_contents(path: &Path) -> Result<Value, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let table: toml::Table = text.parse().map_err(|error| refused("configValidationError", format!("Invalid configuration: {error}")))?;
    serde_json::to_value(table).map_err(|error| Failure::internal(error.to_string()))
}

fn layer_name(source: &LayerSource) -> wire::ConfigLayerSource {
    let absolute = |path: &Path| AbsolutePathBuf::new(path.to_path_buf());
    let named = match source {
        LayerSource::System(path) => absolute(path).map(|file| wire::ConfigLayerSource::System { file }),
        LayerSource::User(path) | LayerSource::ProfileFile(path) => absolute(path).map(|file| wire::ConfigLayerSource::User { file }),
        LayerSource::Project(path) => {
            path.parent().and_then(absolute).map(|dot_codex_folder| wire::ConfigLayerSource::Project { dot_codex_folder })
        }
        LayerSource::Managed(path) | LayerSource::Requirements(path) => {
            absolute(path).map(|file| wire::ConfigLayerSource::LegacyManagedConfigTomlFromFile { file })
        }
        LayerSource::CommandLine | LayerSource::Profile(_) | LayerSource::Flag(_) => None,
    };
    named.unwrap_or(wire::ConfigLayerSource::SessionFlags)
}

/// Puts a value at a dotted key.
fn put(config: &mut Map<String, Value>, segments: &[String], value: Value) {
    let Some((first, rest)) = segments.split_first() else { return };
    if rest.is_empty() {
        config.insert(first.clone(), value);
        return;
    }
    let below = config.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(below) = below {
        put(below, rest, value);
    }
}

/// The segments of a dotted key; a segment in double quotes may hold dots.
fn segments(key: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    for letter in key.chars() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => found.push(String::new()),
            letter => {
                if let Some(last) = found.last_mut() {
                    last.push(letter);
                }
            }
        }
    }
    found
}

impl Server {
    /// `config/read`.
    pub(crate) fn config_read(&self, params: wire::ConfigReadParams) -> Result<wire::ConfigReadResponse, Failure> {
        let mut options: LoadOptions = self.surroundings.load.clone();
        if let Some(cwd) = params.cwd {
            options.cwd = settings::absolute(&self.surroundings, &cwd);
        }
        let overview = overview(&options).map_err(|error| Failure::invalid(format!("failed to load configuration: {error}")))?;
        let mut config = Map::new();
        let mut origins = BTreeMap::new();
        let mut sources: Vec<LayerSource> = Vec::new();
        for setting in &overview.settings {
            let Some(now) = &setting.now else { continue };
            let Some(source) = &now.source else { continue };
            if let Some(value) = &now.value {
                put(&mut config, &segments(&setting.key), serde_json::to_value(value).unwrap_or(Value::Null));
            }
            let all = setting.over.iter().filter_map(|over| over.source.as_ref()).chain([source]);
            all.for_each(|source| {
                if !sources.contains(source) {
                    sources.push(source.clone());
                }
            });
            origins
                .insert(setting.key.clone(), wire::ConfigLayerMetadata { name: layer_name(source), version: self.layer_version(source) });
        }
        let layers = params.include_layers.then(|| self.layers(&sources));
        let config = serde_json::from_value(Value::Object(config)).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(wire::ConfigReadResponse { config, layers, origins })
    }

    fn layer_version(&self, source: &LayerSource) -> String {
        let contents = source.file().and_then(|file| file_contents(file).ok()).unwrap_or_else(|| json!({}));
        version(&contents)
    }

    /// The layers with something in force, and the user's, highest precedence first.
    fn layers(&self, sources: &[LayerSource]) -> Vec<wire::ConfigLayer> {
        let user = LayerSource::User(self.user_file());
        let mut files: Vec<&LayerSource> = sources.iter().filter(|source| source.file().is_some()).collect();
        if !files.contains(&&user) {
            files.push(&user);
        }
        files.sort_by_key(|source| std::cmp::Reverse(rank(source)));
        let layer = |source: &LayerSource| {
            let config = source.file().and_then(|file| file_contents(file).ok()).unwrap_or_else(|| json!({}));
            wire::ConfigLayer { disabled_reason: None, name: layer_name(source), version: version(&config), config }
        };
        files.into_iter().map(layer).collect()
    }

    /// `configRequirements/read`: what the administrator's file demands, in the words of the wire.
    pub(crate) fn config_requirements(&self) -> Result<wire::ConfigRequirementsReadResponse, Failure> {
        let file = self.surroundings.load.system_dir.join("requirements.toml");
        if !file.exists() {
            return Ok(wire::ConfigRequirementsReadResponse { requirements: None });
        }
        let demanded = file_contents(&file)?;
        let named = [
            ("allowed_approval_policies", "allowedApprovalPolicies"),
            ("allowed_sandbox_modes", "allowedSandboxModes"),
            ("allowed_web_search_modes", "allowedWebSearchModes"),
            ("enforce_residency", "enforceResidency"),
            ("features", "featureRequirements"),
        ];
        let members = named.iter().filter_map(|(key, member)| Some(((*member).to_owned(), demanded.get(*key)?.clone())));
        let requirements =
            serde_json::from_value(Value::Object(members.collect())).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(wire::ConfigRequirementsReadResponse { requirements: Some(requirements) })
    }

    fn user_file(&self) -> std::path::PathBuf {
        self.surroundings.codex_home().join("config.toml")
    }

    /// `config/value/write` and `config/batchWrite`: all changes or none.
    pub(crate) fn config_write(
        &self,
        edits: &[wire::ConfigEdit],
        file: Option<&str>,
        expected: Option<&str>,
    ) -> Result<wire::ConfigWriteResponse, Failure> {
        let user_file = self.user_file();
        if file.is_some_and(|file| Path::new(file) != user_file) {
            return Err(refused("configLayerReadonly", "Only writes to the user config are allowed"));
        }
        let before = file_contents(&user_file)?;
        if expected.is_some_and(|expected| expected != version(&before)) {
            return Err(refused("configVersionConflict", "Configuration was modified since last read. Fetch latest version and retry."));
        }
        let changes = edits.iter().map(|edit| change(edit, &before)).collect::<Result<Vec<_>, _>>()?;
        edit::apply(self.surroundings.codex_home(), &changes).map_err(|error| match error {
            EditError::Invalid(message) => refused("configValidationError", format!("Invalid configuration: {}\n", message.trim_end())),
            EditError::NotATable(_) => refused("configValidationError", error.to_string()),
            error => Failure::internal(error.to_string()),
        })?;
        let file_path = AbsolutePathBuf::new(user_file.clone()).ok_or_else(|| Failure::internal("the home folder is not absolute"))?;
        let version = version(&file_contents(&user_file)?);
        Ok(wire::ConfigWriteResponse { file_path, overridden_metadata: None, status: wire::WriteStatus::Ok, version })
    }
}

fn rank(source: &LayerSource) -> u8 {
    match source {
        LayerSource::Requirements(_) => 6,
        LayerSource::Managed(_) => 5,
        LayerSource::CommandLine | LayerSource::Flag(_) | LayerSource::Profile(_) => 4,
        LayerSource::Project(_) => 3,
        LayerSource::ProfileFile(_) => 2,
        LayerSource::User(_) => 1,
        LayerSource::System(_) => 0,
    }
}

fn change(edit: &wire::ConfigEdit, before: &Value) -> Result<Change, Failure> {
    if edit.key_path.is_empty() {
        return Err(refused("configValidationError", "keyPath must not be empty"));
    }
    let path = segments(&edit.key_path);
    if edit.value.is_null() {
        let (_, parents) = path.split_last().unwrap_or((&edit.key_path, &[]));
        let parent = parents.iter().try_fold(before, |table, segment| table.get(segment));
        if parent.is_none() {
            return Err(refused("configPathNotFound", "Path not found"));
        }
        return Ok(Change::Remove { path });
    }
    let value = toml::Value::try_from(&edit.value)
        .map_err(|error| refused("configValidationError", format!("Invalid configuration: {error}\nin `{}`\n", edit.key_path)))?;
    Ok(match edit.merge_strategy {
        wire::MergeStrategy::Replace => Change::Set { path, value },
        wire::MergeStrategy::Upsert => Change::Merge { path, value },
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn versions_do_not_depend_on_the_order_of_keys() {
        assert_eq!(version(&json!({})), "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
        assert_eq!(version(&json!({"a": 1, "b": {"c": [1], "d": "x"}})), version(&json!({"b": {"d": "x", "c": [1]}, "a": 1})));
        assert_ne!(version(&json!({"a": 1})), version(&json!({"a": 2})));
    }

    #[test]
    fn a_quoted_segment_may_hold_dots() {
        assert_eq!(segments("mcp_servers.\"a.b\".command"), ["mcp_servers", "a.b", "command"]);
    }
}
