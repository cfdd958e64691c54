//! The plan that the model keeps with `update_plan`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a step of the plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// Being worked on.
    InProgress,
    /// Done.
    Completed,
}

/// One step. Unknown keys are an error, so that a misspelt status is told to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanStep {
    /// What is to be done, in a few words.
    pub step: String,
    /// How far it is.
    pub status: StepStatus,
}

/// Arguments of `update_plan`, and payload of the event that follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanUpdate {
    /// Why the plan changed.
    #[serde(default)]
    pub explanation: Option<String>,
    /// The whole plan, in order.
    pub plan: Vec<PlanStep>,
}
