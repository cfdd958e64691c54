//! Feedback.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Params of `feedback/upload`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackUploadParams {
    pub classification: String,
    #[serde(default)]
    pub extra_log_files: Option<Vec<String>>,
    pub include_logs: bool,
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub thread_id: Option<String>,
}

/// Result of `feedback/upload`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackUploadResponse {
    pub thread_id: String,
}
