//! Reads the arguments of a call, and says what is wrong with them in the words models are used to.
//!
//! Unknown keys are ignored unless a tool's own type refuses them: models invent harmless ones.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::handler::{ToolCall, ToolError, ToolInput};
use crate::host::Escalation;

/// The arguments of a function call.
pub(crate) fn parse<T: DeserializeOwned>(call: &ToolCall) -> Result<T, ToolError> {
    match &call.input {
        ToolInput::Json(text) => {
            serde_json::from_str(text).map_err(|error| ToolError::Refused(format!("failed to parse function arguments: {error}")))
        }
        ToolInput::Text(_) | ToolInput::LocalShell(_) => Err(wrong_input(&call.name)),
    }
}

/// What is said to a freeform call of a tool that takes JSON.
pub(crate) fn wrong_input(name: &str) -> ToolError {
    ToolError::Refused(format!("`{name}` takes JSON arguments: call it as a function, not as a freeform tool"))
}

/// The values of `sandbox_permissions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SandboxPermissions {
    UseDefault,
    RequireEscalated,
    WithAdditionalPermissions,
}

impl SandboxPermissions {
    fn wire_name(self) -> &'static str {
        match self {
            Self::UseDefault => "use_default",
            Self::RequireEscalated => "require_escalated",
            Self::WithAdditionalPermissions => "with_additional_permissions",
        }
    }
}

/// What three keys that every command tool has ask for.
pub(crate) fn escalation(
    permissions: Option<SandboxPermissions>,
    justification: Option<String>,
    prefix_rule: Option<Vec<String>>,
) -> Escalation {
    Escalation { permissions: permissions.map(|permissions| permissions.wire_name().to_owned()), justification, prefix_rule }
}
