//! A thread that this server runs: its clients, its turn, its open questions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_app_server_protocol::types as wire;
use codex_config::Config;
use codex_core::Thread;
use codex_protocol::{Event, EventMsg, SubmissionId, ThreadId};
use tokio_util::sync::CancellationToken;

use crate::connection::{ConnectionId, Responder};
use crate::questions::Question;

/// A thread that this server runs.
pub(crate) struct LoadedThread {
    pub(crate) id: ThreadId,
    pub(crate) core: Thread,
    pub(crate) config: Arc<Config>,
    /// Not kept in a file.
    pub(crate) ephemeral: bool,
    /// Unix seconds.
    pub(crate) created_at: i64,
    /// Cancelled when it is gone.
    pub(crate) over: CancellationToken,
    state: Mutex<ThreadState>,
}

/// A request that is answered when the turn it starts has begun.
#[derive(Debug)]
pub(crate) enum Starting {
    /// `turn/start`.
    Turn(Responder),
    /// `review/start`, with what is reviewed in a few words.
    Review(Responder, String),
}

impl Starting {
    /// Answers it.
    pub(crate) fn begun(self, thread: &str, id: &str) {
        let turn = crate::turns::turn(id, wire::TurnStatus::InProgress, None);
        match self {
            Self::Turn(responder) => responder.succeed(&wire::TurnStartResponse { turn }),
            Self::Review(responder, hint) => {
                let content = vec![wire::UserInput::Text { text: hint, text_elements: Vec::new() }];
                let items = vec![wire::ThreadItem::UserMessage { content, id: id.to_owned() }];
                let review_thread_id = thread.to_owned();
                responder.succeed(&wire::ReviewStartResponse { review_thread_id, turn: wire::Turn { items, ..turn } });
            }
        }
    }

    /// There is nobody who could begin it.
    pub(crate) fn fail(self, failure: crate::error::Failure) {
        match self {
            Self::Turn(responder) | Self::Review(responder, _) => responder.fail(failure),
        }
    }
}

/// What changes while a thread is loaded.
#[derive(Default)]
pub(crate) struct ThreadState {
    pub(crate) subscribers: BTreeSet<ConnectionId>,
    /// Front ends that hear the agent's own events instead of notifications.
    pub(crate) attached: BTreeSet<ConnectionId>,
    /// How the thread began, for those who attach later.
    pub(crate) opening: Vec<Event>,
    /// The beginning of the running turn.
    pub(crate) turn_began: Option<Event>,
    /// Questions of the running turn, answered or not.
    pub(crate) asked: Vec<EventMsg>,
    /// What the running turn has come to, for those who want its history.
    pub(crate) turn_so_far: Vec<Event>,
    /// Turns that have ended.
    pub(crate) turns_ended: u64,
    /// The running turn.
    pub(crate) turn: Option<String>,
    /// The running turn is a review.
    pub(crate) reviewing: bool,
    /// The last turn ended with an error.
    pub(crate) failed: bool,
    /// Our open questions by their numbers.
    pub(crate) questions: BTreeMap<i64, Question>,
    /// Requests that wait for the turn they start.
    pub(crate) starting: Vec<(SubmissionId, Starting)>,
    /// Requests that wait for turns to be taken back.
    pub(crate) rolling_back: Vec<Responder>,
    /// It is put away, which is told otherwise than that it is closed.
    pub(crate) put_away: bool,
    /// Requests that wait for the running turn's end.
    pub(crate) interrupting: Vec<Responder>,
    /// Text of the first message.
    pub(crate) preview: String,
    /// Unix seconds.
    pub(crate) updated_at: i64,
    /// Items of the running turn, as far as they are final.
    pub(crate) items: Vec<wire::ThreadItem>,
    /// Questions that other programs ask beside this protocol.
    pub(crate) elicitations: i64,
}

impl LoadedThread {
    pub(crate) fn new(core: Thread, config: Arc<Config>, ephemeral: bool, now: i64, preview: String) -> Self {
        let state = ThreadState { preview, updated_at: now, ..ThreadState::default() };
        Self { id: core.id(), core, config, ephemeral, created_at: now, over: CancellationToken::new(), state: Mutex::new(state) }
    }

    /// The state. Never held across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, ThreadState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where its file is or will be.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        self.core.rollout_path()
    }

    /// What it does.
    pub(crate) fn status(&self) -> wire::ThreadStatus {
        let state = self.state();
        if state.turn.is_none() {
            return if state.failed { wire::ThreadStatus::SystemError } else { wire::ThreadStatus::Idle };
        }
        let waits = |input: bool| state.questions.values().any(|question| question.wants_input() == Some(input));
        let mut active_flags = Vec::new();
        if waits(false) {
            active_flags.push(wire::ThreadActiveFlag::WaitingOnApproval);
        }
        if waits(true) {
            active_flags.push(wire::ThreadActiveFlag::WaitingOnUserInput);
        }
        wire::ThreadStatus::Active { active_flags }
    }

    /// The thread as the wire has it.
    pub(crate) fn shown(&self) -> wire::Thread {
        let status = self.status();
        let state = self.state();
        wire::Thread {
            agent_nickname: None,
            agent_role: None,
            cli_version: self.config_version(),
            created_at: self.created_at,
            cwd: self.config.cwd.display().to_string(),
            ephemeral: self.ephemeral,
            git_info: None,
            id: self.id.to_string(),
            model_provider: self.config.provider.id.clone(),
            name: None,
            path: self.path().map(|path| path.display().to_string()),
            preview: state.preview.clone(),
            source: wire::SessionSource::Vscode,
            status,
            turns: Vec::new(),
            updated_at: state.updated_at,
        }
    }

    fn config_version(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }
}
