//! What a user settles about the boundary around commands beside the policy itself: what happens on a machine that
//! cannot build it whole, what may never be read, which hosts an otherwise closed network still reaches.
//!
//! Apart from [`SandboxPolicy`](crate::SandboxPolicy) because that is a wire type of programs that know nothing of these.
//! Every default is the strict one, so a caller that passes `Boundary::default()` opens nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a user settles about the boundary beside the policy. Never taken from a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// What to do where namespaces cannot be had.
    pub fallback: SandboxFallback,
    /// Hosts that commands reach through our proxy although the policy closes the network. The policy's own
    /// `network_access` stays false then, so whoever ignores this field keeps the network closed.
    pub network: Option<NetworkRules>,
    /// What commands and in-process readers may not read, beside the credentials in `$CODEX_HOME`: absolute paths and
    /// globs, or `**/NAME` for that name anywhere in a writable root. Judged by the object that a path leads to, not by its spelling.
    pub deny_read: Vec<String>,
    /// Whether `git` commands that write to the repository go through the broker.
    pub git_broker: bool,
}

impl Default for Boundary {
    fn default() -> Self {
        Self { fallback: SandboxFallback::default(), network: None, deny_read: Vec::new(), git_broker: true }
    }
}

/// `sandbox_fallback`: what to do where namespaces cannot be had and Landlock has to do alone.
///
/// Landlock cannot take a folder out of a writable one, so `.git`, `.codex` and `.agents` need something else there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SandboxFallback {
    /// No command runs.
    Refuse,
    /// What exists in a root is writable, but for the protected names; nothing new is made at its top level.
    #[default]
    Strict,
    /// The whole root is writable; protected names are compared before and after each command, and restored.
    Relaxed,
}

/// `network_access = { allow = [...], deny = [...] }`: hosts by name, with `*.example.org` for the names below one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkRules {
    /// Hosts that are reached.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Hosts that are not, whatever `allow` says.
    #[serde(default)]
    pub deny: Vec<String>,
}
