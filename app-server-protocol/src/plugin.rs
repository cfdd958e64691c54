//! Plugins and marketplaces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::app::AppSummary;
use crate::path::AbsolutePathBuf;
use crate::skills::SkillSummary;

/// Params of `plugin/list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginListParams {
    #[serde(default)]
    pub cwds: Option<Vec<AbsolutePathBuf>>,
    #[serde(default)]
    pub force_remote_sync: bool,
}

/// Result of `plugin/list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginListResponse {
    #[serde(default)]
    pub featured_plugin_ids: Vec<String>,
    #[serde(default)]
    pub marketplace_load_errors: Vec<MarketplaceLoadErrorInfo>,
    pub marketplaces: Vec<PluginMarketplaceEntry>,
    #[serde(default)]
    pub remote_sync_error: Option<String>,
}

/// Params of `plugin/read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginReadParams {
    pub marketplace_path: AbsolutePathBuf,
    pub plugin_name: String,
}

/// Result of `plugin/read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct PluginReadResponse {
    pub plugin: PluginDetail,
}

/// Params of `plugin/install`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginInstallParams {
    #[serde(default)]
    pub force_remote_sync: bool,
    pub marketplace_path: AbsolutePathBuf,
    pub plugin_name: String,
}

/// Result of `plugin/install`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginInstallResponse {
    pub apps_needing_auth: Vec<AppSummary>,
    pub auth_policy: PluginAuthPolicy,
}

/// Params of `plugin/uninstall`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginUninstallParams {
    #[serde(default)]
    pub force_remote_sync: bool,
    pub plugin_id: String,
}

/// Result of `plugin/uninstall`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct PluginUninstallResponse {}

/// A marketplace file that cannot be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct MarketplaceLoadErrorInfo {
    pub marketplace_path: AbsolutePathBuf,
    pub message: String,
}

/// A marketplace and its plugins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct PluginMarketplaceEntry {
    #[serde(default)]
    pub interface: Option<MarketplaceInterface>,
    pub name: String,
    pub path: AbsolutePathBuf,
    pub plugins: Vec<PluginSummary>,
}

/// All about one plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginDetail {
    pub apps: Vec<AppSummary>,
    #[serde(default)]
    pub description: Option<String>,
    pub marketplace_name: String,
    pub marketplace_path: AbsolutePathBuf,
    pub mcp_servers: Vec<String>,
    pub skills: Vec<SkillSummary>,
    pub summary: PluginSummary,
}

/// When a plugin wants its sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub enum PluginAuthPolicy {
    #[serde(rename = "ON_INSTALL")]
    ONINSTALL,
    #[serde(rename = "ON_USE")]
    ONUSE,
}

/// How a marketplace is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct MarketplaceInterface {
    #[serde(default)]
    pub display_name: Option<String>,
}

/// A plugin in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginSummary {
    pub auth_policy: PluginAuthPolicy,
    pub enabled: bool,
    pub id: String,
    pub install_policy: PluginInstallPolicy,
    pub installed: bool,
    #[serde(default)]
    pub interface: Option<PluginInterface>,
    pub name: String,
    pub source: PluginSource,
}

/// Whether a plugin may be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub enum PluginInstallPolicy {
    #[serde(rename = "NOT_AVAILABLE")]
    NOTAVAILABLE,
    #[serde(rename = "AVAILABLE")]
    AVAILABLE,
    #[serde(rename = "INSTALLED_BY_DEFAULT")]
    INSTALLEDBYDEFAULT,
}

/// How a plugin is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginInterface {
    #[serde(default)]
    pub brand_color: Option<String>,
    pub capabilities: Vec<String>,
    #[serde(default)]
    pub category: Option<String>,
    #[serde(default)]
    pub composer_icon: Option<AbsolutePathBuf>,
    #[serde(default)]
    pub default_prompt: Option<Vec<String>>,
    #[serde(default)]
    pub developer_name: Option<String>,
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    pub logo: Option<AbsolutePathBuf>,
    #[serde(default)]
    pub long_description: Option<String>,
    #[serde(default)]
    pub privacy_policy_url: Option<String>,
    pub screenshots: Vec<AbsolutePathBuf>,
    #[serde(default)]
    pub short_description: Option<String>,
    #[serde(default)]
    pub terms_of_service_url: Option<String>,
    #[serde(default)]
    pub website_url: Option<String>,
}

/// Where a plugin comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum PluginSource {
    Local { path: AbsolutePathBuf },
}
