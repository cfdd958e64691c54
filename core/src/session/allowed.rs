//! What the administrator of this machine lets nobody choose, also not for a turn: sandbox modes and approval policies.
//!
//! The configuration was held to that when it was read; what comes later is held to it here.

use codex_config::Config;
use codex_protocol::op::TurnOverrides;
use codex_protocol::policy::{SandboxMode, SandboxPolicy};

use crate::approval::decide::policy_name;

/// The overrides without what is not allowed, and a line about each of those.
pub(super) fn allowed(config: &Config, overrides: &TurnOverrides) -> (TurnOverrides, Vec<String>) {
    let (mut kept, mut refused) = (overrides.clone(), Vec::new());
    if let Some(policy) = overrides.approval_policy
        && config.allowed_approval_policies.as_ref().is_some_and(|allowed| !allowed.contains(&policy))
    {
        kept.approval_policy = None;
        refused.push(line("approval policy", policy_name(policy)));
    }
    if let Some(mode) = overrides.sandbox_policy.as_ref().map(mode_of)
        && config.allowed_sandbox_modes.as_ref().is_some_and(|allowed| !allowed.contains(&mode))
    {
        kept.sandbox_policy = None;
        refused.push(line("sandbox mode", mode_name(mode)));
    }
    (kept, refused)
}

fn line(what: &str, name: &str) -> String {
    format!("the {what} `{name}` is not allowed on this machine (requirements.toml); nothing was changed")
}

/// Somebody else's sandbox is none of ours.
fn mode_of(policy: &SandboxPolicy) -> SandboxMode {
    match policy {
        SandboxPolicy::ReadOnly { .. } => SandboxMode::ReadOnly,
        SandboxPolicy::WorkspaceWrite { .. } => SandboxMode::WorkspaceWrite,
        SandboxPolicy::DangerFullAccess | SandboxPolicy::ExternalSandbox { .. } => SandboxMode::DangerFullAccess,
    }
}

fn mode_name(mode: SandboxMode) -> &'static str {
    match mode {
        SandboxMode::ReadOnly => "read-only",
        SandboxMode::WorkspaceWrite => "workspace-write",
        SandboxMode::DangerFullAccess => "danger-full-access",
    }
}
