//! What a front end says of the configuration of a thread elsewhere, and which stored thread it means.
//!
//! Only what the user said goes along: the server has settings of its own. **Not here:** command lines (`codex-exec`, `codex-cli`).

use codex_app_server_protocol::types::{
    AskForApproval, SandboxMode, Thread, ThreadForkParams, ThreadListParams, ThreadListResponse, ThreadResumeParams, ThreadSortKey,
    ThreadSourceKind, ThreadStartParams,
};
use serde_json::{Map, Value};

use crate::error::ClientError;
use crate::remote::Remote;

/// Characters of an id that are enough to name a thread.
const SHORTEST_ID: usize = 4;
/// Threads of a page when one is looked for.
const PAGE: u32 = 100;

/// Settings of a thread, as far as they are said; the server's own stand where nothing is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThreadSettings {
    /// Working directory, on the server's machine.
    pub cwd: Option<String>,
    /// Model slug.
    pub model: Option<String>,
    /// What commands may do.
    pub sandbox: Option<SandboxMode>,
    /// When a person is asked.
    pub approval_policy: Option<AskForApproval>,
    /// Other keys of the configuration.
    pub config: Option<Map<String, Value>>,
}

impl ThreadSettings {
    /// For a new thread.
    pub fn start(&self, ephemeral: bool) -> ThreadStartParams {
        let Self { cwd, model, sandbox, approval_policy, config } = self.clone();
        ThreadStartParams { approval_policy, config, cwd, ephemeral: Some(ephemeral), model, sandbox, ..ThreadStartParams::default() }
    }

    /// For a thread that goes on.
    pub fn resume(&self, thread_id: String) -> ThreadResumeParams {
        let Self { cwd, model, sandbox, approval_policy, config } = self.clone();
        ThreadResumeParams { approval_policy, config, cwd, model, sandbox, thread_id, ..ThreadResumeParams::default() }
    }

    /// For a copy of a thread.
    pub fn fork(&self, thread_id: String, ephemeral: bool) -> ThreadForkParams {
        let Self { cwd, model, sandbox, approval_policy, config } = self.clone();
        ThreadForkParams { approval_policy, config, cwd, ephemeral, model, sandbox, thread_id, ..ThreadForkParams::default() }
    }
}

impl Remote {
    /// The id of the thread that was written last, of this folder or of all.
    ///
    /// # Errors
    /// As [`Client::request`](crate::Client::request).
    pub async fn newest(&self, cwd: Option<String>) -> Result<Option<String>, ClientError> {
        let params = ThreadListParams { cwd, limit: Some(1), ..every() };
        let found: ThreadListResponse = self.client().request("thread/list", &params).await?;
        Ok(found.data.into_iter().next().map(|thread| thread.id))
    }

    /// The id of the thread that is meant by an id, the beginning of one, or a name; the newest where several fit.
    ///
    /// # Errors
    /// As [`Client::request`](crate::Client::request).
    pub async fn named(&self, wanted: &str) -> Result<Option<String>, ClientError> {
        if wanted.parse::<codex_protocol::ThreadId>().is_ok() {
            return Ok(Some(wanted.to_owned()));
        }
        let is_meant =
            |thread: &Thread| thread.name.as_deref() == Some(wanted) || (wanted.len() >= SHORTEST_ID && thread.id.starts_with(wanted));
        let mut cursor = None;
        loop {
            let params = ThreadListParams { cursor, limit: Some(PAGE), ..every() };
            let page: ThreadListResponse = self.client().request("thread/list", &params).await?;
            if let Some(thread) = page.data.into_iter().find(is_meant) {
                return Ok(Some(thread.id));
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(None);
            }
        }
    }
}

/// All threads of people, whatever program began them.
fn every() -> ThreadListParams {
    ThreadListParams {
        archived: None,
        cursor: None,
        cwd: None,
        limit: None,
        model_providers: Some(Vec::new()),
        search_term: None,
        sort_key: Some(ThreadSortKey::UpdatedAt),
        source_kinds: Some(vec![ThreadSourceKind::Cli, ThreadSourceKind::Vscode, ThreadSourceKind::Exec, ThreadSourceKind::AppServer]),
    }
}
