//! From typed keys to [`Config`]: one module per group of keys, each filling in its part.

mod environment;
mod instructions;
mod login;
mod model;
mod places;
mod provider;
pub(crate) mod sandbox;
mod tools;
mod undo;

use crate::config::{Config, LoadOptions};
use crate::error::ConfigError;
use crate::features;
use crate::provenance::{LayerSource, Provenance};
use crate::requirements::Requirements;
use crate::schema::ConfigToml;

/// Fills `config`, which holds the built-in values, with what the layers and flags say.
pub(crate) fn all(
    config: &mut Config,
    keys: &ConfigToml,
    options: &LoadOptions,
    requirements: &Requirements,
    provenance: &mut Provenance,
) -> Result<(), ConfigError> {
    let flags = feature_flags(config, keys);
    for (name, warning) in requirements.features(&mut config.features) {
        provenance.record(&format!("features.{name}"), &LayerSource::Requirements(requirements.path().clone()));
        config.warnings.push(warning);
    }
    provider::resolve(config, keys, options)?;
    login::resolve(config, keys, options);
    model::resolve(config, keys, options)?;
    instructions::resolve(config, keys)?;
    sandbox::resolve(config, keys, options, requirements, provenance);
    environment::resolve(config, keys);
    tools::resolve(config, keys, &flags);
    if let Some(warning) = requirements.web_search(&mut config.web_search) {
        provenance.record("web_search", &LayerSource::Requirements(requirements.path().clone()));
        config.warnings.push(warning);
    }
    places::resolve(config, keys, options, requirements)?;
    undo::resolve(config, keys);
    note_flags(options, provenance);
    config.hide_agent_reasoning = keys.hide_agent_reasoning.unwrap_or_default();
    config.show_raw_agent_reasoning = keys.show_raw_agent_reasoning.unwrap_or_default();
    config.notify = keys.notify.clone().unwrap_or_default();
    Ok(())
}

fn feature_flags(config: &mut Config, keys: &ConfigToml) -> features::Resolved {
    let mut set = keys.features.clone();
    let former = [
        ("experimental_use_unified_exec_tool", keys.experimental_use_unified_exec_tool),
        ("experimental_use_freeform_apply_patch", keys.experimental_use_freeform_apply_patch),
    ];
    for (name, value) in former {
        if let Some(on) = value {
            set.entry(name.to_owned()).or_insert(on);
        }
    }
    let mut resolved = features::resolve(&set);
    config.features = std::mem::take(&mut resolved.effective);
    config.deprecations.append(&mut resolved.deprecations);
    config.freeform_apply_patch = resolved.chosen.get("apply_patch_freeform").copied();
    resolved
}

/// Flags with a key of the same meaning beat every layer.
fn note_flags(options: &LoadOptions, provenance: &mut Provenance) {
    let mut note = |given: bool, key: &str, flag: &'static str| {
        if given {
            provenance.record(key, &LayerSource::Flag(flag));
        }
    };
    note(options.oss, "model_provider", "oss");
    note(options.model.is_some(), "model", "model");
    note(options.profile.is_some(), "profile", "profile");
    note(options.oss && options.local_provider.is_some(), "oss_provider", "local-provider");
    note(!options.add_dirs.is_empty(), "sandbox_workspace_write.writable_roots", "add-dir");
}
