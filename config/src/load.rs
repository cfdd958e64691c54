//! From [`LoadOptions`] to [`Config`]: layers, profile, typed reading, resolution of each table.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use toml::Value;

use crate::config::{Config, LoadOptions};
use crate::credentials;
use crate::error::ConfigError;
use crate::home;
use crate::layers::{self, Merged};
use crate::provenance::{LayerSource, Provenance};
use crate::reader;
use crate::requirements::Requirements;
use crate::resolve;
use crate::schema::{ConfigToml, provider};
use crate::unknown::{self, Unknown};

/// Reads all layers and resolves them.
///
/// # Errors
/// The text of the error is complete, first words included: print it as it is and end with status 1.
pub fn load(options: &LoadOptions) -> Result<Config, ConfigError> {
    load_with_provenance(options).map(|(config, _)| config)
}

/// The same, with the layers behind every value.
///
/// # Errors
/// As [`load`].
pub fn load_with_provenance(options: &LoadOptions) -> Result<(Config, Provenance), ConfigError> {
    load_all(options).map(|loaded| (loaded.config, loaded.provenance))
}

/// A configuration and what is known about how it came to be.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) provenance: Provenance,
    /// Keys that nobody knows, by file and line.
    pub(crate) unknown: Vec<Unknown>,
    /// What was warned of beside them.
    pub(crate) other_warnings: Vec<String>,
}

pub(crate) fn load_all(options: &LoadOptions) -> Result<Loaded, ConfigError> {
    let mut warnings = Vec::new();
    warnings.extend(home::check(&options.codex_home)?);
    let mut merged = layers::collect(options)?;
    warnings.append(&mut merged.warnings);
    let mut misspelt = Vec::new();
    let path = options.system_dir.join("requirements.toml");
    let requirements = Requirements::read(path, options.system_owner, &mut warnings, &mut misspelt)?;
    if options.strict && !misspelt.is_empty() {
        return Err(ConfigError::UnknownKeys(misspelt.join("\n")));
    }
    warnings.append(&mut misspelt);
    let (mut keys, unknown) = typed(&merged)?;
    if options.strict && !unknown.is_empty() {
        let lines: Vec<String> = unknown.iter().map(ToString::to_string).collect();
        return Err(ConfigError::UnknownKeys(lines.join("\n")));
    }
    let profile = merged.profile.clone();
    if let Some(name) = &profile {
        merged.apply_profile(name).ok_or_else(|| ConfigError::UnknownProfile(name.clone()))?;
        keys = typed(&merged)?.0;
    }
    let mut config = Config::built_in(options.codex_home.clone(), options.cwd.clone());
    config.profile = profile;
    config.trusted = merged.trust.level;
    config.project_folders = std::mem::take(&mut merged.project_folders);
    warnings.extend(unenforced(&merged));
    config.warnings = unknown::sentences(&unknown).into_iter().chain(warnings.iter().cloned()).collect();
    config.other_credentials = credentials::variables(&merged.table);
    let told = config.warnings.len();
    let mut provenance = merged.provenance;
    resolve::all(&mut config, &keys, options, &requirements, &mut provenance)?;
    warnings.extend(config.warnings.iter().skip(told).cloned());
    config.keys = Arc::new(keys);
    config.project_servers = project_servers(&config, &provenance);
    Ok(Loaded { config, provenance, unknown, other_warnings: warnings })
}

/// MCP servers in whose entries a project's file has a say, by name.
fn project_servers(config: &Config, provenance: &Provenance) -> BTreeMap<String, PathBuf> {
    let of_project = |name: &String| {
        let prefix = format!("mcp_servers.{name}.");
        let mut origins = provenance.keys().filter(|key| key.starts_with(&prefix)).filter_map(|key| provenance.origin(key));
        origins.find_map(|origin| match origin {
            LayerSource::Project(file) => Some((name.clone(), file.clone())),
            _ => None,
        })
    };
    config.mcp_servers.keys().filter_map(of_project).collect()
}

/// The typed keys, and the keys that no type has.
fn typed(merged: &Merged) -> Result<(ConfigToml, Vec<Unknown>), ConfigError> {
    // Before the types look: they would miss the keys of a whole provider first.
    provider::refuse_reserved_ids(merged.table.get("model_providers"))
        .map_err(|message| merged.type_error(&reader::Fault::with("model_providers", message)))?;
    let reading = reader::read::<ConfigToml>(&merged.table);
    let keys = reading.value.map_err(|fault| merged.type_error(&fault))?;
    let unknown = merged.unknown(&reading.unknown);
    Ok((keys, unknown))
}

/// Keys that restrict commands and are not enforced: silence would let a person believe in them.
const UNENFORCED: &[&str] = &["default_permissions", "permissions"];

fn unenforced(merged: &Merged) -> Vec<String> {
    let set = |key: &str| match merged.table.get(key) {
        None => false,
        Some(Value::Table(table)) => !table.is_empty(),
        Some(_) => true,
    };
    let sentence = |key: &&str| format!("`{key}` is not supported yet: only `sandbox_mode` and its tables restrict commands");
    UNENFORCED.iter().filter(|key| set(key)).map(sentence).collect()
}
