//! The resolved configuration that everything else reads.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use codex_protocol::Boundary;
use codex_protocol::event::DeprecationNotice;
use codex_protocol::login::LoginSettings;
use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::policy::{ApprovalPolicy, SandboxMode, SandboxPolicy};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::features;
use crate::model_catalog::CatalogModel;
use crate::provider::ProviderInfo;
use crate::schema::{ConfigToml, McpServerToml, Personality};

/// Which variables a command starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentInherit {
    /// `HOME`, `LOGNAME`, `PATH`, `SHELL`, `USER`, `USERNAME`, `TMPDIR`, `TEMP`, `TMP`.
    Core,
    /// Ours.
    #[default]
    All,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
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
    /// Who has to own system files; 0, the administrator, by default.
    pub system_owner: u32,
    /// Working directory, absolute (after `-C`).
    pub cwd: PathBuf,
    /// The process environment, for `OPENAI_BASE_URL` and its like; `HOME` gives `~` in paths its meaning.
    pub env: BTreeMap<String, String>,
    /// `-c key=value`, in order, unparsed.
    pub overrides: Vec<String>,
    /// `--enable F` as `(F, true)` and `--disable F` as `(F, false)`, in order; they beat `-c features.F`.
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
    /// `--strict-config`: a key that nobody knows is an error.
    pub strict: bool,
}

/// What is kept so that turns can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndoConfig {
    /// Whether anything is.
    pub enabled: bool,
    /// Larger files are not, in bytes.
    pub max_file_bytes: u64,
    /// Of one workspace at most, in bytes.
    pub max_bytes: u64,
}

impl Default for UndoConfig {
    fn default() -> Self {
        Self { enabled: true, max_file_bytes: 10 << 20, max_bytes: 2 << 30 }
    }
}

/// What is removed when it is old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionConfig {
    /// Days after which a session that did not go on is removed.
    pub max_age_days: Option<u32>,
    /// Bytes of all sessions together, beyond which the oldest are removed.
    pub max_total_bytes: Option<u64>,
    /// Whether archived sessions stay all the same.
    pub keep_archived: bool,
    /// Whether sessions with a name do.
    pub keep_named: bool,
    /// Days after which the files kept for undo of an unused folder are removed.
    pub undo_max_age_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self { max_age_days: None, max_total_bytes: None, keep_archived: true, keep_named: true, undo_max_age_days: 30 }
    }
}

/// The resolved configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// `$CODEX_HOME`.
    pub codex_home: PathBuf,
    /// Working directory.
    pub cwd: PathBuf,
    /// The profile in use.
    pub profile: Option<String>,
    /// Model slug.
    pub model: String,
    /// Model for reviews; the session's when `None`.
    pub review_model: Option<String>,
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
    /// The models of `model_catalog_json`.
    pub model_catalog: Vec<CatalogModel>,
    /// Wire value of `service_tier`.
    pub service_tier: Option<String>,
    /// Text of `model_instructions_file`.
    pub base_instructions: Option<String>,
    /// `developer_instructions`.
    pub developer_instructions: Option<String>,
    /// `compact_prompt`, or the text of `experimental_compact_prompt_file`.
    pub compact_prompt: Option<String>,
    /// `personality`.
    pub personality: Personality,
    /// When a person is asked.
    pub approval_policy: ApprovalPolicy,
    /// What commands may do.
    pub sandbox_policy: SandboxPolicy,
    /// The sandboxes that the administrator allows; `None` for all of them.
    pub allowed_sandbox_modes: Option<Vec<SandboxMode>>,
    /// The approval policies that the administrator allows; `None` for all of them.
    pub allowed_approval_policies: Option<Vec<ApprovalPolicy>>,
    /// What else is settled about the boundary around commands.
    pub boundary: Boundary,
    /// Environment of commands.
    pub shell_environment: ShellEnvironmentPolicy,
    /// Whether commands may ask for a login shell.
    pub allow_login_shell: bool,
    /// `project_doc_max_bytes`.
    pub project_doc_max_bytes: usize,
    /// `[undo]`.
    pub undo: UndoConfig,
    /// `[retention]`.
    pub retention: RetentionConfig,
    /// `project_doc_requires_trust`.
    pub project_doc_requires_trust: bool,
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
    /// `[tools] extra`: names of tools offered beside the usual ones.
    pub extra_tools: Vec<String>,
    /// `notify`.
    pub notify: Vec<String>,
    /// `hide_agent_reasoning`.
    pub hide_agent_reasoning: bool,
    /// `show_raw_agent_reasoning`.
    pub show_raw_agent_reasoning: bool,
    /// `experimental_use_freeform_apply_patch`, or the feature.
    pub freeform_apply_patch: Option<bool>,
    /// Where credentials are kept, and who is asked for them.
    pub login: LoginSettings,
    /// `features`.
    pub features: BTreeMap<String, bool>,
    /// The directory's trust: `Some(true)` trusted, `Some(false)` untrusted, `None` unknown.
    pub trusted: Option<bool>,
    /// The folders whose `.codex` counts because the user trusts the project: from its root down to the working
    /// directory. Empty where the directory is not trusted.
    pub project_folders: Vec<PathBuf>,
    /// Variables with the credentials of the other providers and of MCP servers, by what the configuration says of them.
    pub other_credentials: Vec<String>,
    /// `mcp_servers`, those that requirements forbid switched off.
    pub mcp_servers: BTreeMap<String, McpServerToml>,
    /// Those of them in whose entries a project's file has a say, with that file: they are asked about before they are started.
    pub project_servers: BTreeMap<String, PathBuf>,
    /// MCP servers that the administrator does not allow, with who says so, such as `requirements (/etc/codex/requirements.toml)`.
    pub refused_servers: BTreeMap<String, String>,
    /// `sqlite_home`, `$CODEX_SQLITE_HOME` or `$CODEX_HOME`: where the index of sessions is.
    pub sqlite_home: PathBuf,
    /// `log_dir`, or `log` in `$CODEX_HOME`.
    pub log_dir: PathBuf,
    /// Every key as the layers and the profile say it, before flags: for front ends that read keys which need no
    /// resolution, such as `tui` and `history`.
    pub keys: Arc<ConfigToml>,
    /// Sentences a person should read at start.
    pub warnings: Vec<String>,
    /// Keys and variables that will go away.
    pub deprecations: Vec<DeprecationNotice>,
}

/// The model when nobody names one.
pub const DEFAULT_MODEL: &str = "gpt-5.3-codex";
/// Most bytes of project instructions when nobody says otherwise.
pub const DEFAULT_PROJECT_DOC_MAX_BYTES: usize = 32 * 1024;

impl Config {
    /// What holds when no layer says anything: the built-in `openai` provider, `read-only`, questions on request.
    pub fn built_in(codex_home: PathBuf, cwd: PathBuf) -> Self {
        Self {
            sqlite_home: codex_home.clone(),
            log_dir: codex_home.join("log"),
            codex_home,
            cwd,
            profile: None,
            model: DEFAULT_MODEL.to_owned(),
            review_model: None,
            provider: ProviderInfo::openai(),
            effort: None,
            summary: None,
            verbosity: None,
            model_supports_reasoning: None,
            model_context_window: None,
            auto_compact_token_limit: None,
            model_catalog: Vec::new(),
            service_tier: None,
            base_instructions: None,
            developer_instructions: None,
            compact_prompt: None,
            personality: Personality::default(),
            approval_policy: ApprovalPolicy::default(),
            sandbox_policy: SandboxPolicy::read_only(),
            allowed_sandbox_modes: None,
            allowed_approval_policies: None,
            boundary: Boundary::default(),
            shell_environment: ShellEnvironmentPolicy::default(),
            allow_login_shell: true,
            project_doc_max_bytes: DEFAULT_PROJECT_DOC_MAX_BYTES,
            undo: UndoConfig::default(),
            retention: RetentionConfig::default(),
            project_doc_requires_trust: false,
            project_doc_fallback_filenames: Vec::new(),
            project_root_markers: vec![".git".to_owned()],
            tool_output_token_limit: None,
            background_terminal_max_timeout_ms: None,
            web_search: WebSearchMode::default(),
            web_search_options: BTreeMap::new(),
            extra_tools: Vec::new(),
            notify: Vec::new(),
            hide_agent_reasoning: false,
            show_raw_agent_reasoning: false,
            freeform_apply_patch: None,
            login: LoginSettings::default(),
            features: features::resolve(&BTreeMap::new()).effective,
            trusted: None,
            project_folders: Vec::new(),
            other_credentials: Vec::new(),
            mcp_servers: BTreeMap::new(),
            project_servers: BTreeMap::new(),
            refused_servers: BTreeMap::new(),
            keys: Arc::default(),
            warnings: Vec::new(),
            deprecations: Vec::new(),
        }
    }

    /// Whether a feature is on. Unknown names are off.
    pub fn feature(&self, name: &str) -> bool {
        self.features.get(name).copied().unwrap_or(false)
    }

    /// Names of the variables this program authenticates with; commands do not see them by default.
    pub fn credential_variables(&self) -> Vec<String> {
        let own = ["OPENAI_API_KEY", "CODEX_API_KEY"].map(str::to_owned);
        let provider = self.provider.env_key.iter().chain(self.provider.env_http_headers.values());
        let mut names: Vec<String> = own.into_iter().chain(provider.chain(&self.other_credentials).cloned()).collect();
        names.sort();
        names.dedup();
        names
    }
}
