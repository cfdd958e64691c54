//! `model_catalog_json`: what a user knows of models, beside or instead of the built-in catalogue.
//!
//! Read with the configuration, so that a file that is missing or wrong stops the run before it begins. What the
//! entries mean is in `codex-model-client`.

use std::fs;
use std::path::Path;

use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use serde::Deserialize;

use crate::error::ConfigError;

/// One model. What is absent is as the built-in catalogue has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogModel {
    /// The model's name, or the beginning of the names of a family.
    pub slug: String,
    /// All tokens of the window.
    pub context_window: Option<i64>,
    /// Most tokens of an answer.
    pub max_output_tokens: Option<i64>,
    /// Tokens at which history is compacted.
    pub auto_compact_token_limit: Option<i64>,
    /// How tool output is shortened.
    pub truncation_policy: Option<CatalogTruncation>,
    /// Several calls at once.
    pub supports_parallel_tool_calls: Option<bool>,
    /// Reasoning options are sent.
    pub supports_reasoning: Option<bool>,
    /// Effort where nobody names one.
    pub default_reasoning_effort: Option<ReasoningEffort>,
    /// Efforts to choose from.
    pub reasoning_efforts: Option<Vec<ReasoningEffort>>,
    /// Summary where nobody names one.
    pub default_reasoning_summary: Option<ReasoningSummaryMode>,
    /// A verbosity is sent.
    pub supports_verbosity: Option<bool>,
    /// Verbosity where nobody names one.
    pub default_verbosity: Option<String>,
    /// Images are sent.
    pub supports_images: Option<bool>,
    /// `apply_patch` is offered as a freeform tool.
    pub apply_patch_freeform: Option<bool>,
    /// The model is asked for a tone (`personality`).
    pub supports_personality: Option<bool>,
    /// Commands are one line of a shell rather than a list of words, where `unified_exec` is off.
    pub shell_command_line: Option<bool>,
}

/// `truncation_policy`: `{"bytes": 10000}` or `{"tokens": 10000}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CatalogTruncation {
    /// So many bytes.
    Bytes(u64),
    /// So many tokens.
    Tokens(u64),
}

#[derive(Deserialize)]
struct File {
    models: Vec<CatalogModel>,
}

/// Reads a catalogue.
pub(crate) fn read(path: &Path) -> Result<Vec<CatalogModel>, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::TextFile { what: "model catalog", path: path.to_owned(), source })?;
    let file: File =
        serde_json::from_str(&text).map_err(|error| ConfigError::Value(format!("{}: {error}\nin `model_catalog_json`", path.display())))?;
    Ok(file.models)
}
