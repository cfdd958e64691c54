//! Apps.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Params of `app/list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppsListParams {
    #[serde(default)]
    pub cursor: Option<String>,
    #[serde(default)]
    pub force_refetch: bool,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub thread_id: Option<String>,
}

/// Result of `app/list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppsListResponse {
    pub data: Vec<AppInfo>,
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// Notification `app/list/updated`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct AppListUpdatedNotification {
    pub data: Vec<AppInfo>,
}

/// An app that can be connected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppInfo {
    #[serde(default)]
    pub app_metadata: Option<AppMetadata>,
    #[serde(default)]
    pub branding: Option<AppBranding>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub distribution_channel: Option<String>,
    pub id: String,
    #[serde(default)]
    pub install_url: Option<String>,
    #[serde(default)]
    pub is_accessible: bool,
    #[serde(default = "crate::yes")]
    pub is_enabled: bool,
    #[serde(default)]
    pub labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub logo_url: Option<String>,
    #[serde(default)]
    pub logo_url_dark: Option<String>,
    pub name: String,
    #[serde(default)]
    pub plugin_display_names: Vec<String>,
}

/// An app in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppSummary {
    #[serde(default)]
    pub description: Option<String>,
    pub id: String,
    #[serde(default)]
    pub install_url: Option<String>,
    pub name: String,
    pub needs_auth: bool,
}

/// What a store tells of an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppMetadata {
    #[serde(default)]
    pub categories: Option<Vec<String>>,
    #[serde(default)]
    pub developer: Option<String>,
    #[serde(default)]
    pub first_party_requires_install: Option<bool>,
    #[serde(default)]
    pub first_party_type: Option<String>,
    #[serde(default)]
    pub review: Option<AppReview>,
    #[serde(default)]
    pub screenshots: Option<Vec<AppScreenshot>>,
    #[serde(default)]
    pub seo_description: Option<String>,
    #[serde(default)]
    pub show_in_composer_when_unlinked: Option<bool>,
    #[serde(default)]
    pub sub_categories: Option<Vec<String>>,
    #[serde(default)]
    pub version: Option<String>,
    #[serde(default)]
    pub version_id: Option<String>,
    #[serde(default)]
    pub version_notes: Option<String>,
}

/// How an app is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppBranding {
    #[serde(default)]
    pub category: Option<String>,
    #[serde(default)]
    pub developer: Option<String>,
    pub is_discoverable_app: bool,
    #[serde(default)]
    pub privacy_policy: Option<String>,
    #[serde(default)]
    pub terms_of_service: Option<String>,
    #[serde(default)]
    pub website: Option<String>,
}

/// The state of an app's review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct AppReview {
    pub status: String,
}

/// A picture of an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppScreenshot {
    #[serde(default)]
    pub file_id: Option<String>,
    #[serde(default)]
    pub url: Option<String>,
    pub user_prompt: String,
}
