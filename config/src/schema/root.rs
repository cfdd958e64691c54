//! Keys at the top of the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use codex_protocol::SandboxFallback;
use codex_protocol::login::{CredentialsStore, LoginMethod};
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::policy::{ApprovalPolicy, SandboxMode};
use serde::Deserialize;

use super::{LoginToml, ProfileToml, ProjectToml, ProviderToml, SandboxWorkspaceWriteToml, ShellEnvironmentPolicyToml, ToolsToml};
use crate::config::WebSearchMode;

/// `config.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ConfigToml {
    /// Model slug.
    pub model: Option<String>,
    /// Model for reviews; the session's when absent.
    pub review_model: Option<String>,
    /// Key in the provider table.
    pub model_provider: Option<String>,
    /// Tokens the model can take, when the catalogue is wrong or silent.
    pub model_context_window: Option<i64>,
    /// Tokens at which history is compacted.
    pub model_auto_compact_token_limit: Option<i64>,
    /// How hard the model thinks.
    pub model_reasoning_effort: Option<ReasoningEffort>,
    /// The same while planning.
    pub plan_mode_reasoning_effort: Option<ReasoningEffort>,
    /// How much of its reasoning the model summarises.
    pub model_reasoning_summary: Option<ReasoningSummaryMode>,
    /// How much the model talks.
    pub model_verbosity: Option<Verbosity>,
    /// Sends reasoning options to a model the catalogue does not know.
    pub model_supports_reasoning_summaries: Option<bool>,
    /// A catalogue of models to use instead of the built-in one.
    pub model_catalog_json: Option<PathBuf>,
    /// A file whose text replaces the base instructions.
    pub model_instructions_file: Option<PathBuf>,
    /// Accepted without effect.
    pub instructions: Option<String>,
    /// Text for the developer message.
    pub developer_instructions: Option<String>,
    /// Prompt that asks for a summary when history is compacted.
    pub compact_prompt: Option<String>,
    /// A file with that prompt.
    pub experimental_compact_prompt_file: Option<PathBuf>,
    /// Former name of `model_instructions_file`; ignored with a notice.
    pub experimental_instructions_file: Option<PathBuf>,
    /// Tone of answers.
    pub personality: Option<Personality>,
    /// Price and speed class.
    pub service_tier: Option<ServiceTier>,
    /// When a person is asked.
    pub approval_policy: Option<ApprovalPolicy>,
    /// What commands may do.
    pub sandbox_mode: Option<SandboxMode>,
    /// Details of `workspace-write`.
    pub sandbox_workspace_write: Option<SandboxWorkspaceWriteToml>,
    /// What to do where the sandbox cannot be built whole.
    pub sandbox_fallback: Option<SandboxFallback>,
    /// Paths and globs that commands may not read.
    #[serde(default)]
    pub sandbox_deny_read: Vec<String>,
    /// Whether `git` commands that write to the repository go through the broker; yes when absent.
    pub sandbox_git_broker: Option<bool>,
    /// Environment of commands.
    pub shell_environment_policy: Option<ShellEnvironmentPolicyToml>,
    /// Whether commands may ask for a login shell.
    pub allow_login_shell: Option<bool>,
    /// Program to start when a turn ends.
    pub notify: Option<Vec<String>>,
    /// Most bytes of project instructions; 0 turns them off.
    pub project_doc_max_bytes: Option<usize>,
    /// Read project instructions only where the user trusts the directory.
    pub project_doc_requires_trust: Option<bool>,
    /// File names to look for where there is no `AGENTS.md`.
    pub project_doc_fallback_filenames: Option<Vec<String>>,
    /// Names that mark the root of a project.
    pub project_root_markers: Option<Vec<String>>,
    /// Most tokens of one tool output that go to the model.
    pub tool_output_token_limit: Option<usize>,
    /// Longest wait for a background terminal, milliseconds.
    pub background_terminal_max_timeout: Option<u64>,
    /// Whether and how the model may search the web.
    pub web_search: Option<WebSearchMode>,
    /// Options of tools.
    pub tools: Option<ToolsToml>,
    /// The profile to use.
    pub profile: Option<String>,
    /// Named sets of keys.
    #[serde(default)]
    pub profiles: BTreeMap<String, ProfileToml>,
    /// Directories and how far they are trusted.
    #[serde(default)]
    pub projects: BTreeMap<String, ProjectToml>,
    /// Providers beside the built-in ones.
    #[serde(default, deserialize_with = "super::provider::without_reserved_ids")]
    pub model_providers: BTreeMap<String, ProviderToml>,
    /// Feature flags.
    #[serde(default)]
    pub features: BTreeMap<String, bool>,
    /// Prompt history.
    pub history: Option<HistoryToml>,
    /// Where the built-in `openai` provider is.
    pub openai_base_url: Option<String>,
    /// Where the sign-in backend is.
    pub chatgpt_base_url: Option<String>,
    /// Where credentials are kept.
    pub cli_auth_credentials_store: Option<CredentialsStore>,
    /// The only kind of credentials that counts.
    pub forced_login_method: Option<LoginMethod>,
    /// The only workspace an account may belong to.
    pub forced_chatgpt_workspace_id: Option<String>,
    /// Who is asked for a sign-in with an account.
    pub login: Option<LoginToml>,
    /// Which local server `--oss` means.
    pub oss_provider: Option<String>,
    /// Hides reasoning in human output.
    pub hide_agent_reasoning: Option<bool>,
    /// Shows raw reasoning in human output.
    pub show_raw_agent_reasoning: Option<bool>,
    /// Former spelling of the feature `unified_exec`.
    pub experimental_use_unified_exec_tool: Option<bool>,
    /// Former spelling of the feature `apply_patch_freeform`.
    pub experimental_use_freeform_apply_patch: Option<bool>,
}

/// `model_verbosity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verbosity {
    /// Short.
    Low,
    /// The usual.
    Medium,
    /// At length.
    High,
}

impl Verbosity {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// `personality`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Personality {
    /// The model's own.
    None,
    /// Warm.
    Friendly,
    /// Brief and factual.
    #[default]
    Pragmatic,
}

impl Personality {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Friendly => "friendly",
            Self::Pragmatic => "pragmatic",
        }
    }
}

/// `service_tier`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceTier {
    /// Served first.
    Fast,
    /// Cheaper, slower.
    Flex,
}

impl ServiceTier {
    /// The value in a request.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Fast => "priority",
            Self::Flex => "flex",
        }
    }
}

/// `[history]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HistoryToml {
    /// Whether prompts are kept.
    pub persistence: HistoryPersistence,
    /// Size at which old prompts go.
    pub max_bytes: Option<usize>,
}

/// Whether prompts are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryPersistence {
    /// All of them.
    #[default]
    SaveAll,
    /// None.
    None,
}
