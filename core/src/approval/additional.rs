//! What one command asks for beyond the sandbox (`with_additional_permissions`): what of it was not granted yet, with links resolved, and
//! what cannot be asked for at all.
//!
//! Looks at the disk and at what was granted; decides nothing about asking (`decide`), and opens nothing: a permit names what was
//! granted, and the sandbox keeps what it protects.

use std::io;
use std::path::{Path, PathBuf};

use codex_protocol::event::{FileSystemPermissions, NetworkPermissions, PermissionProfile};
use codex_protocol::policy::{SandboxMode, SandboxPolicy};

use super::permissions::is_protected;
use crate::host::TurnHost;

/// Whether a command asks for more than the turn has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Additional {
    /// It asks for nothing by name.
    #[default]
    Unnamed,
    /// It was granted to the turn or the session, or there is no sandbox around it.
    Held,
    /// It asks for what was not granted yet.
    Lacking,
}

/// What a command asks for with links resolved; `None` when it was granted already. An error says why it cannot be asked for.
pub(crate) fn lacking(host: &TurnHost, wanted: &PermissionProfile) -> Result<Option<PermissionProfile>, String> {
    if !host.sandbox().needs_sandbox() {
        return Ok(None);
    }
    let opens_network = wanted.opens_network() && !host.sandbox().network_enabled();
    if opens_network {
        may_open_network(host)?;
    }
    for path in wanted.reads() {
        may_read(host, path)?;
    }
    let writes = wanted.writes().iter().map(|path| place_to_write(host, path)).collect::<Result<Vec<_>, _>>()?;
    if !writes.is_empty() && !may_write(host) {
        return Err("nothing can be opened for writing: what the administrator of this machine requires allows no more".to_owned());
    }
    if was_granted(host, opens_network, &writes) {
        return Ok(None);
    }
    let list = |paths: Vec<PathBuf>| (!paths.is_empty()).then_some(paths);
    let file_system = FileSystemPermissions { read: list(wanted.reads().to_vec()), write: list(writes) };
    Ok(Some(PermissionProfile {
        network: wanted.opens_network().then_some(NetworkPermissions { enabled: Some(true) }),
        file_system: (file_system != FileSystemPermissions::default()).then_some(file_system),
    }))
}

/// Whether a grant to the turn or the session covers what the policy does not give. What the policy gives is asked about all the same
/// where that is all: whoever named it wants to be sure.
fn was_granted(host: &TurnHost, opens_network: bool, writes: &[PathBuf]) -> bool {
    let granted = host.granted();
    let among = |roots: &[PathBuf], path: &PathBuf| roots.iter().any(|root| path.starts_with(resolved(root)));
    let roots = host.writable_roots();
    let all_held = writes.iter().all(|path| among(&roots, path)) && (granted.network || !opens_network);
    all_held && (opens_network || writes.iter().any(|path| among(&granted.write, path)))
}

/// What of a wish for the commands that follow may be asked for, with links resolved.
pub(crate) fn askable(host: &TurnHost, wanted: PermissionProfile) -> PermissionProfile {
    let network = wanted.network.filter(|_| may_open_network(host).is_ok());
    let file_system = wanted.file_system.map(|files| FileSystemPermissions {
        read: files.read,
        write: files.write.filter(|_| may_write(host)).map(|paths| paths.iter().map(|path| resolved(path)).collect()),
    });
    PermissionProfile { network, file_system }
}

/// The path with links resolved as far as it is there.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let Some((part, real)) = path.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?))) else { return path.to_owned() };
    match path.strip_prefix(part) {
        Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
        _ => real,
    }
}

/// Hosts by name are asked about one by one; opening everything would pass over those that the settings deny.
fn may_open_network(host: &TurnHost) -> Result<(), String> {
    match host.session().services.config.boundary.network {
        None => Ok(()),
        Some(_) => Err("`network` cannot be opened as a whole: the settings name the hosts that commands reach".to_owned()),
    }
}

/// Whether a turn that writes nowhere may be let write somewhere.
pub(super) fn may_write(host: &TurnHost) -> bool {
    let allowed = host.session().services.config.allowed_sandbox_modes.as_ref();
    let is_more = matches!(host.sandbox(), SandboxPolicy::ReadOnly { .. });
    !is_more || allowed.is_none_or(|modes| modes.contains(&SandboxMode::WorkspaceWrite))
}

/// Everything can be read but what is kept from commands, and that no permission opens.
fn may_read(host: &TurnHost, path: &Path) -> Result<(), String> {
    let real = resolved(path);
    let denied = host.session().services.denied_reads.iter().any(|denied| real.starts_with(resolved(denied)));
    if denied { Err(format!("`{}` cannot be opened: it is kept from commands", path.display())) } else { Ok(()) }
}

fn place_to_write(host: &TurnHost, path: &Path) -> Result<PathBuf, String> {
    let shown = path.display();
    let real = path.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("`{shown}` is not there: name the folder in which it is to be made"),
        _ => format!("`{shown}` cannot be opened: {error}"),
    })?;
    if is_protected(&real, &resolved(&host.session().services.config.codex_home)) {
        return Err(format!("`{shown}` cannot be opened: it is protected from every command"));
    }
    Ok(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_resolved_as_far_as_the_path_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        std::fs::create_dir(real.join("there")).unwrap();
        std::os::unix::fs::symlink("there", real.join("link")).unwrap();
        assert_eq!(resolved(&real.join("link/new/file")), real.join("there/new/file"));
        assert_eq!(resolved(Path::new("/no-such-folder/x")), Path::new("/no-such-folder/x"));
    }
}
