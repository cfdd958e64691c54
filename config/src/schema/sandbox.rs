//! `[sandbox_workspace_write]`.

use std::path::PathBuf;

use serde::Deserialize;

/// Details of the mode `workspace-write`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SandboxWorkspaceWriteToml {
    /// Further folders commands may write to.
    #[serde(default)]
    pub writable_roots: Vec<PathBuf>,
    /// Whether commands may use the network.
    #[serde(default)]
    pub network_access: bool,
    /// Leaves `$TMPDIR` out.
    #[serde(default)]
    pub exclude_tmpdir_env_var: bool,
    /// Leaves `/tmp` out.
    #[serde(default)]
    pub exclude_slash_tmp: bool,
}
