//! `[profiles.NAME]`: the keys a profile may hold.
//!
//! The type checks values; applying a profile lays its table over the root keys before those are read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::policy::{ApprovalPolicy, SandboxMode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choices::{Anything, ApprovalsReviewer};
use super::tables::{SwitchToml, WindowsToml};
use super::{Personality, ServiceTier, ToolsToml, Verbosity};
use crate::config::WebSearchMode;

/// Names of the keys a profile may hold; others in its table are ignored.
pub(crate) const PROFILE_KEYS: &[&str] = &[
    "analytics",
    "approval_policy",
    "approvals_reviewer",
    "chatgpt_base_url",
    "experimental_compact_prompt_file",
    "experimental_instructions_file",
    "experimental_use_freeform_apply_patch",
    "experimental_use_unified_exec_tool",
    "features",
    "js_repl_node_module_dirs",
    "js_repl_node_path",
    "model",
    "model_catalog_json",
    "model_instructions_file",
    "model_provider",
    "model_reasoning_effort",
    "model_reasoning_summary",
    "model_verbosity",
    "oss_provider",
    "personality",
    "plan_mode_reasoning_effort",
    "sandbox_mode",
    "service_tier",
    "tools",
    "web_search",
    "windows",
    "zsh_path",
];

/// One profile.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct ProfileToml {
    /// Model slug.
    pub model: Option<String>,
    /// Key in the provider table.
    pub model_provider: Option<String>,
    /// Price and speed class.
    pub service_tier: Option<ServiceTier>,
    /// When a person is asked.
    pub approval_policy: Option<ApprovalPolicy>,
    /// Who answers questions before something runs.
    pub approvals_reviewer: Option<ApprovalsReviewer>,
    /// What commands may do.
    pub sandbox_mode: Option<SandboxMode>,
    /// How hard the model thinks.
    pub model_reasoning_effort: Option<ReasoningEffort>,
    /// The same while planning.
    pub plan_mode_reasoning_effort: Option<ReasoningEffort>,
    /// How much of its reasoning the model summarises.
    pub model_reasoning_summary: Option<ReasoningSummaryMode>,
    /// How much the model talks.
    pub model_verbosity: Option<Verbosity>,
    /// A catalogue of models.
    pub model_catalog_json: Option<PathBuf>,
    /// Tone of answers.
    pub personality: Option<Personality>,
    /// Where the sign-in backend is.
    pub chatgpt_base_url: Option<String>,
    /// A file whose text replaces the base instructions.
    pub model_instructions_file: Option<PathBuf>,
    /// A file with the prompt for summaries.
    pub experimental_compact_prompt_file: Option<PathBuf>,
    /// Former name of `model_instructions_file`.
    pub experimental_instructions_file: Option<PathBuf>,
    /// Former spelling of the feature `unified_exec`.
    pub experimental_use_unified_exec_tool: Option<bool>,
    /// Former spelling of the feature `apply_patch_freeform`.
    pub experimental_use_freeform_apply_patch: Option<bool>,
    /// Whether and how the model may search the web.
    pub web_search: Option<WebSearchMode>,
    /// Options of tools.
    pub tools: Option<ToolsToml>,
    /// Feature flags.
    #[serde(default)]
    #[schemars(schema_with = "super::json::features")]
    pub features: BTreeMap<String, bool>,
    /// Which local server `--oss` means.
    pub oss_provider: Option<String>,
    /// Whether use is counted.
    pub analytics: Option<SwitchToml>,
    /// Windows.
    pub windows: Option<WindowsToml>,
    /// The zsh that commands are run by where the feature `shell_zsh_fork` is on.
    pub zsh_path: Option<PathBuf>,
    /// The Node.js that code of the model is run by where the feature `js_repl` is on.
    pub js_repl_node_path: Option<PathBuf>,
    /// Folders in which that code finds modules.
    pub js_repl_node_module_dirs: Option<Vec<PathBuf>>,
    /// Of old files; without a meaning.
    pub include_apply_patch_tool: Option<Anything>,
    /// Of old files; without a meaning.
    pub tools_view_image: Option<Anything>,
}
