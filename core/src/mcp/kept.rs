//! Approvals that outlive a thread: which servers of projects may be started, and what a tool was when it was always allowed.
//!
//! `$CODEX_HOME/mcp_approvals.json`, mode 0600. An approval holds for the very entry it was given to (M1): a changed one is
//! not in the list. A file that cannot be read counts as empty: everything is asked about again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use codex_mcp_client::ServerSettings;
use serde::{Deserialize, Serialize};

const FILE: &str = "mcp_approvals.json";
/// Most bytes of the file.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Debug, Default, Deserialize, Serialize)]
struct Document {
    /// Project file and server name to the entries that may be started.
    #[serde(default)]
    servers: BTreeMap<String, BTreeSet<String>>,
    /// `SERVER/TOOL` to the fingerprint it had when it was always allowed.
    #[serde(default)]
    tools: BTreeMap<String, String>,
}

/// Guards changes by several threads of this process.
#[derive(Debug, Default)]
pub(crate) struct KeptApprovals(Mutex<()>);

impl KeptApprovals {
    /// Remembers what a tool is that is always allowed.
    pub(crate) fn allow_tool(&self, codex_home: &Path, server: &str, tool: &str, fingerprint: &str) -> io::Result<()> {
        let _guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(codex_home, |document| {
            document.tools.insert(format!("{server}/{tool}"), fingerprint.to_owned());
        })
    }

    /// Whether a tool that is always allowed is still what it was. One allowed by hand, in the settings alone, is.
    pub(crate) fn tool_is_unchanged(codex_home: &Path, server: &str, tool: &str, fingerprint: &str) -> bool {
        read(codex_home).tools.get(&format!("{server}/{tool}")).is_none_or(|kept| kept == fingerprint)
    }
}

fn key(settings: &ServerSettings) -> Option<String> {
    settings.project.as_ref().map(|file| format!("{}#{}", file.display(), settings.name))
}

/// Whether a server may be started: the user's own always, one of a project when this very entry was allowed.
pub fn is_allowed(codex_home: &Path, settings: &ServerSettings) -> bool {
    match key(settings) {
        None => true,
        Some(key) => read(codex_home).servers.get(&key).is_some_and(|allowed| allowed.contains(&settings.identity)),
    }
}

/// Allows a server of a project to be started as it is now.
///
/// # Errors
/// When that cannot be written down.
pub fn allow_server(codex_home: &Path, settings: &ServerSettings) -> io::Result<()> {
    let Some(key) = key(settings) else { return Ok(()) };
    change(codex_home, |document| {
        document.servers.entry(key).or_default().insert(settings.identity.clone());
    })
}

fn path(codex_home: &Path) -> PathBuf {
    codex_home.join(FILE)
}

fn read(codex_home: &Path) -> Document {
    let path = path(codex_home);
    let is_usable = fs::symlink_metadata(&path).is_ok_and(|facts| facts.is_file() && facts.len() <= MOST_BYTES);
    if !is_usable {
        return Document::default();
    }
    fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn change(codex_home: &Path, act: impl FnOnce(&mut Document)) -> io::Result<()> {
    let mut document = read(codex_home);
    act(&mut document);
    replace(codex_home, FILE, serde_json::to_string_pretty(&document)?.as_bytes())
}

/// Puts a file in the place of the one that is there, whole or not at all.
pub(super) fn replace(codex_home: &Path, file: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(codex_home)?;
    let temporary = codex_home.join(format!(".{file}.{}", std::process::id()));
    // What an earlier process of this number left behind.
    let _ = fs::remove_file(&temporary);
    let mut written = fs::File::create_new(&temporary)?;
    let done = written
        .set_permissions(fs::Permissions::from_mode(0o600))
        .and_then(|()| written.write_all(bytes))
        .and_then(|()| written.sync_all())
        .and_then(|()| fs::rename(&temporary, codex_home.join(file)));
    if done.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    done
}

#[cfg(test)]
mod tests {
    use codex_config::schema::McpServerToml;

    use super::*;

    fn settings(command: &str, project: Option<&str>) -> ServerSettings {
        let entry = McpServerToml { command: Some(command.into()), ..McpServerToml::default() };
        ServerSettings::new("s", &entry, &BTreeMap::new(), Path::new("/w"), project.map(PathBuf::from))
    }

    /// M1, A34
    #[test]
    fn a_server_of_a_project_is_allowed_as_it_is_and_not_as_it_becomes() {
        let home = tempfile::tempdir().unwrap();
        let (own, project) = (settings("x", None), settings("x", Some("/w/.codex/config.toml")));
        assert!(is_allowed(home.path(), &own));
        assert!(!is_allowed(home.path(), &project));
        allow_server(home.path(), &project).unwrap();
        assert!(is_allowed(home.path(), &project));
        assert!(!is_allowed(home.path(), &settings("y", Some("/w/.codex/config.toml"))));
        assert!(!is_allowed(home.path(), &settings("x", Some("/v/.codex/config.toml"))));
        let mode = fs::metadata(path(home.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    /// M1, M4
    #[test]
    fn a_tool_that_changed_is_no_longer_always_allowed() {
        let home = tempfile::tempdir().unwrap();
        let kept = KeptApprovals::default();
        let unchanged = |fingerprint| KeptApprovals::tool_is_unchanged(home.path(), "s", "t", fingerprint);
        assert!(unchanged("1"), "allowed by hand");
        kept.allow_tool(home.path(), "s", "t", "1").unwrap();
        assert!(unchanged("1") && !unchanged("2"));
        fs::write(path(home.path()), "{broken").unwrap();
        assert!(unchanged("2"));
    }
}
