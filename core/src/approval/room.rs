//! What a yes is worth under `untrusted` where the sandbox lets nothing be written: the command it was given to may write the workspace.
//!
//! Whoever is asked about every command that changes something, and says yes, means that change. The published program takes all of the
//! sandbox away for it; here the network, other folders and what is protected stay closed, and a denial there is a question of its own.

use codex_protocol::event::{FileSystemPermissions, PermissionProfile, SandboxEffect};
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};

use super::additional::{may_write, resolved};
use super::permissions::is_protected;
use crate::host::TurnHost;

/// What a command may do beyond the turn's sandbox once somebody said yes to it.
pub(super) fn of_yes(host: &TurnHost, effect: SandboxEffect) -> PermissionProfile {
    let is_closed = matches!(host.sandbox(), SandboxPolicy::ReadOnly { .. });
    let workspace = resolved(host.cwd());
    let home = resolved(&host.session().services.config.codex_home);
    let is_meant = effect == SandboxEffect::Inside && host.approval() == ApprovalPolicy::Untrusted && is_closed;
    if !is_meant || !may_write(host) || is_protected(&workspace, &home) {
        return PermissionProfile::default();
    }
    PermissionProfile { network: None, file_system: Some(FileSystemPermissions { read: None, write: Some(vec![workspace]) }) }
}
