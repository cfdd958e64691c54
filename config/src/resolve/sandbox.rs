//! What commands may do and when a person is asked.

use std::path::PathBuf;

use codex_protocol::Boundary;
use codex_protocol::policy::{ApprovalPolicy, SandboxMode, SandboxPolicy};

use crate::config::{Config, LoadOptions};
use crate::paths;
use crate::provenance::{LayerSource, Provenance};
use crate::requirements::Requirements;
use crate::schema::{ConfigToml, NetworkAccessToml};

pub(super) fn resolve(
    config: &mut Config,
    keys: &ConfigToml,
    options: &LoadOptions,
    requirements: &Requirements,
    provenance: &mut Provenance,
) {
    let (mode, flag) = wanted_mode(keys, options, config.trusted);
    let (policy, policy_flag) = wanted_policy(keys, options, config.trusted);
    for (key, flag) in [("sandbox_mode", flag), ("approval_policy", policy_flag)] {
        if let Some(flag) = flag {
            provenance.record(key, &LayerSource::Flag(flag));
        }
    }
    let (mode, mode_warning) = requirements.sandbox_mode(mode);
    let (policy, policy_warning) = requirements.approval_policy(policy);
    for (key, warning) in [("sandbox_mode", mode_warning), ("approval_policy", policy_warning)] {
        if let Some(warning) = warning {
            provenance.record(key, &LayerSource::Requirements(requirements.path().clone()));
            config.warnings.push(warning);
        }
    }
    config.approval_policy = policy;
    config.allowed_sandbox_modes = requirements.sandbox_modes().map(<[SandboxMode]>::to_vec);
    config.allowed_approval_policies = requirements.approval_policies().map(<[ApprovalPolicy]>::to_vec);
    config.boundary = boundary(keys, mode);
    config.sandbox_policy = match mode {
        SandboxMode::ReadOnly => SandboxPolicy::read_only(),
        SandboxMode::WorkspaceWrite => workspace_write(keys, options),
        SandboxMode::DangerFullAccess => SandboxPolicy::DangerFullAccess,
    };
}

/// The mode before requirements, and the flag that chose it, if one did.
fn wanted_mode(keys: &ConfigToml, options: &LoadOptions, trusted: Option<bool>) -> (SandboxMode, Option<&'static str>) {
    if options.bypass {
        return (SandboxMode::DangerFullAccess, Some("dangerously-bypass-approvals-and-sandbox"));
    }
    if options.full_auto {
        return (SandboxMode::WorkspaceWrite, Some("full-auto"));
    }
    if let Some(mode) = options.sandbox_mode {
        return (mode, Some("sandbox"));
    }
    (keys.sandbox_mode.unwrap_or_else(|| default_mode(trusted)), None)
}

fn wanted_policy(keys: &ConfigToml, options: &LoadOptions, trusted: Option<bool>) -> (ApprovalPolicy, Option<&'static str>) {
    if let Some(policy) = options.approval_policy {
        return (policy, Some("ask-for-approval"));
    }
    if options.bypass {
        return (ApprovalPolicy::Never, Some("dangerously-bypass-approvals-and-sandbox"));
    }
    if options.full_auto {
        return (ApprovalPolicy::OnRequest, Some("full-auto"));
    }
    (keys.approval_policy.unwrap_or_else(|| default_policy(trusted)), None)
}

/// What `sandbox_mode` is when nobody says anything. Having been asked about a directory, whatever the answer, is what makes
/// writing in it the default.
pub(crate) fn default_mode(trusted: Option<bool>) -> SandboxMode {
    if trusted.is_some() { SandboxMode::WorkspaceWrite } else { SandboxMode::ReadOnly }
}

/// What `approval_policy` is when nobody says anything.
pub(crate) fn default_policy(trusted: Option<bool>) -> ApprovalPolicy {
    if trusted == Some(false) { ApprovalPolicy::Untrusted } else { ApprovalPolicy::OnRequest }
}

/// Roots as they are shown: configured ones, then `--add-dir`, then `$CODEX_HOME/memories`.
fn workspace_write(keys: &ConfigToml, options: &LoadOptions) -> SandboxPolicy {
    let table = keys.sandbox_workspace_write.clone().unwrap_or_default();
    let wanted = table.writable_roots.iter().chain(&options.add_dirs).map(|path| paths::settled(path));
    let mut roots: Vec<PathBuf> = Vec::new();
    for root in wanted.chain([paths::settled(&options.codex_home).join("memories")]) {
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    SandboxPolicy::WorkspaceWrite {
        writable_roots: roots,
        network_access: table.network_access == NetworkAccessToml::Whole(true),
        exclude_tmpdir_env_var: table.exclude_tmpdir_env_var,
        exclude_slash_tmp: table.exclude_slash_tmp,
    }
}

/// What is settled beside the policy. Hosts by name belong to `workspace-write`, whose table they stand in.
fn boundary(keys: &ConfigToml, mode: SandboxMode) -> Boundary {
    let network = match keys.sandbox_workspace_write.as_ref().map(|table| &table.network_access) {
        Some(NetworkAccessToml::Hosts(rules)) if mode == SandboxMode::WorkspaceWrite => Some(rules.clone()),
        _ => None,
    };
    Boundary {
        fallback: keys.sandbox_fallback.unwrap_or_default(),
        network,
        deny_read: keys.sandbox_deny_read.clone(),
        git_broker: keys.sandbox_git_broker.unwrap_or(true),
    }
}
