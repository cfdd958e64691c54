//! The resolved configuration that everything else reads.

use std::collections::BTreeMap;
use std::path::PathBuf;

use codex_protocol::event::DeprecationNotice;
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::policy::{ApprovalPolicy, SandboxMode, SandboxPolicy};

use crate::provider::ProviderInfo;

/// Which variables a command starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EnvironmentInherit {
    /// Ours.
    #[default]
    All,
    /// `HOME`, `LOGNAME`, `PATH`, `SHELL`, `USER`, `USERNAME`, `TMPDIR`, `TEMP`, `TMP`.
    Core,
    /// None.
    None,
}

/// `[shell_environment_policy]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShellEnvironmentPolicy {
    /// Which variables a command starts from.
    pub inherit: EnvironmentInherit,
    /// Keep `*KEY*`, `*SECRET*` and `*TOKEN*`. Off by default.
    pub ignore_default_excludes: bool,
    /// Globs of names to drop, any case.
    pub exclude: Vec<String>,
    /// Variables to set.
    pub set: BTreeMap<String, String>,
    /// When not empty, only names that match one of these globs stay, set ones included.
    pub include_only: Vec<String>,
}

/// `web_search`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebSearchMode {
    /// Not offered.
    Disabled,
    /// From the server's cache.
    #[default]
    Cached,
    /// Live.
    Live,
}

/// What a front-end hands in before anything is read.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `$CODEX_HOME`, made absolute by the caller; exists.
    pub codex_home: PathBuf,
    /// Where system files are, `/etc/codex`.
    pub system_dir: PathBuf,
    /// Working directory, absolute (after `-C`).
    pub cwd: PathBuf,
    /// The process environment, for `OPENAI_BASE_URL` and its like.
    pub env: BTreeMap<String, String>,
    /// `-c key=value`, in order, unparsed; `--enable F` is `features.F=true`.
    pub overrides: Vec<String>,
    /// `--enable` and `--disable`, in order.
    pub feature_flags: Vec<(String, bool)>,
    /// `-m`.
    pub model: Option<String>,
    /// `-p`.
    pub profile: Option<String>,
    /// `-s`.
    pub sandbox_mode: Option<SandboxMode>,
    /// `-a`.
    pub approval_policy: Option<ApprovalPolicy>,
    /// `--full-auto`.
    pub full_auto: bool,
    /// `--dangerously-bypass-approvals-and-sandbox`.
    pub bypass: bool,
    /// `--add-dir`, absolute.
    pub add_dirs: Vec<PathBuf>,
    /// `--oss`.
    pub oss: bool,
    /// `--local-provider`.
    pub local_provider: Option<String>,
}

/// The resolved configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// `$CODEX_HOME`.
    pub codex_home: PathBuf,
    /// Working directory.
    pub cwd: PathBuf,
    /// Model slug.
    pub model: String,
    /// The provider in use.
    pub provider: ProviderInfo,
    /// Effort as configured; `None` leaves it to the model.
    pub effort: Option<ReasoningEffort>,
    /// Summary as configured; `None` leaves it to the model.
    pub summary: Option<ReasoningSummaryMode>,
    /// Verbosity as configured: `low`, `medium`, `high`.
    pub verbosity: Option<String>,
    /// `model_supports_reasoning_summaries`.
    pub model_supports_reasoning: Option<bool>,
    /// `model_context_window`.
    pub model_context_window: Option<i64>,
    /// `model_auto_compact_token_limit`.
    pub auto_compact_token_limit: Option<i64>,
    /// Wire value of `service_tier`.
    pub service_tier: Option<String>,
    /// Text of `model_instructions_file`.
    pub base_instructions: Option<String>,
    /// `developer_instructions`.
    pub developer_instructions: Option<String>,
    /// When a person is asked.
    pub approval_policy: ApprovalPolicy,
    /// What commands may do.
    pub sandbox_policy: SandboxPolicy,
    /// Environment of commands.
    pub shell_environment: ShellEnvironmentPolicy,
    /// Whether commands may ask for a login shell.
    pub allow_login_shell: bool,
    /// `project_doc_max_bytes`.
    pub project_doc_max_bytes: usize,
    /// `project_doc_fallback_filenames`.
    pub project_doc_fallback_filenames: Vec<String>,
    /// `project_root_markers`.
    pub project_root_markers: Vec<String>,
    /// `tool_output_token_limit`.
    pub tool_output_token_limit: Option<u64>,
    /// `background_terminal_max_timeout`, milliseconds.
    pub background_terminal_max_timeout_ms: Option<u64>,
    /// `web_search`.
    pub web_search: WebSearchMode,
    /// `[tools.web_search]` options as the wire spells them: `filters`, `user_location`, `search_context_size`.
    pub web_search_options: BTreeMap<String, serde_json::Value>,
    /// `notify`.
    pub notify: Vec<String>,
    /// `hide_agent_reasoning`.
    pub hide_agent_reasoning: bool,
    /// `show_raw_agent_reasoning`.
    pub show_raw_agent_reasoning: bool,
    /// `experimental_use_freeform_apply_patch`, or the feature.
    pub freeform_apply_patch: Option<bool>,
    /// `cli_auth_credentials_store` and friends stay in `codex-login`; this is `features`.
    pub features: BTreeMap<String, bool>,
    /// The directory's trust: `Some(true)` trusted, `Some(false)` untrusted, `None` unknown.
    pub trusted: Option<bool>,
    /// Sentences a person should read at start.
    pub warnings: Vec<String>,
    /// Keys and variables that will go away.
    pub deprecations: Vec<DeprecationNotice>,
}

impl Config {
    /// Whether a feature is on. Unknown names are off.
    pub fn feature(&self, name: &str) -> bool {
        self.features.get(name).copied().unwrap_or(false)
    }
}
