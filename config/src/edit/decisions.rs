//! What people decide, as changes to their file.

use std::path::{Path, PathBuf};

use codex_protocol::op::ReasoningEffort;
use toml::Value;

use super::document::{Change, path};
use super::{EditError, store};
use crate::features;
use crate::paths;
use crate::schema::{McpServerToml, TrustLevel};
use crate::trust;

/// The user's file.
const FILE: &str = "config.toml";

/// Makes changes to `config.toml` in `codex_home`, all or none. Returns whether the file is another now.
///
/// # Errors
/// When the file is no TOML, cannot be written, or would become an unsound configuration; nothing is changed then.
pub fn apply(codex_home: &Path, changes: &[Change]) -> Result<bool, EditError> {
    store::change(codex_home, FILE, changes)
}

/// The directory that a decision about `cwd` is about: the root of its repository, else itself, by its real path (T3).
pub fn trust_root(cwd: &Path) -> PathBuf {
    let cwd = paths::settled(cwd);
    trust::repository_root(&cwd).unwrap_or(cwd)
}

/// Remembers how far a directory is trusted. `folder` is taken as [`trust_root`] returns it (T8).
///
/// # Errors
/// As [`apply`]; also when the folder's name is no text.
pub fn set_trust(codex_home: &Path, folder: &Path, level: TrustLevel) -> Result<(), EditError> {
    let real = paths::settled(folder);
    let name = real.to_str().ok_or_else(|| EditError::Name(real.clone()))?;
    let word = match level {
        TrustLevel::Trusted => "trusted",
        TrustLevel::Untrusted => "untrusted",
    };
    let change = Change::Set { path: path(&["projects", name, "trust_level"]), value: word.into() };
    apply(codex_home, &[change]).map(drop)
}

/// Remembers a model and its effort; `None` leaves the effort to the model. With a profile they are the profile's: in
/// its file where it has one, else in its table.
///
/// # Errors
/// As [`apply`].
pub fn set_model(codex_home: &Path, profile: Option<&str>, model: &str, effort: Option<ReasoningEffort>) -> Result<(), EditError> {
    let (file, prefix) = place_of(codex_home, profile);
    let key = |name: &str| prefix.iter().cloned().chain([name.to_owned()]).collect();
    let effort = match effort {
        Some(effort) => Change::Set { path: key("model_reasoning_effort"), value: effort.as_str().into() },
        None => Change::Remove { path: key("model_reasoning_effort") },
    };
    let model = Change::Set { path: key("model"), value: model.into() };
    store::change(codex_home, &file, &[model, effort]).map(drop)
}

/// Turns a feature on or off. Turning one off that is off by default takes its key out, except in a profile, which has
/// to say so.
///
/// # Errors
/// As [`apply`].
pub fn set_feature(codex_home: &Path, profile: Option<&str>, name: &str, on: bool) -> Result<(), EditError> {
    let (file, prefix) = place_of(codex_home, profile);
    let key = prefix.iter().cloned().chain(path(&["features", name])).collect();
    let on_by_default = features::FEATURES.iter().any(|feature| feature.name == name && feature.default);
    let change = if on || on_by_default || profile.is_some() {
        Change::Set { path: key, value: Value::Boolean(on) }
    } else {
        Change::Remove { path: key }
    };
    store::change(codex_home, &file, &[change]).map(drop)
}

/// Which skill a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkillKey<'a> {
    /// The one of this `SKILL.md`, absolute.
    Path(&'a Path),
    /// Those of this name.
    Name(&'a str),
}

/// Switches a skill off, or takes away what switched it off.
///
/// # Errors
/// As [`apply`]; also when the path is no text.
pub fn set_skill(codex_home: &Path, skill: SkillKey<'_>, enabled: bool) -> Result<(), EditError> {
    let (key, value) = match skill {
        SkillKey::Path(path) => ("path", path.to_str().ok_or_else(|| EditError::Name(path.to_path_buf()))?),
        SkillKey::Name(name) => ("name", name),
    };
    let entry = vec![(key.to_owned(), value.into()), ("enabled".to_owned(), false.into())];
    let change =
        Change::Entry { path: path(&["skills", "config"]), about: (key.to_owned(), value.to_owned()), entry: (!enabled).then_some(entry) };
    apply(codex_home, &[change]).map(drop)
}

/// The file and the table in which a profile keeps its keys.
fn place_of(codex_home: &Path, profile: Option<&str>) -> (String, Vec<String>) {
    let Some(profile) = profile else { return (FILE.to_owned(), Vec::new()) };
    match paths::profile_file(profile) {
        Some(file) if store::exists(codex_home, &file) => (file, Vec::new()),
        Some(_) | None => (FILE.to_owned(), path(&["profiles", profile])),
    }
}

/// Whether a server may have this name: letters, digits, `-` and `_`.
pub fn is_server_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Adds an MCP server; one of this name is replaced as a whole.
///
/// # Errors
/// As [`apply`].
pub fn add_mcp_server(codex_home: &Path, name: &str, server: &McpServerToml) -> Result<(), EditError> {
    let unsound = |error: &dyn std::fmt::Display| EditError::Invalid(error.to_string());
    // Through JSON because its objects keep the order of the fields; a TOML table sorts them.
    let written = serde_json::to_value(server).map_err(|error| unsound(&error))?;
    let own = path(&["mcp_servers", name]);
    let mut changes = vec![Change::Set { path: own.clone(), value: Value::Table(toml::Table::new()) }];
    for (key, value) in written.as_object().into_iter().flatten().filter(|(_, value)| !is_empty(value)) {
        let value = Value::try_from(value).map_err(|error| unsound(&error))?;
        changes.push(Change::Set { path: own.iter().cloned().chain([key.clone()]).collect(), value });
    }
    apply(codex_home, &changes).map(drop)
}

fn is_empty(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::Array(items) => items.is_empty(),
        serde_json::Value::Object(entries) => entries.is_empty(),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) | serde_json::Value::String(_) => false,
    }
}

/// Removes an MCP server. Returns whether there was one.
///
/// # Errors
/// As [`apply`].
pub fn remove_mcp_server(codex_home: &Path, name: &str) -> Result<bool, EditError> {
    let there = store::table(codex_home, FILE)?.get("mcp_servers").and_then(|servers| servers.get(name)).is_some();
    if there {
        apply(codex_home, &[Change::Remove { path: path(&["mcp_servers", name]) }])?;
    }
    Ok(there)
}

/// Remembers that calls of one tool of a server are not asked about any more.
///
/// # Errors
/// As [`apply`].
pub fn allow_mcp_tool(codex_home: &Path, server: &str, tool: &str) -> Result<(), EditError> {
    let path = path(&["mcp_servers", server, "tools", tool, "approval_mode"]);
    apply(codex_home, &[Change::Set { path, value: "approve".into() }]).map(drop)
}
