//! Turns and the collaboration modes they run in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::error::TurnError;
use crate::item::{ThreadItem, UserInput};
use crate::policy::{ApprovalsReviewer, AskForApproval, Personality, ReasoningEffort, ReasoningSummary, SandboxPolicy, ServiceTier};

/// Params of `turn/start`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnStartParams {
    #[serde(default)]
    pub approval_policy: Option<AskForApproval>,
    #[serde(default)]
    pub approvals_reviewer: Option<ApprovalsReviewer>,
    #[serde(default)]
    pub collaboration_mode: Option<CollaborationMode>,
    #[serde(default)]
    pub cwd: Option<String>,
    #[serde(default)]
    pub effort: Option<ReasoningEffort>,
    pub input: Vec<UserInput>,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    #[serde(default)]
    pub personality: Option<Personality>,
    #[serde(default)]
    pub sandbox_policy: Option<SandboxPolicy>,
    #[serde(default)]
    pub service_tier: Option<ServiceTier>,
    #[serde(default)]
    pub summary: Option<ReasoningSummary>,
    pub thread_id: String,
}

/// Result of `turn/start`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TurnStartResponse {
    pub turn: Turn,
}

/// Params of `turn/steer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnSteerParams {
    pub expected_turn_id: String,
    pub input: Vec<UserInput>,
    pub thread_id: String,
}

/// Result of `turn/steer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnSteerResponse {
    pub turn_id: String,
}

/// Params of `turn/interrupt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnInterruptParams {
    pub thread_id: String,
    pub turn_id: String,
}

/// Result of `turn/interrupt`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TurnInterruptResponse {}

/// Params of `collaborationMode/list`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct CollaborationModeListParams {}

/// Result of `collaborationMode/list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct CollaborationModeListResponse {
    pub data: Vec<CollaborationModeMask>,
}

/// Notification `turn/started`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnStartedNotification {
    pub thread_id: String,
    pub turn: Turn,
}

/// Notification `turn/completed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnCompletedNotification {
    pub thread_id: String,
    pub turn: Turn,
}

/// Notification `turn/diff/updated`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnDiffUpdatedNotification {
    pub diff: String,
    pub thread_id: String,
    pub turn_id: String,
}

/// Notification `turn/plan/updated`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnPlanUpdatedNotification {
    #[serde(default)]
    pub explanation: Option<String>,
    pub plan: Vec<TurnPlanStep>,
    pub thread_id: String,
    pub turn_id: String,
}

/// How the model works with the user, with the settings that go with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct CollaborationMode {
    pub mode: ModeKind,
    pub settings: Settings,
}

/// One turn of a thread; `items` is filled only in stored history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Turn {
    #[serde(default)]
    pub error: Option<TurnError>,
    pub id: String,
    pub items: Vec<ThreadItem>,
    pub status: TurnStatus,
}

/// A mode that can be chosen, with what it changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct CollaborationModeMask {
    #[serde(default)]
    pub mode: Option<ModeKind>,
    #[serde(default)]
    pub model: Option<String>,
    pub name: String,
    #[serde(default)]
    pub reasoning_effort: Option<ReasoningEffort>,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TurnPlanStep {
    pub status: TurnPlanStepStatus,
    pub step: String,
}

/// The kinds of collaboration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ModeKind {
    Plan,
    Default,
}

/// Settings of a collaboration mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Settings {
    #[serde(default)]
    pub developer_instructions: Option<String>,
    pub model: String,
    #[serde(default)]
    pub reasoning_effort: Option<ReasoningEffort>,
}

/// How far a turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum TurnStatus {
    Completed,
    Interrupted,
    Failed,
    InProgress,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum TurnPlanStepStatus {
    Pending,
    InProgress,
    Completed,
}
