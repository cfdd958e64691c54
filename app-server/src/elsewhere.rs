//! Methods for things that this program has none of, or keeps on this machine: plugins, apps, other agents' settings, the
//! sandbox of Windows, feedback.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use serde_json::json;

use crate::error::Failure;
use crate::server::Server;
use crate::threads::thread_id;

/// `plugin/list`: there are no marketplaces.
pub(crate) fn plugins() -> wire::PluginListResponse {
    wire::PluginListResponse {
        featured_plugin_ids: Vec::new(),
        marketplace_load_errors: Vec::new(),
        marketplaces: Vec::new(),
        remote_sync_error: None,
    }
}

/// `plugin/read` and `plugin/install`.
pub(crate) fn no_plugin(marketplace: &std::path::Path) -> Failure {
    let path = marketplace.display();
    let why = if marketplace.exists() { "is not supported: this program has no plugins" } else { "does not exist" };
    Failure::invalid(format!("marketplace file `{path}` {why}"))
}

/// `app/list`: apps belong to accounts that this program does not serve them for.
pub(crate) fn apps() -> wire::AppsListResponse {
    wire::AppsListResponse { data: Vec::new(), next_cursor: None }
}

/// `externalAgentConfig/detect`: no other agent's settings are known.
pub(crate) fn other_agents() -> wire::ExternalAgentConfigDetectResponse {
    wire::ExternalAgentConfigDetectResponse { items: Vec::new() }
}

/// `externalAgentConfig/import`: of nothing.
pub(crate) fn import(params: &wire::ExternalAgentConfigImportParams) -> Result<wire::ExternalAgentConfigImportResponse, Failure> {
    if params.migration_items.is_empty() {
        return Ok(wire::ExternalAgentConfigImportResponse {});
    }
    Err(Failure::invalid("nothing was imported: no settings of other agents are known"))
}

/// `gitDiffToRemote`.
pub(crate) async fn diff_to_remote(params: wire::GitDiffToRemoteParams) -> Result<wire::GitDiffToRemoteResponse, Failure> {
    let cwd = params.cwd.clone();
    let found = tokio::task::spawn_blocking(move || codex_git::diff_to_remote(&cwd)).await.ok().flatten();
    let none = || Failure::invalid(format!("failed to compute git diff to remote for cwd: {:?}", params.cwd));
    found.map(|found| wire::GitDiffToRemoteResponse { sha: found.sha, diff: found.diff }).ok_or_else(none)
}

/// `windowsSandbox/setupStart`, and what comes of it.
pub(crate) fn windows_sandbox(
    params: &wire::WindowsSandboxSetupStartParams,
) -> (wire::WindowsSandboxSetupStartResponse, ServerNotification) {
    let kind = match params.mode {
        wire::WindowsSandboxSetupMode::Elevated => "elevated",
        wire::WindowsSandboxSetupMode::Unelevated => "unelevated",
    };
    let completed = wire::WindowsSandboxSetupCompletedNotification {
        error: Some(format!("{kind} Windows sandbox setup is only supported on Windows")),
        mode: params.mode,
        success: false,
    };
    (wire::WindowsSandboxSetupStartResponse { started: true }, ServerNotification::WindowsSandboxSetupCompleted(completed))
}

impl Server {
    /// `feedback/upload`: nothing leaves this machine. What was said is kept in a file that the user may pass on.
    pub(crate) fn feedback(&self, params: &wire::FeedbackUploadParams) -> Result<wire::FeedbackUploadResponse, Failure> {
        let thread = params.thread_id.as_deref().map(thread_id).transpose()?;
        let named = thread.map_or_else(|| format!("no-active-thread-{}", uuid::Uuid::new_v4()), |id| id.to_string());
        let folder = self.surroundings.codex_home().join("feedback");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let session = thread.and_then(|id| self.store.summary(id).ok()).map(|summary| summary.path);
        let logs = params.include_logs.then(|| self.surroundings.codex_home().join("log"));
        let kept = json!({
            "classification": params.classification, "reason": params.reason, "threadId": named,
            "version": self.surroundings.runtime.version, "session": session, "logs": logs, "extraLogFiles": params.extra_log_files,
        });
        let path = folder.join(format!("{}.json", uuid::Uuid::now_v7()));
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{kept:#}")?;
        Ok(wire::FeedbackUploadResponse { thread_id: named })
    }

    /// `thread/realtime/*`: no thread speaks.
    pub(crate) fn no_realtime(&self, thread: &str) -> Failure {
        match self.loaded(thread) {
            Ok(thread) => Failure::invalid(format!("thread {} does not support realtime conversation", thread.id)),
            Err(failure) => failure,
        }
    }
}
