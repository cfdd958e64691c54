//! Events about the thread and its turns as a whole.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::approval::Denials;
use crate::ids::{ThreadId, TurnId};
use crate::op::ReasoningEffort;
use crate::policy::{ApprovalPolicy, SandboxPolicy};
use crate::usage::{RateLimits, TokenUsageInfo};

/// The thread is ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionConfigured {
    /// The thread.
    pub session_id: ThreadId,
    /// Model slug.
    pub model: String,
    /// Provider id.
    pub model_provider_id: String,
    /// Approval policy.
    pub approval_policy: ApprovalPolicy,
    /// Sandbox policy.
    pub sandbox_policy: SandboxPolicy,
    /// Working directory.
    pub cwd: PathBuf,
    /// Reasoning effort as configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Session file; absent for ephemeral threads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout_path: Option<PathBuf>,
}

/// A turn began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskStarted {
    /// The turn.
    pub turn_id: TurnId,
    /// Usable tokens of the model's window.
    #[serde(default)]
    pub model_context_window: Option<i64>,
    /// `default` or `plan`.
    #[serde(default = "default_mode")]
    pub collaboration_mode_kind: String,
}

fn default_mode() -> String {
    "default".to_owned()
}

/// Why a turn failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnFailure {
    /// For people.
    pub message: String,
    /// Stable machine code, snake case.
    pub code: String,
}

/// A turn ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskComplete {
    /// The turn.
    pub turn_id: TurnId,
    /// Text of the last message of the model.
    #[serde(default)]
    pub last_agent_message: Option<String>,
    /// Why it failed; absent when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<TurnFailure>,
    /// What was denied in it.
    #[serde(default, skip_serializing_if = "Denials::is_empty")]
    pub denials: Denials,
}

/// Why a turn was aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbortReason {
    /// The user interrupted it.
    Interrupted,
    /// Another turn took its place.
    Replaced,
    /// A review ended.
    ReviewEnded,
}

/// A turn was aborted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnAborted {
    /// The turn.
    #[serde(default)]
    pub turn_id: Option<TurnId>,
    /// Why.
    pub reason: AbortReason,
}

/// Token counts changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TokenCount {
    /// Counts; `None` until a server said any.
    pub info: Option<TokenUsageInfo>,
    /// Rate limits; `None` where unknown.
    pub rate_limits: Option<RateLimits>,
}

/// History was replaced by a summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContextCompacted {}

/// The last turns were taken back: history is as it was before them. Files stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ThreadRolledBack {
    /// How many turns of the user.
    pub num_turns: u32,
}

/// The server answered with another model than asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelReroute {
    /// Asked for.
    pub from_model: String,
    /// Got.
    pub to_model: String,
    /// Why, as far as known.
    pub reason: String,
}

/// Something a person should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// For people.
    pub message: String,
}

/// A key, flag or variable that will go away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeprecationNotice {
    /// One sentence.
    pub summary: String,
    /// How to move.
    #[serde(default)]
    pub details: Option<String>,
}

/// A request is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamError {
    /// Such as `Reconnecting... 1/5`.
    pub message: String,
    /// The cause, and how long the wait is.
    #[serde(default)]
    pub additional_details: Option<String>,
    /// Stable machine code of the cause.
    #[serde(default)]
    pub codex_error_info: Option<String>,
}

/// The turn cannot go on; `TaskComplete` follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorEvent {
    /// For people.
    pub message: String,
    /// Stable machine code.
    #[serde(default)]
    pub codex_error_info: Option<serde_json::Value>,
}
