//! What a command may do (`SandboxPolicy`) and when a person is asked (`ApprovalPolicy`).
//!
//! Pure data and pure functions: nothing here looks at the machine. Enforcing a policy is
//! `codex-sandbox`'s work, choosing one `codex-config`'s.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a person is asked before something runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalPolicy {
    /// Only commands known to be safe run unasked.
    Untrusted,
    /// Everything runs in the sandbox; a failure there is asked about.
    OnFailure,
    /// The model asks when it wants out of the sandbox.
    #[default]
    OnRequest,
    /// Asked by kind of question.
    Granular(GranularApproval),
    /// Never asked: what would need a question is refused.
    Never,
}

/// Which kinds of question may be asked; the others are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GranularApproval {
    /// Leaving the sandbox.
    pub sandbox_approval: bool,
    /// What rule files mark as `prompt`.
    pub rules: bool,
    /// Questions of MCP servers.
    pub mcp_elicitations: bool,
    /// Requests for permissions.
    #[serde(default)]
    pub request_permissions: bool,
    /// Skills that want approval.
    #[serde(default)]
    pub skill_approval: bool,
}

/// The names people choose a sandbox by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxMode {
    /// Read the disk, write nothing.
    ReadOnly,
    /// Write in the workspace and temporary folders.
    WorkspaceWrite,
    /// No sandbox.
    DangerFullAccess,
}

/// Network of an external sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkAccess {
    /// None.
    #[default]
    Restricted,
    /// Open.
    Enabled,
}

/// What a command may touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum SandboxPolicy {
    /// No sandbox at all.
    DangerFullAccess,
    /// The whole disk may be read, nothing written.
    ReadOnly {
        /// Whether the network is open.
        #[serde(default, skip_serializing_if = "is_false")]
        network_access: bool,
    },
    /// Somebody else's sandbox is around us; commands are started bare inside it.
    ExternalSandbox {
        /// What that sandbox allows.
        #[serde(default)]
        network_access: NetworkAccess,
    },
    /// Reading everywhere, writing in the workspace and a few roots.
    WorkspaceWrite {
        /// Further writable roots, absolute.
        #[serde(default)]
        writable_roots: Vec<PathBuf>,
        /// Whether the network is open.
        #[serde(default)]
        network_access: bool,
        /// Leave `$TMPDIR` out of the writable roots.
        #[serde(default)]
        exclude_tmpdir_env_var: bool,
        /// Leave `/tmp` out of the writable roots.
        #[serde(default)]
        exclude_slash_tmp: bool,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Names in every writable root that stay read-only.
pub const PROTECTED_NAMES: [&str; 3] = [".git", ".codex", ".agents"];

/// Time of change, in seconds of 1970, of the empty folder that stands for a missing [protected name](PROTECTED_NAMES) on the
/// disk while a command runs. Whoever looks for such a name passes over a folder of this time.
pub const PLACEHOLDER_MTIME: i64 = 1;

impl SandboxPolicy {
    /// `workspace-write` without extras.
    pub fn workspace_write() -> Self {
        Self::WorkspaceWrite { writable_roots: Vec::new(), network_access: false, exclude_tmpdir_env_var: false, exclude_slash_tmp: false }
    }

    /// `read-only` without network.
    pub fn read_only() -> Self {
        Self::ReadOnly { network_access: false }
    }

    /// The wire and command-line name of the policy's kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DangerFullAccess => "danger-full-access",
            Self::ReadOnly { .. } => "read-only",
            Self::ExternalSandbox { .. } => "external-sandbox",
            Self::WorkspaceWrite { .. } => "workspace-write",
        }
    }

    /// Whether commands may use the network.
    pub fn network_enabled(&self) -> bool {
        match self {
            Self::DangerFullAccess => true,
            Self::ReadOnly { network_access } | Self::WorkspaceWrite { network_access, .. } => *network_access,
            Self::ExternalSandbox { network_access } => *network_access == NetworkAccess::Enabled,
        }
    }

    /// Whether commands may write anywhere as far as this policy goes.
    pub fn full_disk_write(&self) -> bool {
        matches!(self, Self::DangerFullAccess | Self::ExternalSandbox { .. })
    }

    /// Whether our own sandbox has to be put around a command.
    pub fn needs_sandbox(&self) -> bool {
        matches!(self, Self::ReadOnly { .. } | Self::WorkspaceWrite { .. })
    }

    /// The folders a command may write to: the working directory, `/tmp`, `$TMPDIR` and the
    /// configured roots, sorted and without repeats. Empty for the other policies.
    ///
    /// `tmpdir` is the value of `TMPDIR`; relative or empty values are left out.
    pub fn writable_roots(&self, cwd: &Path, tmpdir: Option<&Path>) -> Vec<PathBuf> {
        let Self::WorkspaceWrite { writable_roots, exclude_tmpdir_env_var, exclude_slash_tmp, .. } = self else {
            return Vec::new();
        };
        let mut roots = writable_roots.clone();
        roots.push(cwd.to_path_buf());
        if !exclude_slash_tmp {
            roots.push(PathBuf::from("/tmp"));
        }
        if let Some(tmpdir) = tmpdir.filter(|path| path.is_absolute() && !exclude_tmpdir_env_var) {
            roots.push(tmpdir.to_path_buf());
        }
        roots.sort();
        roots.dedup();
        roots
    }
}
