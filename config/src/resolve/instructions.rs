//! Texts for the model that come from keys or from files that keys name.

use std::io::Read;
use std::path::{Component, Path};

use codex_protocol::event::DeprecationNotice;

use crate::config::{Config, DEFAULT_PROJECT_DOC_MAX_BYTES};
use crate::error::ConfigError;
use crate::files::{self, Links};
use crate::schema::ConfigToml;

/// Most bytes of such a file.
const MAX_TEXT_BYTES: u64 = 4 * 1024 * 1024;

pub(super) fn resolve(config: &mut Config, keys: &ConfigToml) -> Result<(), ConfigError> {
    config.base_instructions = file_text("model instructions file", keys.model_instructions_file.as_deref())?;
    config.developer_instructions.clone_from(&keys.developer_instructions);
    let compact = file_text("experimental compact prompt file", keys.experimental_compact_prompt_file.as_deref())?;
    let compact_key = keys.compact_prompt.as_deref().map(str::trim).filter(|text| !text.is_empty());
    config.compact_prompt = compact_key.map(str::to_owned).or(compact);
    config.project_doc_max_bytes = keys.project_doc_max_bytes.unwrap_or(DEFAULT_PROJECT_DOC_MAX_BYTES);
    config.project_doc_requires_trust = keys.project_doc_requires_trust.unwrap_or(false);
    let fallbacks = keys.project_doc_fallback_filenames.iter().flatten().filter(|name| !name.is_empty());
    for name in fallbacks {
        if is_plain_name(name) {
            config.project_doc_fallback_filenames.push(name.clone());
        } else {
            config
                .warnings
                .push(format!("`project_doc_fallback_filenames`: `{name}` is ignored: it has to be the name of a file, not a path"));
        }
    }
    if let Some(markers) = &keys.project_root_markers {
        config.project_root_markers.clone_from(markers);
    }
    if keys.experimental_instructions_file.is_some() {
        config.deprecations.push(DeprecationNotice {
            summary: "`experimental_instructions_file` is deprecated and ignored. Use `model_instructions_file` instead.".to_owned(),
            details: Some(
                "Move the setting to `model_instructions_file` in config.toml (or under a profile) to load instructions from a file."
                    .to_owned(),
            ),
        });
    }
    Ok(())
}

/// Whether a name stays in the folder it is looked for in.
fn is_plain_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}

/// The trimmed text of the file, which has to have some.
fn file_text(what: &'static str, path: Option<&Path>) -> Result<Option<String>, ConfigError> {
    let Some(path) = path else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    files::open_regular(path, Links::Follow)
        .and_then(|file| file.take(MAX_TEXT_BYTES).read_to_end(&mut bytes))
        .map_err(|source| ConfigError::TextFile { what, path: path.to_path_buf(), source })?;
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    if text.is_empty() {
        return Err(ConfigError::EmptyTextFile { what, path: path.to_path_buf() });
    }
    Ok(Some(text))
}
