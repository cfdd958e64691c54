//! Reads the arguments of a call, and says what is wrong with them in the words models are used to.
//!
//! Unknown keys are ignored unless a tool's own type refuses them: models invent harmless ones.

use std::path::{Component, Path, PathBuf};

use codex_protocol::event::{FileSystemPermissions, NetworkPermissions, PermissionProfile};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::handler::{ToolCall, ToolError, ToolInput};
use crate::host::{Escalation, ToolTurn};

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

/// The keys, the same in every command tool, by which a command asks for more than the sandbox gives.
#[derive(Debug)]
pub(crate) struct Wishes {
    pub(crate) sandbox_permissions: Option<SandboxPermissions>,
    pub(crate) justification: Option<String>,
    pub(crate) prefix_rule: Option<Vec<String>>,
    pub(crate) additional_permissions: Option<Additional>,
}

/// `additional_permissions`, as the model writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Additional {
    network: Option<NetworkPermissions>,
    file_system: Option<Files>,
    macos: Option<serde_json::Value>,
}

/// Permissions, as the model writes them.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Profile {
    #[serde(default)]
    network: Option<NetworkPermissions>,
    #[serde(default)]
    file_system: Option<Files>,
}

#[derive(Debug, Default, Deserialize)]
struct Files {
    #[serde(default)]
    read: Option<Vec<PathBuf>>,
    #[serde(default)]
    write: Option<Vec<PathBuf>>,
}

impl Profile {
    /// What is asked for, with paths from `base`; a network that is not to be opened is none.
    pub(crate) fn absolute(self, base: &Path) -> PermissionProfile {
        let list = |paths: Option<Vec<PathBuf>>| paths.map(|paths| paths.iter().map(|path| absolute(base, path)).collect());
        PermissionProfile {
            network: self.network.filter(|network| network.enabled == Some(true)),
            file_system: self.file_system.map(|files| FileSystemPermissions { read: list(files.read), write: list(files.write) }),
        }
    }
}

/// The path without `.` and `..`, whether it is there or not.
fn absolute(base: &Path, path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
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

impl Wishes {
    /// What they come to for a command in `cwd`.
    ///
    /// # Errors
    /// [`ToolError::Refused`] where additional permissions are not asked for as they should be.
    pub(crate) fn escalation(self, turn: &ToolTurn, cwd: &Path) -> Result<Escalation, ToolError> {
        let Self { sandbox_permissions, justification, prefix_rule, additional_permissions } = self;
        let asks = sandbox_permissions == Some(SandboxPermissions::WithAdditionalPermissions);
        let refused = |text: &str| Err(ToolError::Refused(text.to_owned()));
        if (asks || additional_permissions.is_some()) && !turn.additional_permissions {
            return refused(
                "additional permissions are disabled; enable `features.exec_permission_approvals` before using `with_additional_permissions`",
            );
        }
        let additional = match additional_permissions {
            None if asks => {
                return refused(
                    "missing `additional_permissions`; provide at least one of `network`, `file_system`, or `macos` when using `with_additional_permissions`",
                );
            }
            None => None,
            Some(_) if sandbox_permissions == Some(SandboxPermissions::RequireEscalated) => {
                return refused("`additional_permissions` requires `sandbox_permissions` set to `with_additional_permissions`");
            }
            Some(Additional { macos: Some(_), .. }) => return refused("`additional_permissions.macos` is only supported on macOS"),
            Some(Additional { network, file_system, .. }) => Some(Profile { network, file_system }.absolute(cwd)),
        };
        if additional.as_ref().is_some_and(PermissionProfile::is_empty) {
            return refused(
                "`additional_permissions` must include at least one requested permission in `network`, `file_system`, or `macos`",
            );
        }
        // Whoever names permissions asks for them.
        let permissions = if additional.is_some() { Some(SandboxPermissions::WithAdditionalPermissions) } else { sandbox_permissions };
        let permissions = permissions.map(|permissions| permissions.wire_name().to_owned());
        Ok(Escalation { permissions, justification, prefix_rule, additional })
    }
}
