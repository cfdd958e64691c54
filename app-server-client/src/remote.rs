//! Threads of a server elsewhere, for front ends that are made for threads in process.
//!
//! A [`RemoteThread`] is two channels of the agent's own vocabulary: requests go in, events come out, the same that a thread in
//! process has. `codex_core::Thread::elsewhere` makes a handle of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_app_server_protocol::ServerNotification;
use codex_app_server_protocol::types::{
    ThreadAttachParams, ThreadAttachResponse, ThreadEventNotification, ThreadForkParams, ThreadResumeParams, ThreadResumeResponse,
    ThreadStartParams, ThreadSubmitParams, ThreadSubmitResponse,
};
use codex_protocol::event::{ErrorEvent, EventMsg};
use codex_protocol::{Event, ItemId, Submission, SubmissionId, ThreadId};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::client::{Client, ClientName, Events, Incoming};
use crate::error::ClientError;

/// Events that may wait for a front end; then the connection waits, and the server notices.
const QUEUE: usize = 1024;
/// Requests of a front end that may wait for the wire.
const SUBMISSIONS: usize = 64;

/// A server elsewhere. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Remote {
    client: Client,
    attached: Attached,
    with_history: bool,
}

/// A thread of a server elsewhere.
#[derive(Debug)]
pub struct RemoteThread {
    /// Its id.
    pub id: ThreadId,
    /// Its session file, on the server's machine; `None` for ephemeral threads.
    pub rollout_path: Option<PathBuf>,
    /// Takes requests to it.
    pub submissions: mpsc::Sender<Submission>,
    /// Gives its events, from those of its beginning on. Ends with the thread, or with the connection.
    pub events: mpsc::Receiver<Event>,
    /// What the server said of it: its settings, and the turns it had before.
    pub begun: ThreadResumeResponse,
    /// What was said and done before, where it was asked for; what the running turn did comes as events.
    pub past: Vec<EventMsg>,
}

/// Who hears of which thread.
#[derive(Clone, Debug, Default)]
struct Attached(Arc<Mutex<HashMap<String, mpsc::Sender<Event>>>>);

impl Attached {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, mpsc::Sender<Event>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remote {
    /// Connects to `ws://HOST:PORT`, `wss://HOST:PORT` or `unix://PATH`, and introduces the front end.
    ///
    /// # Errors
    /// [`ClientError::Connect`] for an address of another kind, or where nobody listens.
    pub async fn connect(address: &str, token: Option<&str>, name: &ClientName<'_>) -> Result<Self, ClientError> {
        let (client, events) = match address.strip_prefix("unix://") {
            Some(path) => Client::unix(Path::new(path)).await?,
            None if address.starts_with("ws://") || address.starts_with("wss://") => Client::websocket(address, token).await?,
            None => {
                let why = format!("`{address}` is no address of a server: use `ws://HOST:PORT` or `unix://PATH`");
                return Err(ClientError::Connect(why));
            }
        };
        client.initialize(name).await?;
        let attached = Attached::default();
        tokio::spawn(route(events, attached.clone()));
        Ok(Self { client, attached, with_history: false })
    }

    /// The same connection, whose threads tell what was said and done before.
    pub fn with_history(self) -> Self {
        Self { with_history: true, ..self }
    }

    /// The connection, for everything else that a server does.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Starts a thread.
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn start(&self, params: &ThreadStartParams) -> Result<RemoteThread, ClientError> {
        self.begin("thread/start", params).await
    }

    /// Goes on with a thread, or joins it where it runs.
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn resume(&self, params: &ThreadResumeParams) -> Result<RemoteThread, ClientError> {
        self.begin("thread/resume", params).await
    }

    /// Begins a thread with the turns of another.
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn fork(&self, params: &ThreadForkParams) -> Result<RemoteThread, ClientError> {
        self.begin("thread/fork", params).await
    }

    async fn begin(&self, method: &str, params: &impl Serialize) -> Result<RemoteThread, ClientError> {
        // The results of the three have the same members.
        let begun: ThreadResumeResponse = self.client.request(method, params).await?;
        let thread_id = begun.thread.id.clone();
        let unreadable = |_| ClientError::Connect(format!("the server names a thread `{thread_id}`, which is no id"));
        let id: ThreadId = thread_id.parse().map_err(unreadable)?;
        let (tell, mut events) = mpsc::channel(QUEUE);
        self.attached.lock().insert(thread_id.clone(), tell);
        let attach = ThreadAttachParams { thread_id: thread_id.clone(), history: self.with_history };
        let past = match self.client.request::<ThreadAttachResponse>("thread/attach", &attach).await {
            Ok(attached) => attached.past,
            Err(error) => {
                self.attached.lock().remove(&thread_id);
                return Err(error);
            }
        };
        let past = history(&mut events, past).await?;
        let (submissions, inbox) = mpsc::channel(SUBMISSIONS);
        tokio::spawn(hand_in(self.clone(), thread_id, inbox));
        let rollout_path = begun.thread.path.as_ref().map(PathBuf::from);
        Ok(RemoteThread { id, rollout_path, submissions, events, begun, past })
    }
}

/// Takes the events that are history.
async fn history(events: &mut mpsc::Receiver<Event>, count: u32) -> Result<Vec<EventMsg>, ClientError> {
    let mut past = Vec::new();
    for _ in 0..count {
        past.push(events.recv().await.ok_or(ClientError::Closed)?.msg);
    }
    Ok(past)
}

/// Passes requests on, in their order. One that the server refuses is told as an error of the thread.
async fn hand_in(remote: Remote, thread_id: String, mut inbox: mpsc::Receiver<Submission>) {
    while let Some(Submission { id, op }) = inbox.recv().await {
        let op = match serde_json::to_value(&op) {
            Ok(op) => op,
            Err(error) => {
                tracing::error!(%error, "a request cannot be spelt");
                continue;
            }
        };
        let params = ThreadSubmitParams { op, submission_id: id.to_string(), thread_id: thread_id.clone() };
        match remote.client.request::<ThreadSubmitResponse>("thread/submit", &params).await {
            Ok(ThreadSubmitResponse {}) => {}
            Err(ClientError::Closed) => return,
            Err(error) => {
                let told = ErrorEvent { message: error.to_string(), codex_error_info: None };
                let reader = remote.attached.lock().get(&thread_id).cloned();
                if let Some(reader) = reader {
                    // A reader that is gone needs no telling.
                    let _ = reader.send(Event { id, msg: EventMsg::Error(told) }).await;
                }
            }
        }
    }
}

/// Hands events to whoever attached to their thread.
async fn route(mut events: Events, attached: Attached) {
    while let Some(incoming) = events.recv().await {
        let Incoming::Notification(notification) = incoming else { continue };
        let ServerNotification::ThreadEvent(told) = *notification else { continue };
        let thread_id = told.thread_id.clone();
        let reader = attached.lock().get(&thread_id).cloned();
        let Some(reader) = reader else { continue };
        let event = read(told);
        let over = matches!(event.msg, EventMsg::ShutdownComplete);
        if reader.send(event).await.is_err() || over {
            attached.lock().remove(&thread_id);
        }
    }
    // The connection is over: everybody's events end.
    attached.lock().clear();
}

/// An event as it was told; [`EventMsg::Unknown`] for one of a newer server that cannot be read.
fn read(told: ThreadEventNotification) -> Event {
    let mut msg: EventMsg = serde_json::from_value(told.event).unwrap_or_else(|error| {
        tracing::warn!(%error, "an event of the server cannot be read");
        EventMsg::Unknown
    });
    match &mut msg {
        EventMsg::AgentMessage(message) => message.item_id = told.item_id.map(ItemId::new),
        EventMsg::AgentReasoning(reasoning) | EventMsg::AgentReasoningRawContent(reasoning) => {
            reasoning.item_id = told.item_id.map(ItemId::new);
            reasoning.parts = told.parts;
        }
        _ => {}
    }
    Event { id: SubmissionId::new(told.submission_id), msg }
}
