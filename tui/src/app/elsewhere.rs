//! The server that the threads run at, when they do not run here: connecting to it, opening threads there, and what is kept
//! there about them.
//!
//! The connection is made when it is first needed, and made again when it was lost and is needed. **Not here:** the wire
//! (`codex-app-server-client`); threads of this process (`engine`).

use std::time::Duration;

use codex_app_server_client::{Client, ClientName, Remote, RemoteThread};
use codex_app_server_protocol::types as wire;
use codex_core::{Elsewhere, Runtime, Thread};
use codex_protocol::ThreadId;
use codex_protocol::op::ReasoningEffort;
use codex_protocol::rollout::GitFacts;
use codex_state::{ListQuery, Page, SessionSummary, SortKey, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::engine::{Beginning, Opened, Told};
use super::setup::{Place, Stored};
use crate::composer::files::{FileHit, FileHits};
use crate::overlay::picker::{Answer, Job};

/// How long a server may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(20);
/// Threads of a page when words are looked for.
const MANY: usize = 200;

/// A server and the connection to it.
#[derive(Debug)]
pub(crate) struct Server {
    place: Place,
    /// How this program introduces itself.
    name: (String, String),
    remote: Mutex<Option<Remote>>,
}

impl Server {
    pub(crate) fn new(place: Place, runtime: &Runtime) -> Self {
        Self { place, name: (runtime.originator.clone(), runtime.version.clone()), remote: Mutex::new(None) }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &str {
        &self.place.address
    }

    /// Whether its files are this machine's.
    pub(crate) fn is_here(&self) -> bool {
        self.place.is_here()
    }

    async fn remote(&self) -> Result<Remote, String> {
        let mut kept = self.remote.lock().await;
        if let Some(remote) = kept.as_ref().filter(|remote| remote.client().is_open()) {
            return Ok(remote.clone());
        }
        let name = ClientName { name: &self.name.0, version: &self.name.1 };
        let connecting = Remote::connect(&self.place.address, self.place.token.as_deref(), &name);
        let connected = tokio::time::timeout(PATIENCE, connecting).await;
        let late = |_| format!("cannot connect to the app server: {} does not answer", self.place.address);
        let remote = connected.map_err(late)?.map_err(|error| error.to_string())?.with_history();
        *kept = Some(remote.clone());
        Ok(remote)
    }

    /// The connection.
    pub(crate) async fn client(&self) -> Result<Client, String> {
        self.remote().await.map(|remote| remote.client().clone())
    }

    /// Asks the server.
    pub(crate) async fn request<T: DeserializeOwned>(&self, method: &str, params: &impl Serialize) -> Result<T, String> {
        self.remote().await?.client().request(method, params).await.map_err(|error| error.to_string())
    }

    /// Opens a thread.
    pub(crate) async fn open(&self, beginning: Beginning) -> Result<Opened, String> {
        let remote = self.remote().await?;
        let settings = &self.place.settings;
        let thread = match beginning {
            Beginning::New => remote.start(&settings.start(false)).await,
            Beginning::Resume(stored) => {
                let id = self.find(&remote, stored).await?;
                // A thread that goes on has a folder.
                let params = wire::ThreadResumeParams { cwd: None, ..settings.resume(id) };
                remote.resume(&params).await
            }
            Beginning::Fork(stored) => {
                let id = self.find(&remote, stored).await?;
                remote.fork(&wire::ThreadForkParams { cwd: None, ..settings.fork(id, false) }).await
            }
        };
        let RemoteThread { id, rollout_path, submissions, events, begun, past } = thread.map_err(|error| error.to_string())?;
        let told = Told {
            model: begun.model,
            effort: begun.reasoning_effort.and_then(effort),
            provider: begun.model_provider,
            cwd: begun.cwd.into(),
        };
        let thread = Thread::elsewhere(Elsewhere { id, rollout_path, submissions, events });
        Ok(Opened { thread, past, name: begun.thread.name, told: Some(told) })
    }

    async fn find(&self, remote: &Remote, stored: Stored) -> Result<String, String> {
        let none = |what: &str| format!("No saved session found {what} at {}. /resume shows what there is.", self.place.address);
        let found = match &stored {
            Stored::File(path) => return Err(format!("{} is a file of this machine, not one of the server's", path.display())),
            Stored::Named(wanted) => (remote.named(wanted).await, none(&format!("with ID {wanted}"))),
            Stored::Newest { all } => {
                let cwd = self.place.settings.cwd.clone().filter(|_| !all);
                (remote.newest(cwd).await, none("of this folder"))
            }
        };
        found.0.map_err(|error| error.to_string())?.ok_or(found.1)
    }

    /// Does at the server what a picker wants done.
    pub(crate) async fn picked(&self, job: Job) -> Answer {
        match job {
            Job::List { generation, query, first } => Answer::Page { generation, result: self.list(&query).await, first },
            Job::Rename { id, name } => Answer::Renamed { id, result: self.rename(id, &name).await.map(|()| name) },
        }
    }

    /// Names a thread.
    pub(crate) async fn rename(&self, id: ThreadId, name: &str) -> Result<(), String> {
        let params = json!({ "threadId": id.to_string(), "name": name });
        self.request::<Value>("thread/name/set", &params).await.map(drop)
    }

    /// Files below a folder of the server's that fit a query.
    pub(crate) async fn files(&self, query: &str, cwd: &std::path::Path) -> FileHits {
        let params =
            wire::FuzzyFileSearchParams { cancellation_token: None, query: query.to_owned(), roots: vec![cwd.display().to_string()] };
        let found = self.request::<wire::FuzzyFileSearchResponse>("fuzzyFileSearch", &params).await;
        let hit = |file: wire::FuzzyFileSearchResult| {
            let slash = if file.match_type == wire::FuzzyFileSearchMatchType::Directory { "/" } else { "" };
            let matched = file.indices.into_iter().flatten().filter_map(|at| usize::try_from(at).ok()).collect();
            FileHit { path: format!("{}{slash}", file.path), matched }
        };
        let hits = found.map(|found| found.files.into_iter().map(hit).collect()).unwrap_or_default();
        FileHits { query: query.to_owned(), hits, done: true }
    }

    /// Whether a file is there, on the server's machine.
    pub(crate) async fn has_file(&self, path: &std::path::Path) -> bool {
        self.request::<Value>("fs/getMetadata", &json!({ "path": path })).await.is_ok()
    }

    async fn list(&self, query: &ListQuery) -> Result<Page, String> {
        let mut cursor = query.after.map(|cursor| cursor.to_string());
        let limit = query.limit.unwrap_or(MANY);
        let mut sessions = Vec::new();
        loop {
            let params = wire::ThreadListParams {
                archived: None,
                cursor,
                cwd: query.cwd.as_ref().map(|cwd| cwd.display().to_string()),
                limit: u32::try_from(if query.words.is_some() { MANY } else { limit }).ok(),
                model_providers: Some(query.providers.clone().unwrap_or_default()),
                search_term: None,
                sort_key: Some(match query.sort {
                    SortKey::Created => wire::ThreadSortKey::CreatedAt,
                    SortKey::Updated => wire::ThreadSortKey::UpdatedAt,
                }),
                source_kinds: Some(kinds(query)),
            };
            let page: wire::ThreadListResponse = self.request("thread/list", &params).await?;
            let fits = |session: &SessionSummary| query.words.as_ref().is_none_or(|words| session.has_words(words));
            sessions.extend(page.data.iter().filter_map(summary).filter(fits));
            cursor = page.next_cursor;
            if cursor.is_none() || sessions.len() >= limit {
                let next = cursor.and_then(|cursor| cursor.parse().ok());
                return Ok(Page { sessions, next });
            }
        }
    }
}

fn kinds(query: &ListQuery) -> Vec<wire::ThreadSourceKind> {
    let people = vec![wire::ThreadSourceKind::Cli, wire::ThreadSourceKind::Vscode];
    match query.sources {
        Some(_) => people,
        None => people.into_iter().chain([wire::ThreadSourceKind::Exec, wire::ThreadSourceKind::AppServer]).collect(),
    }
}

fn summary(thread: &wire::Thread) -> Option<SessionSummary> {
    let time = |seconds| Timestamp::from_second(seconds).unwrap_or_default();
    let git = thread.git_info.as_ref().map(|git| GitFacts {
        branch: git.branch.clone(),
        repository_url: git.origin_url.clone(),
        commit_hash: git.sha.clone(),
    });
    Some(SessionSummary {
        id: thread.id.parse().ok()?,
        path: thread.path.clone().unwrap_or_default().into(),
        archived: false,
        name: thread.name.clone(),
        preview: thread.preview.clone(),
        created_at: time(thread.created_at),
        updated_at: time(thread.updated_at),
        size: 0,
        cwd: thread.cwd.clone().into(),
        originator: String::new(),
        cli_version: thread.cli_version.clone(),
        source: serde_json::to_value(&thread.source).unwrap_or_default(),
        model_provider: Some(thread.model_provider.clone()),
        git,
        forked_from: None,
        agent_nickname: thread.agent_nickname.clone(),
        agent_role: thread.agent_role.clone(),
    })
}

fn effort(effort: wire::ReasoningEffort) -> Option<ReasoningEffort> {
    serde_json::to_value(effort).ok().and_then(|value| serde_json::from_value(value).ok())
}
