//! From [`LoadOptions`] to [`Config`]: layers, profile, typed reading, resolution of each table.

use toml::Value;

use crate::config::{Config, LoadOptions};
use crate::credentials;
use crate::error::ConfigError;
use crate::layers::{self, Merged};
use crate::provenance::Provenance;
use crate::requirements::Requirements;
use crate::resolve;
use crate::schema::ConfigToml;

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
    let mut merged = layers::collect(options)?;
    let mut warnings = std::mem::take(&mut merged.warnings);
    let requirements = Requirements::read(options.system_dir.join("requirements.toml"), options.system_owner, &mut warnings)?;
    let mut keys = typed(&merged)?;
    let profile = options.profile.clone().or_else(|| keys.profile.clone());
    if let Some(name) = &profile {
        merged.apply_profile(name).ok_or_else(|| ConfigError::UnknownProfile(name.clone()))?;
        keys = typed(&merged)?;
    }
    let mut config = Config::built_in(options.codex_home.clone(), options.cwd.clone());
    config.profile = profile;
    config.trusted = merged.trust.level;
    config.project_folders = std::mem::take(&mut merged.project_folders);
    config.warnings = warnings;
    config.warnings.extend(unserved(&merged));
    config.other_credentials = credentials::variables(&merged.table);
    let mut provenance = merged.provenance;
    resolve::all(&mut config, &keys, options, &requirements, &mut provenance)?;
    Ok((config, provenance))
}

fn typed(merged: &Merged) -> Result<ConfigToml, ConfigError> {
    Value::Table(merged.table.clone()).try_into().map_err(|error| merged.type_error(&error))
}

/// Tables people rely on that this build reads past; silence would look like a fault of theirs.
const UNSERVED: &[(&str, &str)] = &[
    ("default_permissions", "only `sandbox_mode` and its tables restrict commands"),
    ("mcp_servers", "its servers are not started"),
    ("model_catalog_json", "the built-in catalogue is used"),
    ("otel", "nothing is exported"),
    ("permissions", "only `sandbox_mode` and its tables restrict commands"),
];

fn unserved(merged: &Merged) -> Vec<String> {
    let set = |key: &str| match merged.table.get(key) {
        None => false,
        Some(Value::Table(table)) => !table.is_empty(),
        Some(Value::String(text)) => text != "file",
        Some(_) => true,
    };
    UNSERVED.iter().filter(|(key, _)| set(key)).map(|(key, effect)| format!("`{key}` is not supported yet: {effect}")).collect()
}
