//! Reading and writing settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;
use serde_json::Value;
use ts_rs::TS;

use crate::item::ExternalAgentConfigMigrationItem;
use crate::path::AbsolutePathBuf;
use crate::policy::{ApprovalsReviewer, AskForApproval, ReasoningEffort, ReasoningSummary, SandboxMode, ServiceTier};

/// Params of `windowsSandbox/setupStart`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct WindowsSandboxSetupStartParams {
    #[serde(default)]
    pub cwd: Option<AbsolutePathBuf>,
    pub mode: WindowsSandboxSetupMode,
}

/// Result of `windowsSandbox/setupStart`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct WindowsSandboxSetupStartResponse {
    pub started: bool,
}

/// Params of `config/read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConfigReadParams {
    #[serde(default)]
    pub cwd: Option<String>,
    #[serde(default)]
    pub include_layers: bool,
}

/// Result of `config/read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ConfigReadResponse {
    pub config: Config,
    #[serde(default)]
    pub layers: Option<Vec<ConfigLayer>>,
    pub origins: BTreeMap<String, ConfigLayerMetadata>,
}

/// Params of `externalAgentConfig/detect`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExternalAgentConfigDetectParams {
    #[serde(default)]
    pub cwds: Option<Vec<String>>,
    #[serde(default)]
    pub include_home: bool,
}

/// Result of `externalAgentConfig/detect`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ExternalAgentConfigDetectResponse {
    pub items: Vec<ExternalAgentConfigMigrationItem>,
}

/// Params of `externalAgentConfig/import`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExternalAgentConfigImportParams {
    pub migration_items: Vec<ExternalAgentConfigMigrationItem>,
}

/// Result of `externalAgentConfig/import`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ExternalAgentConfigImportResponse {}

/// Params of `config/value/write`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConfigValueWriteParams {
    #[serde(default)]
    pub expected_version: Option<String>,
    #[serde(default)]
    pub file_path: Option<String>,
    pub key_path: String,
    pub merge_strategy: MergeStrategy,
    pub value: Value,
}

/// Result of `config/value/write`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConfigWriteResponse {
    pub file_path: AbsolutePathBuf,
    #[serde(default)]
    pub overridden_metadata: Option<OverriddenMetadata>,
    pub status: WriteStatus,
    pub version: String,
}

/// Params of `config/batchWrite`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConfigBatchWriteParams {
    pub edits: Vec<ConfigEdit>,
    #[serde(default)]
    pub expected_version: Option<String>,
    #[serde(default)]
    pub file_path: Option<String>,
    #[serde(default)]
    pub reload_user_config: bool,
}

/// Result of `configRequirements/read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ConfigRequirementsReadResponse {
    #[serde(default)]
    pub requirements: Option<ConfigRequirements>,
}

/// Notification `deprecationNotice`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct DeprecationNoticeNotification {
    #[serde(default)]
    pub details: Option<String>,
    pub summary: String,
}

/// Notification `configWarning`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ConfigWarningNotification {
    #[serde(default)]
    pub details: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<TextRange>,
    pub summary: String,
}

/// Notification `windows/worldWritableWarning`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct WindowsWorldWritableWarningNotification {
    pub extra_count: u64,
    pub failed_scan: bool,
    pub sample_paths: Vec<String>,
}

/// Notification `windowsSandbox/setupCompleted`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct WindowsSandboxSetupCompletedNotification {
    #[serde(default)]
    pub error: Option<String>,
    pub mode: WindowsSandboxSetupMode,
    pub success: bool,
}

/// How the sandbox of Windows is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum WindowsSandboxSetupMode {
    Elevated,
    Unelevated,
}

/// The effective configuration, in the spelling of `config.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Config {
    #[serde(default)]
    pub analytics: Option<AnalyticsConfig>,
    #[serde(default)]
    pub approval_policy: Option<AskForApproval>,
    #[serde(default)]
    pub approvals_reviewer: Option<ApprovalsReviewer>,
    #[serde(default)]
    pub apps: Option<AppsConfig>,
    #[serde(default)]
    pub compact_prompt: Option<String>,
    #[serde(default)]
    pub developer_instructions: Option<String>,
    #[serde(default)]
    pub forced_chatgpt_workspace_id: Option<String>,
    #[serde(default)]
    pub forced_login_method: Option<ForcedLoginMethod>,
    #[serde(default)]
    pub instructions: Option<String>,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub model_auto_compact_token_limit: Option<i64>,
    #[serde(default)]
    pub model_context_window: Option<i64>,
    #[serde(default)]
    pub model_provider: Option<String>,
    #[serde(default)]
    pub model_reasoning_effort: Option<ReasoningEffort>,
    #[serde(default)]
    pub model_reasoning_summary: Option<ReasoningSummary>,
    #[serde(default)]
    pub model_verbosity: Option<Verbosity>,
    #[serde(default)]
    pub profile: Option<String>,
    #[serde(default)]
    pub profiles: BTreeMap<String, ProfileV2>,
    #[serde(default)]
    pub review_model: Option<String>,
    #[serde(default)]
    pub sandbox_mode: Option<SandboxMode>,
    #[serde(default)]
    pub sandbox_workspace_write: Option<SandboxWorkspaceWrite>,
    #[serde(default)]
    pub service_tier: Option<ServiceTier>,
    #[serde(default)]
    pub tools: Option<ToolsV2>,
    #[serde(default)]
    pub web_search: Option<WebSearchMode>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One layer of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConfigLayer {
    pub config: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
    pub name: ConfigLayerSource,
    pub version: String,
}

/// Which layer a value came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ConfigLayerMetadata {
    pub name: ConfigLayerSource,
    pub version: String,
}

/// Whether a written table replaces or joins the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum MergeStrategy {
    Replace,
    Upsert,
}

/// Why a written value has no effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct OverriddenMetadata {
    pub effective_value: Value,
    pub message: String,
    pub overriding_layer: ConfigLayerMetadata,
}

/// Whether a written value is in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum WriteStatus {
    Ok,
    OkOverridden,
}

/// One change of a file of settings; null deletes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConfigEdit {
    pub key_path: String,
    pub merge_strategy: MergeStrategy,
    pub value: Value,
}

/// What an administrator demands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConfigRequirements {
    #[serde(default)]
    pub allowed_approval_policies: Option<Vec<AskForApproval>>,
    #[serde(default)]
    pub allowed_sandbox_modes: Option<Vec<SandboxMode>>,
    #[serde(default)]
    pub allowed_web_search_modes: Option<Vec<WebSearchMode>>,
    #[serde(default)]
    pub enforce_residency: Option<ResidencyRequirement>,
    #[serde(default)]
    pub feature_requirements: Option<BTreeMap<String, bool>>,
    #[serde(default)]
    pub network: Option<NetworkRequirements>,
}

/// A range in a text file, from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TextRange {
    pub end: TextPosition,
    pub start: TextPosition,
}

/// The table `analytics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct AnalyticsConfig {
    #[serde(default)]
    pub enabled: Option<bool>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The table `apps`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppsConfig {
    #[serde(rename = "_default", default)]
    pub default: Option<AppsDefaultConfig>,
}

/// The only way of signing in that is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ForcedLoginMethod {
    Chatgpt,
    Api,
}

/// How long answers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum Verbosity {
    Low,
    Medium,
    High,
}

/// A table of `profiles`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ProfileV2 {
    #[serde(default)]
    pub approval_policy: Option<AskForApproval>,
    #[serde(default)]
    pub approvals_reviewer: Option<ApprovalsReviewer>,
    #[serde(default)]
    pub chatgpt_base_url: Option<String>,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub model_provider: Option<String>,
    #[serde(default)]
    pub model_reasoning_effort: Option<ReasoningEffort>,
    #[serde(default)]
    pub model_reasoning_summary: Option<ReasoningSummary>,
    #[serde(default)]
    pub model_verbosity: Option<Verbosity>,
    #[serde(default)]
    pub service_tier: Option<ServiceTier>,
    #[serde(default)]
    pub tools: Option<ToolsV2>,
    #[serde(default)]
    pub web_search: Option<WebSearchMode>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The table `sandbox_workspace_write`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct SandboxWorkspaceWrite {
    #[serde(default)]
    pub exclude_slash_tmp: bool,
    #[serde(default)]
    pub exclude_tmpdir_env_var: bool,
    #[serde(default)]
    pub network_access: bool,
    #[serde(default)]
    pub writable_roots: Vec<String>,
}

/// The table `tools`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ToolsV2 {
    #[serde(default)]
    pub view_image: Option<bool>,
    #[serde(default)]
    pub web_search: Option<WebSearchToolConfig>,
}

/// Whether the model searches the web.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum WebSearchMode {
    Disabled,
    Cached,
    Live,
}

/// Where a layer comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ConfigLayerSource {
    Mdm { domain: String, key: String },
    System { file: AbsolutePathBuf },
    User { file: AbsolutePathBuf },
    Project { dot_codex_folder: AbsolutePathBuf },
    SessionFlags,
    LegacyManagedConfigTomlFromFile { file: AbsolutePathBuf },
    LegacyManagedConfigTomlFromMdm,
}

/// Where data has to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ResidencyRequirement {
    Us,
}

/// What an administrator demands of the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct NetworkRequirements {
    #[serde(default)]
    pub allow_local_binding: Option<bool>,
    #[serde(default)]
    pub allow_unix_sockets: Option<Vec<String>>,
    #[serde(default)]
    pub allow_upstream_proxy: Option<bool>,
    #[serde(default)]
    pub allowed_domains: Option<Vec<String>>,
    #[serde(default)]
    pub dangerously_allow_all_unix_sockets: Option<bool>,
    #[serde(default)]
    pub dangerously_allow_non_loopback_proxy: Option<bool>,
    #[serde(default)]
    pub denied_domains: Option<Vec<String>>,
    #[serde(default)]
    pub enabled: Option<bool>,
    #[serde(default)]
    pub http_port: Option<u16>,
    #[serde(default)]
    pub socks_port: Option<u16>,
}

/// A place in a text file, from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TextPosition {
    pub column: u64,
    pub line: u64,
}

/// The table `apps._default`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct AppsDefaultConfig {
    #[serde(default = "crate::yes")]
    pub destructive_enabled: bool,
    #[serde(default = "crate::yes")]
    pub enabled: bool,
    #[serde(default = "crate::yes")]
    pub open_world_enabled: bool,
}

/// The table `tools.web_search`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct WebSearchToolConfig {
    #[serde(default)]
    pub allowed_domains: Option<Vec<String>>,
    #[serde(default)]
    pub context_size: Option<WebSearchContextSize>,
    #[serde(default)]
    pub location: Option<WebSearchLocation>,
}

/// How much context a search brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum WebSearchContextSize {
    Low,
    Medium,
    High,
}

/// Where the user is, roughly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct WebSearchLocation {
    #[serde(default)]
    pub city: Option<String>,
    #[serde(default)]
    pub country: Option<String>,
    #[serde(default)]
    pub region: Option<String>,
    #[serde(default)]
    pub timezone: Option<String>,
}
