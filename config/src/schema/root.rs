//! Keys at the top of the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use codex_protocol::Personality;
use codex_protocol::SandboxFallback;
use codex_protocol::login::{CredentialsStore, LoginMethod};
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::policy::{ApprovalPolicy, SandboxMode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choices::{Anything, ApprovalsReviewer, FileOpener, McpCredentialsStore};
use super::tables::{
    AudioToml, GhostSnapshotToml, MemoriesToml, NoticeToml, RealtimeToml, RetentionToml, SkillsToml, SwitchToml, UndoToml, WindowsToml,
};
use super::{
    AgentsToml, AppToml, LoginToml, McpServerToml, OtelToml, PermissionsToml, ProfileToml, ProjectToml, ProviderToml,
    SandboxWorkspaceWriteToml, ShellEnvironmentPolicyToml, ToolsToml, TuiToml,
};
use crate::config::WebSearchMode;

/// `config.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[schemars(title = "config.toml")]
pub struct ConfigToml {
    /// Model slug.
    #[schemars(extend("default" = "gpt-5.3-codex"))]
    pub model: Option<String>,
    /// Model for reviews; the session's when absent.
    pub review_model: Option<String>,
    /// Key in the provider table.
    #[schemars(extend("default" = "openai"))]
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
    /// Of old files; `developer_instructions` reaches the model.
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
    #[schemars(extend("default" = "pragmatic"))]
    pub personality: Option<Personality>,
    /// Price and speed class.
    pub service_tier: Option<ServiceTier>,
    /// When a person is asked.
    #[schemars(extend("default" = "on-request"))]
    pub approval_policy: Option<ApprovalPolicy>,
    /// Who answers questions before something runs.
    #[schemars(extend("default" = "user"))]
    pub approvals_reviewer: Option<ApprovalsReviewer>,
    /// What commands may do.
    pub sandbox_mode: Option<SandboxMode>,
    /// Details of `workspace-write`.
    pub sandbox_workspace_write: Option<SandboxWorkspaceWriteToml>,
    /// What to do where the sandbox cannot be built whole.
    #[schemars(extend("default" = "strict"))]
    pub sandbox_fallback: Option<SandboxFallback>,
    /// Paths and globs that commands may not read.
    #[serde(default)]
    pub sandbox_deny_read: Vec<String>,
    /// Whether `git` commands that write to the repository go through the broker; yes when absent.
    #[schemars(extend("default" = true))]
    pub sandbox_git_broker: Option<bool>,
    /// Name of the set in `permissions` that holds.
    pub default_permissions: Option<String>,
    /// Named sets of what commands may reach.
    #[serde(default)]
    pub permissions: BTreeMap<String, PermissionsToml>,
    /// Environment of commands.
    pub shell_environment_policy: Option<ShellEnvironmentPolicyToml>,
    /// Whether commands may ask for a login shell.
    #[schemars(extend("default" = true))]
    pub allow_login_shell: Option<bool>,
    /// Program to start when a turn ends.
    pub notify: Option<Vec<String>>,
    /// Most bytes of project instructions; 0 turns them off.
    #[schemars(extend("default" = 32768))]
    pub project_doc_max_bytes: Option<usize>,
    /// Read project instructions only where the user trusts the directory.
    #[schemars(extend("default" = false))]
    pub project_doc_requires_trust: Option<bool>,
    /// File names to look for where there is no `AGENTS.md`.
    #[schemars(extend("default" = []))]
    pub project_doc_fallback_filenames: Option<Vec<String>>,
    /// Names that mark the root of a project.
    #[schemars(extend("default" = [".git"]))]
    pub project_root_markers: Option<Vec<String>>,
    /// Most tokens of one tool output that go to the model.
    pub tool_output_token_limit: Option<usize>,
    /// Longest wait for a background terminal, milliseconds.
    pub background_terminal_max_timeout: Option<u64>,
    /// Whether the model may search the web, and how: `cached` pages or `live` ones. Without a sandbox `cached` is `live`.
    #[schemars(extend("default" = "cached"))]
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
    /// MCP servers whose tools the model may use.
    #[serde(default)]
    pub mcp_servers: BTreeMap<String, McpServerToml>,
    /// Where sign-ins to MCP servers are kept.
    #[schemars(extend("default" = "auto"))]
    pub mcp_oauth_credentials_store: Option<McpCredentialsStore>,
    /// Port that the browser comes back to after a sign-in to an MCP server; any free one when absent.
    pub mcp_oauth_callback_port: Option<u16>,
    /// Address that the browser comes back to, where it is not the port on this machine.
    pub mcp_oauth_callback_url: Option<String>,
    /// Feature flags.
    #[serde(default)]
    #[schemars(schema_with = "super::json::features")]
    pub features: BTreeMap<String, bool>,
    /// Limits of sub-agents, and their roles.
    pub agents: Option<AgentsToml>,
    /// Skills.
    pub skills: Option<SkillsToml>,
    /// Plugins by id.
    #[serde(default)]
    pub plugins: BTreeMap<String, SwitchToml>,
    /// Connected apps by id; `_default` speaks for the others.
    #[serde(default)]
    pub apps: BTreeMap<String, AppToml>,
    /// What is remembered from one session to the next.
    pub memories: Option<MemoriesToml>,
    /// Prompt history.
    pub history: Option<HistoryToml>,
    /// The interactive screen.
    pub tui: Option<TuiToml>,
    /// Where logs, traces and metrics are sent.
    pub otel: Option<OtelToml>,
    /// Whether use is counted. Nothing is sent, whatever this says.
    pub analytics: Option<SwitchToml>,
    /// Whether feedback can be given.
    pub feedback: Option<SwitchToml>,
    /// What was told once. Written by the program.
    pub notice: Option<NoticeToml>,
    /// What snapshots for undo leave out.
    pub ghost_snapshot: Option<GhostSnapshotToml>,
    /// What is kept for undo.
    pub undo: Option<UndoToml>,
    /// What is removed when it is old.
    pub retention: Option<RetentionToml>,
    /// Devices for speech.
    pub audio: Option<AudioToml>,
    /// Speech with a model.
    pub realtime: Option<RealtimeToml>,
    /// Windows.
    pub windows: Option<WindowsToml>,
    /// Where the built-in `openai` provider is.
    #[schemars(extend("default" = "https://api.openai.com/v1"))]
    pub openai_base_url: Option<String>,
    /// Where the sign-in backend is.
    pub chatgpt_base_url: Option<String>,
    /// Where credentials are kept.
    #[schemars(extend("default" = "file"))]
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
    #[schemars(extend("default" = false))]
    pub hide_agent_reasoning: Option<bool>,
    /// Shows raw reasoning in human output.
    #[schemars(extend("default" = false))]
    pub show_raw_agent_reasoning: Option<bool>,
    /// Former spelling of the feature `unified_exec`.
    pub experimental_use_unified_exec_tool: Option<bool>,
    /// Former spelling of the feature `apply_patch_freeform`.
    pub experimental_use_freeform_apply_patch: Option<bool>,
    /// Editor that paths in answers link to.
    pub file_opener: Option<FileOpener>,
    /// Whether to look for a newer version at the start.
    #[schemars(extend("default" = true))]
    pub check_for_update_on_startup: Option<bool>,
    /// Where to ask for the newest version: an address that answers with JSON whose `tag_name` or `version` names it. Nobody is
    /// asked while this is not set.
    pub update_check_url: Option<String>,
    /// Takes keys as they come, without guessing that a burst of them is pasted text.
    #[schemars(extend("default" = false))]
    pub disable_paste_burst: Option<bool>,
    /// Says nothing when a feature is on that is not finished.
    #[schemars(extend("default" = false))]
    pub suppress_unstable_features_warning: Option<bool>,
    /// The advice to use WSL was read. Written by the program.
    pub windows_wsl_setup_acknowledged: Option<bool>,
    /// Folder of the index of sessions; `$CODEX_SQLITE_HOME` beats it, `$CODEX_HOME` is the default.
    pub sqlite_home: Option<PathBuf>,
    /// Folder of log files; `log` in `$CODEX_HOME` is the default.
    pub log_dir: Option<PathBuf>,
    /// The zsh that commands are run by where the feature `shell_zsh_fork` is on.
    pub zsh_path: Option<PathBuf>,
    /// The Node.js that code of the model is run by where the feature `js_repl` is on.
    pub js_repl_node_path: Option<PathBuf>,
    /// Folders in which that code finds modules.
    pub js_repl_node_module_dirs: Option<Vec<PathBuf>>,
    /// Who commits are attributed to beside their author.
    pub commit_attribution: Option<String>,
    /// Where the realtime wire is.
    pub experimental_realtime_ws_base_url: Option<String>,
    /// Model of the realtime wire.
    pub experimental_realtime_ws_model: Option<String>,
    /// Prompt of the realtime wire.
    pub experimental_realtime_ws_backend_prompt: Option<String>,
    /// What a realtime session starts with.
    pub experimental_realtime_ws_startup_context: Option<String>,
    /// Of old files; without a meaning.
    pub include_apply_patch_tool: Option<Anything>,
    /// Of old files; without a meaning.
    pub disable_response_storage: Option<Anything>,
    /// Of old files; without a meaning.
    pub preferred_auth_method: Option<Anything>,
    /// Of old files; without a meaning.
    pub sandbox_permissions: Option<Anything>,
    /// Of old files; without a meaning.
    pub experimental_resume: Option<Anything>,
    /// Hooks are kept in `hooks.json`; without a meaning here.
    pub hooks: Option<Anything>,
}

/// `model_verbosity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
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

/// `service_tier`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct HistoryToml {
    /// Whether prompts are kept.
    pub persistence: HistoryPersistence,
    /// Size at which old prompts go.
    pub max_bytes: Option<usize>,
}

/// Whether prompts are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryPersistence {
    /// All of them.
    #[default]
    SaveAll,
    /// None.
    None,
}
