//! The handle of a thread that a front-end holds.

use std::path::PathBuf;
use std::sync::Arc;

use codex_protocol::{Event, EventMsg, Op, Submission, SubmissionId, ThreadId};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::error::ThreadClosed;
use crate::mcp::McpStatus;
use crate::session::Session;
use crate::session::event_queue::EventQueue;

/// Submissions that may wait; a front-end that is ahead of that feels it.
pub(crate) const SUBMISSION_BOUND: usize = 64;

/// A running thread. Clones share its first reader; [`Thread::subscribe`] makes another.
#[derive(Clone)]
pub struct Thread {
    session: Arc<Session>,
    submissions: mpsc::Sender<Submission>,
    events: Arc<EventQueue>,
}

/// A further reader of a thread's events: it sees what happens from its making on.
pub struct EventReader {
    events: Arc<EventQueue>,
}

impl EventReader {
    /// The next event; `None` once the thread has ended.
    pub async fn next_event(&self) -> Option<Event> {
        self.events.next().await
    }
}

impl std::fmt::Debug for Thread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Thread").field(&self.session.id).finish()
    }
}

impl Thread {
    pub(crate) fn new(session: Arc<Session>, submissions: mpsc::Sender<Submission>, events: Arc<EventQueue>) -> Self {
        Self { session, submissions, events }
    }

    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The thread's id.
    pub fn id(&self) -> ThreadId {
        self.session.id
    }

    /// Where the session file is, or will be once the first turn starts; `None` for ephemeral threads.
    pub fn rollout_path(&self) -> Option<PathBuf> {
        self.session.events.rollout_path()
    }

    /// Hands in a request. Waits when many are waiting already.
    pub async fn submit(&self, op: Op) -> Result<SubmissionId, ThreadClosed> {
        let id = SubmissionId::generate();
        self.submissions.send(Submission { id: id.clone(), op }).await.map_err(|_| ThreadClosed)?;
        Ok(id)
    }

    /// The questions that wait for an answer, oldest first, as they were asked: for a reader that came later.
    pub fn open_questions(&self) -> Vec<EventMsg> {
        let mut open = self.session.approvals.pending.events();
        open.extend(self.session.mcp.questions.events());
        open
    }

    /// How the thread's MCP servers are now. `with_lists` also asks them for resources, templates and prompts.
    pub async fn mcp_status(&self, with_lists: bool) -> Vec<McpStatus> {
        match self.session.mcp.servers() {
            Some(servers) => crate::mcp::status_of(servers, with_lists).await,
            None => Vec::new(),
        }
    }

    /// A prompt of an MCP server, filled in: the server's result object.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub async fn mcp_prompt(&self, server: &str, name: &str, arguments: Option<Map<String, Value>>) -> Result<Value, String> {
        let servers = self.session.mcp.servers().ok_or_else(|| "no MCP server is configured".to_owned())?;
        servers.prompt(server, name, arguments, &self.session.cancel).await.map_err(|error| error.to_string())
    }

    /// The next event; `None` once the thread has ended.
    pub async fn next_event(&self) -> Option<Event> {
        self.events.next().await
    }

    /// Makes another reader.
    pub fn subscribe(&self) -> EventReader {
        EventReader { events: self.session.events.subscribe() }
    }
}
