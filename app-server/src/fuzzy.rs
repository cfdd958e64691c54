//! `fuzzyFileSearch` and its sessions: a session walks its folders once and ranks them anew for each query.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types as wire;
use codex_file_search::{EntryKind, Hit, LastTree, Tree};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::connection::{Connection, spelt_notification};
use crate::error::Failure;

/// Finds of one answer.
const MOST_HITS: usize = 50;

/// The sessions of one connection.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    sessions: Mutex<HashMap<String, Arc<Search>>>,
    /// What searches without a session walked last.
    pub(crate) trees: Arc<LastTree>,
}

#[derive(Debug)]
struct Search {
    roots: Vec<PathBuf>,
    tree: OnceCell<Arc<Tree>>,
    /// Counts queries: an answer to one that was overtaken is not told.
    asked: AtomicU64,
    stopped: CancellationToken,
}

/// `fuzzyFileSearch`.
pub(crate) async fn search(params: wire::FuzzyFileSearchParams, trees: Arc<LastTree>) -> Result<wire::FuzzyFileSearchResponse, Failure> {
    let roots: Vec<PathBuf> = params.roots.into_iter().map(PathBuf::from).collect();
    if params.query.trim().is_empty() || roots.is_empty() {
        return Ok(wire::FuzzyFileSearchResponse { files: Vec::new() });
    }
    let query = params.query;
    let hits = blocking(move || trees.of(&roots).search(&query, MOST_HITS)).await?;
    Ok(wire::FuzzyFileSearchResponse { files: hits.into_iter().map(shown).collect() })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::internal(error.to_string()))
}

fn shown(hit: Hit) -> wire::FuzzyFileSearchResult {
    wire::FuzzyFileSearchResult {
        file_name: hit.path.rsplit('/').next().unwrap_or_default().to_owned(),
        indices: Some(hit.indices),
        match_type: match hit.kind {
            EntryKind::File => wire::FuzzyFileSearchMatchType::File,
            EntryKind::Folder => wire::FuzzyFileSearchMatchType::Directory,
        },
        path: hit.path,
        root: hit.root.display().to_string(),
        score: hit.score,
    }
}

impl Searches {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Search>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `fuzzyFileSearch/sessionStart`.
    pub(crate) fn start(
        &self,
        params: wire::FuzzyFileSearchSessionStartParams,
        closed: &CancellationToken,
    ) -> Result<wire::FuzzyFileSearchSessionStartResponse, Failure> {
        if params.session_id.is_empty() {
            return Err(Failure::invalid("sessionId must not be empty"));
        }
        let search = Search {
            roots: params.roots.into_iter().map(PathBuf::from).collect(),
            tree: OnceCell::new(),
            asked: AtomicU64::new(0),
            stopped: closed.child_token(),
        };
        let before = self.lock().insert(params.session_id, Arc::new(search));
        if let Some(before) = before {
            before.stopped.cancel();
        }
        Ok(wire::FuzzyFileSearchSessionStartResponse {})
    }

    /// `fuzzyFileSearch/sessionUpdate`: the finds are told when they are there.
    pub(crate) fn update(
        &self,
        params: wire::FuzzyFileSearchSessionUpdateParams,
        connection: &Arc<Connection>,
    ) -> Result<wire::FuzzyFileSearchSessionUpdateResponse, Failure> {
        let search = self.lock().get(&params.session_id).cloned();
        let none = || Failure::invalid(format!("fuzzy file search session not found: {}", params.session_id));
        let search = search.ok_or_else(none)?;
        let number = search.asked.fetch_add(1, Ordering::Relaxed) + 1;
        tokio::spawn(answer(search, number, params, Arc::clone(connection)));
        Ok(wire::FuzzyFileSearchSessionUpdateResponse {})
    }

    /// `fuzzyFileSearch/sessionStop`; one that is not there is stopped too.
    pub(crate) fn stop(&self, params: &wire::FuzzyFileSearchSessionStopParams) -> wire::FuzzyFileSearchSessionStopResponse {
        if let Some(search) = self.lock().remove(&params.session_id) {
            search.stopped.cancel();
        }
        wire::FuzzyFileSearchSessionStopResponse {}
    }
}

async fn answer(search: Arc<Search>, number: u64, params: wire::FuzzyFileSearchSessionUpdateParams, connection: Arc<Connection>) {
    let walk = || async {
        let (roots, stopped) = (search.roots.clone(), search.stopped.clone());
        blocking(move || Arc::new(Tree::walk(&roots, &|| stopped.is_cancelled()))).await.unwrap_or_default()
    };
    let tree = Arc::clone(search.tree.get_or_init(walk).await);
    let query = params.query.clone();
    let Ok(hits) = blocking(move || tree.search(&query, MOST_HITS)).await else { return };
    if search.stopped.is_cancelled() || search.asked.load(Ordering::Relaxed) != number {
        return;
    }
    tell(&connection, params.session_id, params.query, hits.into_iter().map(shown).collect());
}

/// Tells what a session found.
pub(crate) fn tell(connection: &Connection, session_id: String, query: String, files: Vec<wire::FuzzyFileSearchResult>) {
    let updated = wire::FuzzyFileSearchSessionUpdatedNotification { files, query, session_id: session_id.clone() };
    let completed = wire::FuzzyFileSearchSessionCompletedNotification { session_id };
    for notification in
        [ServerNotification::FuzzyFileSearchSessionUpdated(updated), ServerNotification::FuzzyFileSearchSessionCompleted(completed)]
    {
        let (method, text) = spelt_notification(&notification);
        connection.notify(method, &text);
    }
}
