//! How the model works with the user: whether it carries things out, or plans first and changes nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::op::ReasoningEffort;

/// The kinds of working together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModeKind {
    /// The model carries out what it is asked.
    #[default]
    Default,
    /// The model looks around, asks, and proposes a plan.
    Plan,
}

impl ModeKind {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Plan => "plan",
        }
    }
}

/// A mode, with the settings that go with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CollaborationMode {
    /// Which.
    pub mode: ModeKind,
    /// What goes with it.
    pub settings: ModeSettings,
}

/// What goes with a mode.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModeSettings {
    /// Model slug; empty leaves the thread's.
    pub model: String,
    /// Reasoning effort; `None` is the configured one.
    #[serde(default)]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// What the model reads of the mode; `None` is this program's own text.
    #[serde(default)]
    pub developer_instructions: Option<String>,
}
