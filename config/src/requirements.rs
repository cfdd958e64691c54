//! What an administrator allows: `requirements.toml` beside the system configuration.
//!
//! A choice that is not allowed does not stop the program; an allowed one takes its place and a warning says
//! so. Texts follow the reference, because administrators search for them.

use std::path::PathBuf;

use codex_protocol::policy::{ApprovalPolicy, SandboxMode};
use serde::Deserialize;

use crate::error::ConfigError;
use crate::files::{self, SystemFile};

#[derive(Debug, Default, Deserialize)]
struct RequirementsToml {
    allowed_sandbox_modes: Option<Vec<SandboxMode>>,
    allowed_approval_policies: Option<Vec<ApprovalPolicy>>,
}

/// The administrator's limits; the default allows everything.
#[derive(Debug, Default)]
pub(crate) struct Requirements {
    path: PathBuf,
    sandbox_modes: Option<Vec<SandboxMode>>,
    approval_policies: Option<Vec<ApprovalPolicy>>,
}

impl Requirements {
    /// Reads the file; a file that others could have written gives a warning and no limits.
    pub(crate) fn read(path: PathBuf, owner: u32, warnings: &mut Vec<String>) -> Result<Self, ConfigError> {
        match files::read_system(&path, owner) {
            Ok(SystemFile::Absent) => Ok(Self::default()),
            Ok(SystemFile::Text(text)) => Self::parse(path, &text),
            Ok(SystemFile::Ignored(why)) => {
                warnings.push(why);
                Ok(Self::default())
            }
            Err(source) => Err(ConfigError::Read { path, source }),
        }
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self, ConfigError> {
        let file: RequirementsToml = toml::from_str(text)
            .map_err(|error| ConfigError::RequirementsFile { path: path.clone(), detail: error.to_string().trim_end().to_owned() })?;
        if let Some(modes) = &file.allowed_sandbox_modes
            && !modes.contains(&SandboxMode::ReadOnly)
        {
            return Err(ConfigError::Requirement(format!(
                "invalid value for `allowed_sandbox_modes`: `[{}]` is not in the allowed set must include 'read-only' to allow any SandboxPolicy (set by {})",
                list(modes, |mode| mode_word(*mode)),
                path.display()
            )));
        }
        if file.allowed_approval_policies.as_ref().is_some_and(Vec::is_empty) {
            return Err(ConfigError::Requirement("field `allowed_approval_policies` cannot be empty".to_owned()));
        }
        Ok(Self { path, sandbox_modes: file.allowed_sandbox_modes, approval_policies: file.allowed_approval_policies })
    }

    /// The file the limits come from.
    pub(crate) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// `wanted` where it is allowed, else `read-only` and a warning.
    pub(crate) fn sandbox_mode(&self, wanted: SandboxMode) -> (SandboxMode, Option<String>) {
        match &self.sandbox_modes {
            Some(allowed) if !allowed.contains(&wanted) => {
                let allowed = list(allowed, |mode| mode_word(*mode));
                let fallback = "ReadOnly { access: FullAccess, network_access: false }";
                (SandboxMode::ReadOnly, Some(self.warning("sandbox_mode", fallback, mode_word(wanted), &allowed)))
            }
            _ => (wanted, None),
        }
    }

    /// `wanted` where it is allowed, else the first allowed policy and a warning.
    pub(crate) fn approval_policy(&self, wanted: ApprovalPolicy) -> (ApprovalPolicy, Option<String>) {
        match &self.approval_policies {
            Some(allowed) if !allowed.contains(&wanted) => {
                let fallback = allowed.first().copied().unwrap_or_default();
                let words = list(allowed, |policy| policy_word(*policy));
                (fallback, Some(self.warning("approval_policy", policy_word(fallback), policy_word(wanted), &words)))
            }
            _ => (wanted, None),
        }
    }

    fn warning(&self, key: &str, fallback: &str, wanted: &str, allowed: &str) -> String {
        format!(
            "Configured value for `{key}` is disallowed by requirements; falling back to required value {fallback}. \
             Details: invalid value for `{key}`: `{wanted}` is not in the allowed set [{allowed}] (set by {})",
            self.path.display()
        )
    }
}

fn list<T>(items: &[T], word: impl Fn(&T) -> &'static str) -> String {
    items.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn mode_word(mode: SandboxMode) -> &'static str {
    match mode {
        SandboxMode::ReadOnly => "ReadOnly",
        SandboxMode::WorkspaceWrite => "WorkspaceWrite",
        SandboxMode::DangerFullAccess => "DangerFullAccess",
    }
}

fn policy_word(policy: ApprovalPolicy) -> &'static str {
    match policy {
        ApprovalPolicy::Untrusted => "UnlessTrusted",
        ApprovalPolicy::OnFailure => "OnFailure",
        ApprovalPolicy::OnRequest => "OnRequest",
        ApprovalPolicy::Granular(_) => "Granular",
        ApprovalPolicy::Never => "Never",
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const PATH: &str = "/etc/codex/requirements.toml";

    fn parse(text: &str) -> Result<Requirements, String> {
        Requirements::parse(PATH.into(), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mode_that_is_not_allowed_becomes_read_only() {
        let requirements = parse("allowed_sandbox_modes = [\"read-only\"]").unwrap();
        let (mode, warning) = requirements.sandbox_mode(SandboxMode::WorkspaceWrite);
        assert_eq!(mode, SandboxMode::ReadOnly);
        assert_eq!(
            warning.unwrap(),
            "Configured value for `sandbox_mode` is disallowed by requirements; falling back to required value \
             ReadOnly { access: FullAccess, network_access: false }. Details: invalid value for `sandbox_mode`: `WorkspaceWrite` is not \
             in the allowed set [ReadOnly] (set by /etc/codex/requirements.toml)"
        );
        assert_eq!(requirements.sandbox_mode(SandboxMode::ReadOnly), (SandboxMode::ReadOnly, None));
    }

    #[test]
    fn a_policy_that_is_not_allowed_becomes_the_first_allowed_one() {
        let requirements = parse("allowed_approval_policies = [\"on-request\", \"untrusted\"]").unwrap();
        let (policy, warning) = requirements.approval_policy(ApprovalPolicy::Never);
        assert_eq!(policy, ApprovalPolicy::OnRequest);
        assert_eq!(
            warning.unwrap(),
            "Configured value for `approval_policy` is disallowed by requirements; falling back to required value OnRequest. Details: \
             invalid value for `approval_policy`: `Never` is not in the allowed set [OnRequest, UnlessTrusted] (set by \
             /etc/codex/requirements.toml)"
        );
    }

    #[test]
    fn a_file_that_makes_no_sense_is_fatal() {
        let cases = [
            (
                "allowed_approval_policies = [",
                "Error loading config.toml: Error parsing requirements file /etc/codex/requirements.toml: TOML parse error at line 1, column 30\n  \
                 |\n1 | allowed_approval_policies = [\n  |                              ^\nunclosed array, expected `]`",
            ),
            (
                "allowed_approval_policies = [\"zzz\"]",
                "Error loading config.toml: Error parsing requirements file /etc/codex/requirements.toml: TOML parse error at line 1, column 30\n  \
                 |\n1 | allowed_approval_policies = [\"zzz\"]\n  |                              ^^^^^\nunknown variant `zzz`, \
                 expected one of `untrusted`, `on-failure`, `on-request`, `granular`, `never`",
            ),
            (
                "allowed_sandbox_modes = [\"workspace-write\"]",
                "Error loading config.toml: invalid value for `allowed_sandbox_modes`: `[WorkspaceWrite]` is not in the allowed set must include \
                 'read-only' to allow any SandboxPolicy (set by /etc/codex/requirements.toml)",
            ),
            ("allowed_approval_policies = []", "Error loading config.toml: field `allowed_approval_policies` cannot be empty"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap_err(), expected, "{text}");
        }
    }
}
