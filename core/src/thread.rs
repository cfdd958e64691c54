//! The handle of a thread that a front-end holds.
//!
//! The thread may run in this process or elsewhere; whoever holds the handle need not know. **Not here:** the wire to a thread
//! elsewhere (`codex-app-server-client`), which only fills two channels.

use std::path::PathBuf;
use std::sync::Arc;

use codex_config::Config;
use codex_protocol::user_input::UserInput;
use codex_protocol::{Event, EventMsg, Op, Submission, SubmissionId, ThreadId};
use tokio::sync::mpsc;

use crate::error::ThreadClosed;
use crate::mcp::{McpPrompt, McpStatus};
use crate::session::Session;
use crate::session::event_queue::EventQueue;
use crate::session::events::EventSink;

/// Submissions that may wait; a front-end that is ahead of that feels it.
pub(crate) const SUBMISSION_BOUND: usize = 64;

/// A running thread. Clones share its first reader; [`Thread::subscribe`] makes another.
#[derive(Clone)]
pub struct Thread {
    id: ThreadId,
    place: Place,
    submissions: mpsc::Sender<Submission>,
    events: Arc<EventQueue>,
}

/// Where a thread runs.
#[derive(Clone)]
enum Place {
    Here(Arc<Session>),
    Elsewhere { rollout_path: Option<PathBuf>, readers: Arc<EventSink> },
}

/// A thread that runs elsewhere, as its two directions.
#[derive(Debug)]
pub struct Elsewhere {
    /// Its id.
    pub id: ThreadId,
    /// Its session file, on the machine where it runs.
    pub rollout_path: Option<PathBuf>,
    /// Takes requests to it.
    pub submissions: mpsc::Sender<Submission>,
    /// Gives its events; ends when the thread, or the way to it, does.
    pub events: mpsc::Receiver<Event>,
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
        f.debug_tuple("Thread").field(&self.id).finish()
    }
}

impl Thread {
    pub(crate) fn new(session: Arc<Session>, submissions: mpsc::Sender<Submission>, events: Arc<EventQueue>) -> Self {
        Self { id: session.id, place: Place::Here(session), submissions, events }
    }

    /// The handle of a thread that runs elsewhere. Questions that were open when it was reached come as its first events.
    /// Needs a tokio runtime.
    pub fn elsewhere(thread: Elsewhere) -> Self {
        let Elsewhere { id, rollout_path, submissions, events: mut incoming } = thread;
        let readers = Arc::new(EventSink::new(None));
        let events = readers.subscribe();
        let sink = Arc::clone(&readers);
        tokio::spawn(async move {
            while let Some(event) = incoming.recv().await {
                sink.answer_to(event.id);
                sink.show(event.msg).await;
            }
            sink.close();
        });
        Self { id, place: Place::Elsewhere { rollout_path, readers }, submissions, events }
    }

    /// The thread itself, where it runs here.
    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        match &self.place {
            Place::Here(session) => Some(session),
            Place::Elsewhere { .. } => None,
        }
    }

    /// The thread's id.
    pub fn id(&self) -> ThreadId {
        self.id
    }

    /// Where the session file is, or will be once the first turn starts; `None` for ephemeral threads. For a thread elsewhere
    /// it is a path of that machine.
    pub fn rollout_path(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Here(session) => session.events.rollout_path(),
            Place::Elsewhere { rollout_path, .. } => rollout_path.clone(),
        }
    }

    /// Hands in a request. Waits when many are waiting already.
    pub async fn submit(&self, op: Op) -> Result<SubmissionId, ThreadClosed> {
        let id = SubmissionId::generate();
        self.hand_in(Submission { id: id.clone(), op }).await?;
        Ok(id)
    }

    /// Hands in a request that has its id already.
    pub async fn hand_in(&self, submission: Submission) -> Result<(), ThreadClosed> {
        self.submissions.send(submission).await.map_err(|_| ThreadClosed)
    }

    /// The questions that wait for an answer, oldest first, as they were asked: for a reader that came later. None for a thread
    /// elsewhere: its open questions were its first events.
    pub fn open_questions(&self) -> Vec<EventMsg> {
        match &self.place {
            Place::Here(session) => {
                let mut open = session.approvals.pending.events();
                open.extend(session.mcp.questions.events());
                open
            }
            Place::Elsewhere { .. } => Vec::new(),
        }
    }

    /// How the thread's MCP servers are now. `with_lists` also asks them for resources, templates and prompts. None for a thread
    /// elsewhere, where its server tells.
    pub async fn mcp_status(&self, with_lists: bool) -> Vec<McpStatus> {
        match self.session().and_then(|session| session.mcp.servers()) {
            Some(servers) => crate::mcp::status_of(servers, with_lists).await,
            None => Vec::new(),
        }
    }

    /// The prompts of the MCP servers that are ready. None for a thread elsewhere.
    pub async fn mcp_prompts(&self) -> Vec<McpPrompt> {
        match self.session().and_then(|session| Some((session, session.mcp.servers()?))) {
            Some((session, servers)) => crate::mcp::list_prompts(servers, &session.cancel).await,
            None => Vec::new(),
        }
    }

    /// What a line such as `/mcp__SERVER__PROMPT name=value` stands for, as the input of a turn; see
    /// [`is_prompt_line`](crate::is_prompt_line). Waits for a server that is just starting.
    ///
    /// # Errors
    /// Why there is no such prompt, or what it lacks, for people.
    pub async fn fill_mcp_prompt(&self, line: &str) -> Result<Vec<UserInput>, String> {
        let session = self.session().ok_or_else(|| "the thread runs elsewhere: ask its server for prompts".to_owned())?;
        let servers = session.mcp.servers().ok_or_else(|| "no MCP server is configured".to_owned())?;
        crate::mcp::fill_prompt(servers, line, &session.cancel).await
    }

    /// Takes over the MCP servers of another configuration: those whose entries are the same go on, others end, new ones start
    /// in the background; failed ones are tried again. Does nothing for a thread elsewhere.
    pub async fn reload_mcp(&self, config: &Config) {
        if let Some(session) = self.session() {
            crate::mcp::reload(session, config).await;
        }
    }

    /// The next event; `None` once the thread has ended.
    pub async fn next_event(&self) -> Option<Event> {
        self.events.next().await
    }

    /// Makes another reader.
    pub fn subscribe(&self) -> EventReader {
        let events = match &self.place {
            Place::Here(session) => session.events.subscribe(),
            Place::Elsewhere { readers, .. } => readers.subscribe(),
        };
        EventReader { events }
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::event::Warning;
    use pretty_assertions::assert_eq;

    use super::*;

    #[tokio::test]
    async fn a_thread_elsewhere_is_used_like_one_in_process() {
        let (submissions, mut handed_in) = mpsc::channel(4);
        let (tell, events) = mpsc::channel(4);
        let thread = Thread::elsewhere(Elsewhere { id: ThreadId::generate(), rollout_path: None, submissions, events });
        let second = thread.subscribe();
        let id = thread.submit(Op::Interrupt).await.unwrap();
        assert_eq!(handed_in.recv().await, Some(Submission { id: id.clone(), op: Op::Interrupt }));
        let event = Event { id, msg: EventMsg::Warning(Warning { message: "w".to_owned() }) };
        tell.send(event.clone()).await.unwrap();
        drop(tell);
        assert_eq!((thread.next_event().await, second.next_event().await), (Some(event.clone()), Some(event)));
        assert_eq!((thread.next_event().await, second.next_event().await), (None, None));
        drop(handed_in);
        assert!(thread.submit(Op::Interrupt).await.is_err());
    }
}
