//! The catalogue of models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::item::ReasoningEffortOption;
use crate::policy::ReasoningEffort;

/// Params of `model/list`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelListParams {
    #[serde(default)]
    pub cursor: Option<String>,
    #[serde(default)]
    pub include_hidden: Option<bool>,
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Result of `model/list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelListResponse {
    pub data: Vec<Model>,
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// Notification `model/rerouted`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelReroutedNotification {
    pub from_model: String,
    pub reason: ModelRerouteReason,
    pub thread_id: String,
    pub to_model: String,
    pub turn_id: String,
}

/// A model of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    #[serde(default)]
    pub availability_nux: Option<ModelAvailabilityNux>,
    pub default_reasoning_effort: ReasoningEffort,
    pub description: String,
    pub display_name: String,
    pub hidden: bool,
    pub id: String,
    #[serde(default)]
    pub input_modalities: Vec<InputModality>,
    pub is_default: bool,
    pub model: String,
    pub supported_reasoning_efforts: Vec<ReasoningEffortOption>,
    #[serde(default)]
    pub supports_personality: bool,
    #[serde(default)]
    pub upgrade: Option<String>,
    #[serde(default)]
    pub upgrade_info: Option<ModelUpgradeInfo>,
}

/// Why another model answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ModelRerouteReason {
    HighRiskCyberActivity,
}

/// A message about a model's availability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ModelAvailabilityNux {
    pub message: String,
}

/// What a model can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum InputModality {
    Text,
    Image,
}

/// The model that replaces another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelUpgradeInfo {
    #[serde(default)]
    pub migration_markdown: Option<String>,
    pub model: String,
    #[serde(default)]
    pub model_link: Option<String>,
    #[serde(default)]
    pub upgrade_copy: Option<String>,
}
