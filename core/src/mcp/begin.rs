//! Begins the servers of a thread, from its configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use codex_config::Config;
use codex_config::schema::McpCredentialsStore;
use codex_mcp_client::oauth::StoreKind;
use codex_mcp_client::{McpServers, RequiredFailed, ServerSettings, Surroundings};
use tokio::time::Instant;

use super::host::SessionHost;
use super::{Begun, HEAD_START, pace};
use crate::runtime::Runtime;
use crate::session::Session;

/// The servers that are switched on, by name.
pub fn server_settings(config: &Config, runtime: &Runtime) -> Vec<ServerSettings> {
    let env = text_env(runtime);
    let enabled = config.mcp_servers.iter().filter(|(_, entry)| entry.enabled != Some(false));
    enabled.map(|(name, entry)| ServerSettings::new(name, entry, &env, &config.cwd, config.project_servers.get(name).cloned())).collect()
}

pub(super) fn text_env(runtime: &Runtime) -> BTreeMap<String, String> {
    let text = |value: &std::ffi::OsString| value.to_str().map(str::to_owned);
    runtime.env.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

/// What servers need beside their settings.
pub fn mcp_surroundings(config: &Config, runtime: &Runtime) -> Surroundings {
    Surroundings {
        env: text_env(runtime),
        codex_home: config.codex_home.clone(),
        credentials: match config.keys.mcp_oauth_credentials_store.unwrap_or_default() {
            McpCredentialsStore::Auto => StoreKind::Auto,
            McpCredentialsStore::File => StoreKind::File,
            McpCredentialsStore::Keyring => StoreKind::Keyring,
        },
        user_agent: runtime.user_agent.clone(),
        version: runtime.version.clone(),
    }
}

/// Starts the servers in the background. Returns at once. One that was slow the last time begins when the first request has left, or
/// when that takes as long as others are waited for: coming up costs a computer work that the request would wait for.
pub(crate) fn begin(session: &Arc<Session>) {
    let (config, runtime) = (&session.services.config, &session.services.runtime);
    let settings = server_settings(config, runtime);
    if settings.is_empty() {
        return;
    }
    let host = Arc::new(SessionHost::new(session));
    let slow = pace::slow(&config.codex_home);
    let is_held = |settings: &ServerSettings| !settings.required && slow.contains(&settings.identity);
    let servers = McpServers::start_some(settings, mcp_surroundings(config, runtime), host, is_held);
    let held = Arc::clone(&servers);
    tokio::spawn(async move {
        tokio::time::sleep(HEAD_START).await;
        held.let_go();
    });
    // A thread begins its servers once.
    let _ = session.mcp.begun.set(Begun { servers, at: Instant::now(), slow });
}

/// Takes over the servers of another configuration; those whose entries are the same go on. Returns at once.
pub(crate) async fn reload(session: &Arc<Session>, config: &Config) {
    let runtime = &session.services.runtime;
    let (settings, surroundings) = (server_settings(config, runtime), mcp_surroundings(config, runtime));
    session.services.offer_mcp(!settings.is_empty());
    let begun = session.mcp.begun.get_or_init(|| {
        let host = Arc::new(SessionHost::new(session));
        let servers = McpServers::start(Vec::new(), surroundings.clone(), host);
        Begun { servers, at: Instant::now(), slow: BTreeSet::new() }
    });
    begun.servers.reload(settings, &surroundings).await;
}

/// Waits for the servers without which the thread does not start; ends all when one of them fails.
pub(crate) async fn begin_required(session: &Session) -> Result<(), RequiredFailed> {
    let Some(servers) = session.mcp.servers() else { return Ok(()) };
    let outcome = servers.required().await;
    if outcome.is_err() {
        servers.stop().await;
    }
    outcome
}
