//! Permissions that the model asked for and the user granted: what of a grant counts, and what it makes of a sandbox policy.
//!
//! Pure but for the store. A grant opens folders and the network to commands; what the sandbox protects inside of any root stays
//! protected, because it is the sandbox that protects it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use codex_protocol::TurnId;
use codex_protocol::event::{FileSystemPermissions, PermissionProfile, PermissionScope, PermissionsResponse};
use codex_protocol::policy::{ApprovalPolicy, GranularApproval, SandboxPolicy};
use codex_protocol::spelling::protected_name;

/// Whether a person may be asked for permissions.
pub(crate) fn may_be_asked(approval: ApprovalPolicy) -> bool {
    match approval {
        ApprovalPolicy::Untrusted | ApprovalPolicy::OnFailure | ApprovalPolicy::OnRequest => true,
        ApprovalPolicy::Granular(GranularApproval { request_permissions, .. }) => request_permissions,
        ApprovalPolicy::Never => false,
    }
}

/// What of an answer counts: what was asked for, or lies below it, and is not a place that the sandbox protects.
pub(crate) fn counting(wanted: &PermissionProfile, answer: PermissionsResponse, codex_home: &Path) -> PermissionsResponse {
    let network = answer.permissions.network.filter(|network| network.enabled == Some(true) && wanted.opens_network());
    let kept = |granted: &[PathBuf], wanted: &[PathBuf]| {
        let below = |path: &&PathBuf| wanted.iter().any(|wanted| path.starts_with(wanted));
        let kept: Vec<PathBuf> = granted.iter().filter(below).filter(|path| !is_protected(path, codex_home)).cloned().collect();
        (!kept.is_empty()).then_some(kept)
    };
    let read = kept(answer.permissions.reads(), wanted.reads());
    let write = kept(answer.permissions.writes(), wanted.writes());
    let file_system = (read.is_some() || write.is_some()).then_some(FileSystemPermissions { read, write });
    PermissionsResponse { permissions: PermissionProfile { network, file_system }, scope: answer.scope }
}

/// No grant opens the whole disk, a protected folder, one of the kernel's, or this program's own home.
pub(crate) fn is_protected(path: &Path, codex_home: &Path) -> bool {
    const OF_THE_KERNEL: [&str; 3] = ["/dev", "/proc", "/sys"];
    let named = path.components().any(|component| protected_name(component.as_os_str()).is_some());
    let of_kernel = OF_THE_KERNEL.iter().any(|folder| path.starts_with(folder));
    path.parent().is_none() || named || of_kernel || path.starts_with(codex_home)
}

/// A policy and the folder it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confinement {
    pub(crate) policy: SandboxPolicy,
    /// The folder that `workspace-write` lets commands write.
    pub(crate) workspace: PathBuf,
}

/// The confinement with what was granted on top. `places` are the folders of the turn: what is protected in them stays protected also
/// where they lie in a folder that was granted.
pub(crate) fn widened(confinement: Confinement, granted: &Granted, places: &[PathBuf]) -> Confinement {
    let Confinement { policy, workspace } = confinement;
    let inner = places.iter().filter(|place| granted.write.iter().any(|folder| place.starts_with(folder)));
    let granted = Granted { network: granted.network, write: granted.write.iter().chain(inner).cloned().collect() };
    match policy {
        SandboxPolicy::ReadOnly { network_access } => {
            let network_access = network_access || granted.network;
            match granted.write.split_first() {
                None => Confinement { policy: SandboxPolicy::ReadOnly { network_access }, workspace },
                // The first granted folder stands where the workspace would, which stays read-only.
                Some((first, rest)) => {
                    let policy = SandboxPolicy::WorkspaceWrite {
                        writable_roots: rest.to_vec(),
                        network_access,
                        exclude_tmpdir_env_var: true,
                        exclude_slash_tmp: true,
                    };
                    Confinement { policy, workspace: first.clone() }
                }
            }
        }
        SandboxPolicy::WorkspaceWrite { mut writable_roots, network_access, exclude_tmpdir_env_var, exclude_slash_tmp } => {
            writable_roots.extend(granted.write.iter().cloned());
            let network_access = network_access || granted.network;
            let policy = SandboxPolicy::WorkspaceWrite { writable_roots, network_access, exclude_tmpdir_env_var, exclude_slash_tmp };
            Confinement { policy, workspace }
        }
        policy @ (SandboxPolicy::DangerFullAccess | SandboxPolicy::ExternalSandbox { .. }) => Confinement { policy, workspace },
    }
}

/// Everything that is granted now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Granted {
    pub(crate) network: bool,
    pub(crate) write: Vec<PathBuf>,
}

impl Granted {
    /// What a profile grants.
    pub(crate) fn of(profile: &PermissionProfile) -> Self {
        Self { network: profile.opens_network(), write: profile.writes().to_vec() }
    }

    /// Both.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.network |= other.network;
        self.write.extend(other.write.iter().cloned());
        self.write.sort();
        self.write.dedup();
        self
    }
}

/// The grants of one thread. Kept in memory alone.
#[derive(Debug, Default)]
pub(crate) struct PermissionGrants(Mutex<Vec<(Option<TurnId>, PermissionProfile)>>);

impl PermissionGrants {
    fn lock(&self) -> MutexGuard<'_, Vec<(Option<TurnId>, PermissionProfile)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a grant, for its turn or for the session.
    pub(crate) fn add(&self, turn: &TurnId, response: &PermissionsResponse) {
        if response.permissions.is_empty() {
            return;
        }
        let until = match response.scope {
            PermissionScope::Turn => Some(turn.clone()),
            PermissionScope::Session => None,
        };
        let mut grants = self.lock();
        // Those of turns that are over are of no use.
        grants.retain(|(until, _)| until.as_ref().is_none_or(|until| until == turn));
        grants.push((until, response.permissions.clone()));
    }

    /// What holds in a turn.
    pub(crate) fn of_turn(&self, turn: &TurnId) -> Granted {
        let grants = self.lock();
        let holding = grants.iter().filter(|(until, _)| until.as_ref().is_none_or(|until| until == turn));
        holding.fold(Granted::default(), |granted, (_, profile)| granted.and(&Granted::of(profile)))
    }
}

/// The empty grant.
pub(crate) fn nothing() -> PermissionsResponse {
    PermissionsResponse::default()
}

/// A profile of these, for tests and for those who build one.
#[cfg(test)]
pub(crate) fn profile(network: bool, write: &[&str]) -> PermissionProfile {
    PermissionProfile {
        network: network.then_some(codex_protocol::event::NetworkPermissions { enabled: Some(true) }),
        file_system: Some(FileSystemPermissions { read: None, write: Some(write.iter().map(PathBuf::from).collect()) }),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn write(paths: &[&str]) -> Granted {
        Granted { network: false, write: paths.iter().map(PathBuf::from).collect() }
    }

    #[test]
    fn only_what_was_asked_for_and_is_not_protected_counts() {
        let wanted = profile(false, &["/out", "/w/.git", "/home/.codex/memories"]);
        let answer = PermissionsResponse {
            permissions: profile(true, &["/out/sub", "/else", "/", "/w/.git", "/home/.codex/memories"]),
            scope: PermissionScope::Session,
        };
        let counted = counting(&wanted, answer, Path::new("/home/.codex"));
        assert_eq!(counted.permissions.network, None);
        assert!(is_protected(Path::new("/"), Path::new("/home/.codex")));
        assert_eq!(counted.permissions.writes(), [PathBuf::from("/out/sub")]);
        assert_eq!(counted.scope, PermissionScope::Session);
    }

    #[test]
    fn a_read_only_turn_may_write_what_was_granted_and_nothing_else() {
        let confinement = Confinement { policy: SandboxPolicy::read_only(), workspace: "/w".into() };
        assert_eq!(widened(confinement.clone(), &Granted::default(), &[]), confinement);
        let open = widened(confinement.clone(), &write(&["/a", "/b"]), &["/w".into()]);
        assert_eq!(open.policy.writable_roots(&open.workspace, Some(Path::new("/t"))), [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert!(!open.policy.network_enabled());
        // S2: the repository that lies in a granted folder is a root of its own, so that its `.git` stays closed.
        let around = widened(confinement, &write(&["/"]), &["/w".into()]);
        assert_eq!(around.policy.writable_roots(&around.workspace, None), [PathBuf::from("/"), PathBuf::from("/w")]);
    }

    #[test]
    fn a_grant_of_a_turn_ends_with_it_and_one_of_the_session_does_not() {
        let grants = PermissionGrants::default();
        let response = |path: &str, scope| PermissionsResponse { permissions: profile(false, &[path]), scope };
        grants.add(&"1".into(), &response("/a", PermissionScope::Turn));
        grants.add(&"1".into(), &response("/b", PermissionScope::Session));
        assert_eq!(grants.of_turn(&"1".into()), write(&["/a", "/b"]));
        assert_eq!(grants.of_turn(&"2".into()), write(&["/b"]));
    }
}
