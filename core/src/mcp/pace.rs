//! Which servers were slow to come up the last time: no request waits for them the next time.
//!
//! `$CODEX_HOME/mcp_slow.json`, a list of hashes of server entries. It may be deleted at any time; a file that cannot be read
//! or written counts as empty.

use std::collections::BTreeSet;
use std::path::Path;

use codex_mcp_client::McpServers;
use codex_protocol::event::{McpStartupStatus, McpStartupUpdate};

use super::kept::replace;
use super::{HEAD_START, SessionMcp, lock};

const FILE: &str = "mcp_slow.json";
/// Most bytes of the file.
const MOST_BYTES: u64 = 256 * 1024;

/// The servers that were slow, by their identity.
pub(super) fn slow(codex_home: &Path) -> BTreeSet<String> {
    let path = codex_home.join(FILE);
    let is_usable = std::fs::symlink_metadata(&path).is_ok_and(|facts| facts.is_file() && facts.len() <= MOST_BYTES);
    let bytes = is_usable.then(|| std::fs::read(&path).ok()).flatten();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Notes how fast a server came up, the first time that a thread hears of it. Writes only what is news.
pub(super) fn heard(mcp: &SessionMcp, codex_home: &Path, update: &McpStartupUpdate) {
    if matches!(update.status, McpStartupStatus::Starting | McpStartupStatus::Cancelled)
        || !lock(&mcp.heard_of).insert(update.server.clone())
    {
        return;
    }
    if let Some(begun) = mcp.begun.get() {
        note(&begun.servers, codex_home, &update.server);
    }
}

/// Notes the servers that did not come up in the time they were given, and those that fell asleep over it. Of those that were slow
/// before there is nothing new to say.
pub(super) fn head_start_is_over(mcp: &SessionMcp, codex_home: &Path, asleep: &[String]) {
    let Some(begun) = mcp.begun.get() else { return };
    let is_over = begun.at.elapsed() > HEAD_START;
    for state in begun.servers.states().into_iter().filter(|state| !state.is_ready && state.error.is_none()) {
        let was_slow = begun.servers.settings(&state.name).is_none_or(|settings| begun.slow.contains(&settings.identity));
        let is_asleep = asleep.contains(&state.name);
        if !was_slow && (is_over || is_asleep) && (is_asleep || lock(&mcp.heard_of).insert(state.name.clone())) {
            keep(&begun.servers, codex_home, &state.name, true);
        }
    }
}

fn note(servers: &McpServers, codex_home: &Path, server: &str) {
    let Some(since) = servers.since(server) else { return };
    keep(servers, codex_home, server, since.elapsed() > HEAD_START);
}

fn keep(servers: &McpServers, codex_home: &Path, server: &str, is_slow: bool) {
    let Some(settings) = servers.settings(server) else { return };
    let mut all = slow(codex_home);
    let is_news = if is_slow { all.insert(settings.identity) } else { all.remove(&settings.identity) };
    let text = serde_json::to_string(&all).unwrap_or_default();
    if is_news && let Err(error) = replace(codex_home, FILE, text.as_bytes()) {
        tracing::debug!(%error, "which servers are slow cannot be kept");
    }
}
