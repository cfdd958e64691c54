//! Threads as their files have them: listing, reading, putting away, naming.

use std::sync::Arc;
use std::time::Duration;

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_protocol::{Op, ThreadId};
use codex_state::{Archive, Cursor, ListQuery, Outline, SessionSummary, SortKey, StateError};

use crate::error::Failure;
use crate::history;
use crate::loaded::LoadedThread;
use crate::server::Server;
use crate::settings;
use crate::threads::thread_id;

/// Threads of a page when the client names no number.
const PAGE: usize = 25;
/// How long a thread may take to end before its file is put away.
const END_GRACE: Duration = Duration::from_secs(10);

/// How long the file of a thread that has ended may still be held.
const LET_GO: Duration = Duration::from_secs(3);

pub(crate) fn no_rollout(id: ThreadId) -> Failure {
    Failure::invalid(format!("no rollout found for thread id {id}"))
}

fn failed(error: &StateError) -> Failure {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Failure::internal(format!("{error}{cause}"))
}

impl Server {
    /// A stored thread as the wire has it, without its turns.
    pub(crate) fn stored(&self, summary: &SessionSummary) -> wire::Thread {
        let loaded = self.thread(summary.id);
        wire::Thread {
            agent_nickname: summary.agent_nickname.clone(),
            agent_role: summary.agent_role.clone(),
            cli_version: summary.cli_version.clone(),
            created_at: summary.created_at.as_second(),
            cwd: summary.cwd.display().to_string(),
            ephemeral: false,
            git_info: self.metadata.git(summary.id).or_else(|| {
                summary.git.as_ref().map(|git| wire::GitInfo {
                    branch: git.branch.clone(),
                    origin_url: git.repository_url.clone(),
                    sha: git.commit_hash.clone(),
                })
            }),
            id: summary.id.to_string(),
            model_provider: summary.model_provider.clone().unwrap_or_else(|| "openai".to_owned()),
            name: summary.name.clone(),
            path: Some(summary.path.display().to_string()),
            preview: summary.preview.clone(),
            source: source(&summary.source),
            status: loaded.map_or(wire::ThreadStatus::NotLoaded, |thread| thread.status()),
            turns: Vec::new(),
            updated_at: summary.updated_at.as_second(),
        }
    }

    /// The thread as it is now: from its file once it has one.
    pub(crate) fn current(&self, thread: &LoadedThread) -> wire::Thread {
        match self.store.summary(thread.id) {
            Ok(summary) if !thread.ephemeral => self.stored(&summary),
            _ => thread.shown(),
        }
    }

    /// The turns of a stored thread.
    pub(crate) fn stored_turns(&self, id: ThreadId) -> Result<Vec<wire::Turn>, Failure> {
        let file = self.store.file(id, Archive::Both).map_err(|_| no_rollout(id))?;
        let outline = Outline::of(&file.path).map_err(|error| failed(&error))?;
        let running = self.thread(id).and_then(|thread| thread.state().turn.clone());
        history::turns(&outline, running.as_deref()).map_err(|error| failed(&error))
    }

    /// `thread/list`.
    pub(crate) fn thread_list(&self, params: wire::ThreadListParams) -> Result<wire::ThreadListResponse, Failure> {
        let after = params.cursor.map(|cursor| cursor.parse::<Cursor>().map_err(|_| Failure::invalid(format!("invalid cursor: {cursor}"))));
        let providers = match params.model_providers {
            Some(providers) if providers.is_empty() => None,
            Some(providers) => Some(providers),
            None => Some(vec![settings::read(&self.load_options())?.provider.id]),
        };
        let kinds = params.source_kinds.unwrap_or_default();
        let sources = if kinds.is_empty() {
            vec!["cli".to_owned(), "vscode".to_owned()]
        } else {
            kinds.into_iter().flat_map(source_kinds).map(|kind| (*kind).to_owned()).collect()
        };
        let query = ListQuery {
            archive: if params.archived == Some(true) { Archive::Only } else { Archive::Without },
            sort: match params.sort_key {
                Some(wire::ThreadSortKey::UpdatedAt) => SortKey::Updated,
                Some(wire::ThreadSortKey::CreatedAt) | None => SortKey::Created,
            },
            cwd: params.cwd.map(|cwd| settings::absolute(&self.surroundings, &cwd)),
            providers,
            sources: Some(sources),
            preview_contains: params.search_term,
            after: after.transpose()?,
            limit: Some(params.limit.map_or(PAGE, |limit| usize::try_from(limit.max(1)).unwrap_or(usize::MAX))),
            ..ListQuery::default()
        };
        let page = self.store.list(&query).map_err(|error| failed(&error))?;
        Ok(wire::ThreadListResponse {
            data: page.sessions.iter().map(|summary| self.stored(summary)).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        })
    }

    /// `thread/loaded/list`.
    pub(crate) fn thread_loaded_list(&self, params: wire::ThreadLoadedListParams) -> Result<wire::ThreadLoadedListResponse, Failure> {
        let after = match params.cursor {
            Some(cursor) => Some(cursor.parse::<ThreadId>().map_err(|_| Failure::invalid(format!("invalid cursor: {cursor}")))?),
            None => None,
        };
        let limit = params.limit.map_or(usize::MAX, |limit| usize::try_from(limit.max(1)).unwrap_or(usize::MAX));
        let mut ids: Vec<ThreadId> =
            self.threads().iter().map(|thread| thread.id).filter(|id| after.is_none_or(|after| *id > after)).collect();
        let more = ids.len() > limit;
        ids.truncate(limit);
        let next_cursor = ids.last().filter(|_| more).map(ToString::to_string);
        Ok(wire::ThreadLoadedListResponse { data: ids.iter().map(ToString::to_string).collect(), next_cursor })
    }

    /// `thread/read`.
    pub(crate) fn thread_read(&self, params: wire::ThreadReadParams) -> Result<wire::ThreadReadResponse, Failure> {
        let id = thread_id(&params.thread_id)?;
        let loaded = self.thread(id);
        let summary = self.store.summary(id).ok();
        if params.include_turns {
            if loaded.as_ref().is_some_and(|thread| thread.ephemeral) {
                return Err(Failure::invalid("ephemeral threads do not support includeTurns"));
            }
            if loaded.is_some() && summary.is_none() {
                let message = format!("thread {id} is not materialized yet; includeTurns is unavailable before first user message");
                return Err(Failure::invalid(message));
            }
        }
        let mut thread = match (summary, loaded) {
            (Some(summary), _) => self.stored(&summary),
            (None, Some(loaded)) => loaded.shown(),
            (None, None) => return Err(Failure::invalid(format!("thread not loaded: {id}"))),
        };
        if params.include_turns {
            thread.turns = self.stored_turns(id)?;
        }
        Ok(wire::ThreadReadResponse { thread })
    }

    /// Ends a loaded thread and waits until it is gone, so that its file can be moved.
    pub(crate) async fn unload(&self, thread: &LoadedThread) {
        thread.state().put_away = true;
        // One that is gone already needs no asking.
        let _ = thread.core.submit(Op::Shutdown).await;
        if tokio::time::timeout(END_GRACE, thread.over.cancelled()).await.is_err() {
            tracing::warn!(id = %thread.id, "a thread takes too long to end");
        }
    }

    /// Does something to a thread's file; one that was just let go may be held for another moment.
    async fn once_free<T>(&self, mut act: impl FnMut() -> Result<T, StateError>) -> Result<T, Failure> {
        let end = tokio::time::Instant::now() + LET_GO;
        loop {
            match act() {
                Err(StateError::Busy { .. }) if tokio::time::Instant::now() < end => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                done => return done.map_err(|error| failed(&error)),
            }
        }
    }

    /// `thread/archive`. The thread is told as archived behind the result.
    pub(crate) async fn thread_archive(
        &self,
        params: &wire::ThreadArchiveParams,
    ) -> Result<(wire::ThreadArchiveResponse, ServerNotification), Failure> {
        let id = thread_id(&params.thread_id)?;
        self.store.file(id, Archive::Without).map_err(|_| no_rollout(id))?;
        if let Some(thread) = self.thread(id) {
            self.unload(&thread).await;
        }
        self.once_free(|| self.store.archive(id)).await?;
        let archived = wire::ThreadArchivedNotification { thread_id: id.to_string() };
        Ok((wire::ThreadArchiveResponse {}, ServerNotification::ThreadArchived(archived)))
    }

    /// `thread/unarchive`.
    pub(crate) fn thread_unarchive(
        &self,
        params: &wire::ThreadUnarchiveParams,
    ) -> Result<(wire::ThreadUnarchiveResponse, ServerNotification), Failure> {
        let id = thread_id(&params.thread_id)?;
        let none = || Failure::invalid(format!("no archived rollout found for thread id {id}"));
        self.store.file(id, Archive::Only).map_err(|_| none())?;
        self.store.unarchive(id).map_err(|error| failed(&error))?;
        let summary = self.store.summary(id).map_err(|error| failed(&error))?;
        let unarchived = wire::ThreadUnarchivedNotification { thread_id: id.to_string() };
        Ok((wire::ThreadUnarchiveResponse { thread: self.stored(&summary) }, ServerNotification::ThreadUnarchived(unarchived)))
    }

    /// `thread/delete` (ours): ends the thread and takes its file away.
    pub(crate) async fn thread_delete(&self, params: &wire::ThreadDeleteParams) -> Result<wire::ThreadDeleteResponse, Failure> {
        let id = thread_id(&params.thread_id)?;
        self.store.file(id, Archive::Both).map_err(|_| no_rollout(id))?;
        if let Some(thread) = self.thread(id) {
            self.unload(&thread).await;
        }
        self.once_free(|| self.store.delete(id)).await?;
        Ok(wire::ThreadDeleteResponse {})
    }

    /// `thread/name/set`.
    pub(crate) fn thread_name_set(
        &self,
        params: &wire::ThreadSetNameParams,
    ) -> Result<(wire::ThreadSetNameResponse, ServerNotification), Failure> {
        let id = thread_id(&params.thread_id)?;
        let name = params.name.trim();
        if name.is_empty() {
            return Err(Failure::invalid("thread name must not be empty"));
        }
        if self.thread(id).is_none() && self.store.file(id, Archive::Both).is_err() {
            return Err(Failure::invalid(format!("thread not found: {id}")));
        }
        self.store.rename(id, name).map_err(|error| match error {
            StateError::NotFound { .. } => Failure::invalid("a thread can be named once its first message is there"),
            error => failed(&error),
        })?;
        let updated = wire::ThreadNameUpdatedNotification { thread_id: id.to_string(), thread_name: Some(name.to_owned()) };
        Ok((wire::ThreadSetNameResponse {}, ServerNotification::ThreadNameUpdated(updated)))
    }

    /// `getConversationSummary`.
    pub(crate) fn conversation_summary(
        &self,
        params: wire::GetConversationSummaryParams,
    ) -> Result<wire::GetConversationSummaryResponse, Failure> {
        let id = match params {
            wire::GetConversationSummaryParams::ById { conversation_id } => thread_id(&conversation_id)?,
            wire::GetConversationSummaryParams::ByPath { rollout_path } => {
                let path = self.surroundings.codex_home().join(rollout_path);
                let none = || Failure::invalid(format!("no rollout found at {}", path.display()));
                codex_state::thread_id_of(&path).ok_or_else(none)?
            }
        };
        let summary = self.store.summary(id).map_err(|_| Failure::invalid(format!("no rollout found for conversation id {id}")))?;
        let summary = wire::ConversationSummary {
            conversation_id: summary.id.to_string(),
            path: summary.path.clone(),
            preview: summary.preview.clone(),
            timestamp: Some(summary.created_at.to_string()),
            updated_at: Some(summary.updated_at.to_string()),
            model_provider: summary.model_provider.clone().unwrap_or_else(|| "openai".to_owned()),
            cwd: summary.cwd.clone(),
            cli_version: summary.cli_version.clone(),
            source: source(&summary.source),
            git_info: summary.git.as_ref().map(|git| wire::ConversationGitInfo {
                sha: git.commit_hash.clone(),
                branch: git.branch.clone(),
                origin_url: git.repository_url.clone(),
            }),
        };
        Ok(wire::GetConversationSummaryResponse { summary })
    }

    /// `thread/unsubscribe`: the last one who leaves ends the thread.
    pub(crate) async fn thread_unsubscribe(
        self: &Arc<Self>,
        params: &wire::ThreadUnsubscribeParams,
        connection: &crate::connection::Connection,
    ) -> Result<wire::ThreadUnsubscribeResponse, Failure> {
        let id = thread_id(&params.thread_id)?;
        let Some(thread) = self.thread(id) else {
            return Ok(wire::ThreadUnsubscribeResponse { status: wire::ThreadUnsubscribeStatus::NotLoaded });
        };
        let (was_there, left) = {
            let mut state = thread.state();
            (state.subscribers.remove(&connection.id), state.subscribers.len())
        };
        if !was_there {
            return Ok(wire::ThreadUnsubscribeResponse { status: wire::ThreadUnsubscribeStatus::NotSubscribed });
        }
        if left == 0 {
            // Nobody waits for its end: the client is told by `thread/closed`.
            let _ = thread.core.submit(Op::Shutdown).await;
        }
        Ok(wire::ThreadUnsubscribeResponse { status: wire::ThreadUnsubscribeStatus::Unsubscribed })
    }
}

fn source(value: &serde_json::Value) -> wire::SessionSource {
    match value.as_str() {
        Some("mcp") => wire::SessionSource::AppServer,
        _ => serde_json::from_value(value.clone()).unwrap_or(wire::SessionSource::Unknown),
    }
}

fn source_kinds(kind: wire::ThreadSourceKind) -> &'static [&'static str] {
    match kind {
        wire::ThreadSourceKind::Cli => &["cli"],
        wire::ThreadSourceKind::Vscode => &["vscode"],
        wire::ThreadSourceKind::Exec => &["exec"],
        wire::ThreadSourceKind::AppServer => &["mcp"],
        wire::ThreadSourceKind::SubAgent => &["subAgentReview", "subAgentCompact", "subAgentThreadSpawn", "subAgentOther"],
        wire::ThreadSourceKind::SubAgentReview => &["subAgentReview"],
        wire::ThreadSourceKind::SubAgentCompact => &["subAgentCompact"],
        wire::ThreadSourceKind::SubAgentThreadSpawn => &["subAgentThreadSpawn"],
        wire::ThreadSourceKind::SubAgentOther => &["subAgentOther"],
        wire::ThreadSourceKind::Unknown => &["unknown"],
    }
}
