//! Methods of the first version of the protocol that clients still call.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::account::AuthMode;
use crate::thread::SessionSource;

/// Params of `getConversationSummary`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(untagged)]
pub enum GetConversationSummaryParams {
    #[serde(rename_all = "camelCase")]
    ByPath { rollout_path: PathBuf },
    #[serde(rename_all = "camelCase")]
    ById { conversation_id: String },
}

/// Result of `getConversationSummary`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct GetConversationSummaryResponse {
    pub summary: ConversationSummary,
}

/// A stored thread in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConversationSummary {
    pub conversation_id: String,
    pub path: PathBuf,
    pub preview: String,
    /// RFC 3339.
    pub timestamp: Option<String>,
    /// RFC 3339.
    pub updated_at: Option<String>,
    pub model_provider: String,
    pub cwd: PathBuf,
    pub cli_version: String,
    pub source: SessionSource,
    pub git_info: Option<ConversationGitInfo>,
}

/// Facts of the repository a thread began in, in the older spelling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ConversationGitInfo {
    pub sha: Option<String>,
    pub branch: Option<String>,
    pub origin_url: Option<String>,
}

/// Params of `gitDiffToRemote`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct GitDiffToRemoteParams {
    pub cwd: PathBuf,
}

/// Result of `gitDiffToRemote`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct GitDiffToRemoteResponse {
    pub sha: String,
    pub diff: String,
}

/// Params of `getAuthStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetAuthStatusParams {
    #[serde(default)]
    pub include_token: Option<bool>,
    #[serde(default)]
    pub refresh_token: Option<bool>,
}

/// Result of `getAuthStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct GetAuthStatusResponse {
    pub auth_method: Option<AuthMode>,
    pub auth_token: Option<String>,
    pub requires_openai_auth: Option<bool>,
}
