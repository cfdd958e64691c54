//! Threads: starting them and finding those that are loaded.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use codex_app_server_protocol::types as wire;
use codex_app_server_protocol::{ServerNotification, types};
use codex_config::Config;
use codex_core::{StartOptions, Thread};
use codex_protocol::{Op, SubmissionId, ThreadId};
use codex_state::Archive;

use crate::connection::{Connection, Responder};
use crate::convert;
use crate::dynamic_tools;
use crate::error::Failure;
use crate::loaded::{LoadedThread, Starting};
use crate::pump::follow;
use crate::server::Server;
use crate::settings::{self, ThreadSettings};
use crate::stored::no_rollout;

/// What of a stored thread another one begins with.
struct Stored {
    file: PathBuf,
    cwd: String,
    preview: String,
}

/// What params say over the configuration: those of starting, resuming and forking have the same members.
macro_rules! said_by {
    ($params:ident, $cwd:expr, $personality:expr) => {
        ThreadSettings {
            cwd: $cwd,
            model: $params.model,
            model_provider: $params.model_provider,
            approval_policy: $params.approval_policy,
            sandbox: $params.sandbox,
            config: $params.config,
            base_instructions: $params.base_instructions,
            developer_instructions: $params.developer_instructions,
            service_tier: $params.service_tier,
            personality: $personality,
        }
    };
}

/// The time in Unix seconds.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}

/// Reads the id of a thread.
pub(crate) fn thread_id(text: &str) -> Result<ThreadId, Failure> {
    text.parse().map_err(|error| Failure::invalid(format!("invalid thread id: {error}")))
}

impl LoadedThread {
    /// The request is answered when the turn of this submission begins.
    pub(crate) fn await_turn(&self, submission: SubmissionId, request: Starting) {
        let mut state = self.state();
        if let Some(id) = state.turn.clone() {
            // It has begun already.
            drop(state);
            request.begun(&self.id.to_string(), &id);
            return;
        }
        state.starting.push((submission, request));
    }
}

impl Server {
    /// The loaded thread of an id.
    pub(crate) fn loaded(&self, id: &str) -> Result<Arc<LoadedThread>, Failure> {
        let id = thread_id(id)?;
        self.thread(id).ok_or_else(|| Failure::invalid(format!("thread not found: {id}")))
    }

    /// `thread/start`.
    pub(crate) async fn thread_start(self: &Arc<Self>, params: types::ThreadStartParams, responder: Responder) {
        match self.start_thread(params, &responder.connection).await {
            Err(failure) => responder.fail(failure),
            Ok(thread) => {
                let connection = responder.connection.id;
                responder.succeed(&started(&thread, thread.shown()));
                thread.state().subscribers.insert(connection);
                self.broadcast(&ServerNotification::ThreadStarted(wire::ThreadStartedNotification { thread: thread.shown() }));
                self.follow(thread);
            }
        }
    }

    async fn start_thread(
        self: &Arc<Self>,
        params: types::ThreadStartParams,
        connection: &Connection,
    ) -> Result<Arc<LoadedThread>, Failure> {
        let (tools, place) = dynamic_tools::brought(params.dynamic_tools.unwrap_or_default(), self)?;
        let ephemeral = params.ephemeral.unwrap_or(false);
        let settings = said_by!(params, params.cwd, params.personality);
        let config = settings::load(self.load_options(), settings)?;
        let options = StartOptions { ephemeral, tools, raw_items: params.experimental_raw_events, ..StartOptions::default() };
        let core = self.manager(Arc::clone(&config), connection).start(options).await;
        let core = core.map_err(|error| Failure::internal(format!("failed to start thread: {error}")))?;
        let thread = self.load(core, config, ephemeral, String::new());
        place.settle(&thread);
        Ok(thread)
    }

    /// `thread/resume`: joins a thread that is loaded, or loads it.
    pub(crate) async fn thread_resume(self: &Arc<Self>, params: types::ThreadResumeParams, responder: Responder) {
        let connection = Arc::clone(&responder.connection);
        let (thread, is_new) = match self.find_or_load(params, &connection).await {
            Ok(found) => found,
            Err(failure) => return responder.fail(failure),
        };
        let turns = if thread.ephemeral { Ok(Vec::new()) } else { self.stored_turns(thread.id) };
        let mut turns = match turns {
            Ok(turns) => turns,
            Err(failure) => return responder.fail(failure),
        };
        if is_new {
            self.tell_status(&thread);
        }
        {
            // What the running turn has come to is told from memory: its file is behind.
            let mut state = thread.state();
            state.subscribers.insert(connection.id);
            if let Some(running) = turns.iter_mut().find(|turn| state.turn.as_deref() == Some(turn.id.as_str())) {
                running.items.clone_from(&state.items);
            }
        }
        let mut shown = started(&thread, self.current(&thread));
        shown.thread.turns = turns;
        responder.succeed(&shown.into_resumed());
        if is_new {
            self.follow(thread);
        } else {
            self.ask_again(&thread, &connection);
        }
    }

    /// A thread's file, and what it says of itself. Archived threads have to be brought back first.
    fn stored_thread(&self, id: ThreadId) -> Result<Stored, Failure> {
        let file = self.store.file(id, Archive::Without).map_err(|_| no_rollout(id))?;
        let summary = self.store.summary(id).map_err(|_| no_rollout(id))?;
        Ok(Stored { file: file.path, cwd: summary.cwd.display().to_string(), preview: summary.preview })
    }

    /// `thread/fork`: a new thread with the turns of a stored one.
    pub(crate) async fn thread_fork(self: &Arc<Self>, params: types::ThreadForkParams, responder: Responder) {
        let connection = Arc::clone(&responder.connection);
        let (thread, turns) = match self.fork_thread(params, &connection).await {
            Ok(forked) => forked,
            Err(failure) => return responder.fail(failure),
        };
        let mut shown = started(&thread, self.current(&thread));
        shown.thread.turns = turns;
        let told = wire::ThreadStartedNotification { thread: shown.thread.clone() };
        thread.state().subscribers.insert(connection.id);
        responder.succeed(&shown.into_resumed());
        self.broadcast(&ServerNotification::ThreadStarted(told));
        self.follow(thread);
    }

    async fn fork_thread(
        &self,
        params: types::ThreadForkParams,
        connection: &Connection,
    ) -> Result<(Arc<LoadedThread>, Vec<wire::Turn>), Failure> {
        if params.path.is_some() {
            return Err(Failure::invalid("a thread is forked by its id: `path` is not supported"));
        }
        let id = thread_id(&params.thread_id)?;
        let stored = self.stored_thread(id)?;
        let turns = self.stored_turns(id)?;
        let ephemeral = params.ephemeral;
        let settings = said_by!(params, params.cwd.or(Some(stored.cwd)), None);
        let config = settings::load(self.load_options(), settings)?;
        let options = StartOptions { ephemeral, ..StartOptions::default() };
        let core = self.manager(Arc::clone(&config), connection).fork(&stored.file, None, options).await;
        let core = core.map_err(|error| Failure::internal(format!("failed to fork thread: {error}")))?;
        Ok((self.load(core, config, ephemeral, stored.preview), turns))
    }

    /// `thread/rollback`: answered when the turns are taken back.
    pub(crate) async fn thread_rollback(&self, params: types::ThreadRollbackParams, responder: Responder) {
        let thread = match self.rollback_checked(&params) {
            Ok(thread) => thread,
            Err(failure) => return responder.fail(failure),
        };
        thread.state().rolling_back.push(responder);
        if thread.core.submit(Op::Rollback { turns: params.num_turns }).await.is_err() {
            tracing::debug!("the thread ended before its turns could be taken back");
        }
    }

    fn rollback_checked(&self, params: &types::ThreadRollbackParams) -> Result<Arc<LoadedThread>, Failure> {
        let id = thread_id(&params.thread_id)?;
        if params.num_turns == 0 {
            return Err(Failure::invalid("numTurns must be >= 1"));
        }
        let thread = self.loaded(&params.thread_id)?;
        if thread.ephemeral {
            return Err(Failure::invalid("thread rollback requires a persisted rollout path"));
        }
        self.store.file(id, Archive::Without).map_err(|_| no_rollout(id))?;
        if thread.state().turn.is_some() {
            return Err(Failure::invalid("a turn is running: interrupt it before turns are taken back"));
        }
        Ok(thread)
    }

    /// `thread/compact/start`: answered at once; the turn is told like any other.
    pub(crate) async fn thread_compact(
        &self,
        params: &types::ThreadCompactStartParams,
    ) -> Result<wire::ThreadCompactStartResponse, Failure> {
        let thread = self.loaded(&params.thread_id)?;
        thread.core.submit(Op::Compact).await.map_err(|_| Failure::invalid("the thread has ended"))?;
        Ok(wire::ThreadCompactStartResponse {})
    }

    /// `thread/backgroundTerminals/clean`: answered at once; the commands' ends are told as they come.
    pub(crate) async fn thread_end_commands(
        &self,
        params: &types::ThreadBackgroundTerminalsCleanParams,
    ) -> Result<wire::ThreadBackgroundTerminalsCleanResponse, Failure> {
        let thread = self.loaded(&params.thread_id)?;
        thread.core.submit(Op::StopBackgroundCommands).await.map_err(|_| Failure::invalid("the thread has ended"))?;
        Ok(wire::ThreadBackgroundTerminalsCleanResponse {})
    }

    /// `thread/shellCommand`: the user's own line. Answered at once; what it does is told like a turn.
    pub(crate) async fn thread_shell_command(
        &self,
        params: types::ThreadShellCommandParams,
    ) -> Result<wire::ThreadShellCommandResponse, Failure> {
        let thread = self.loaded(&params.thread_id)?;
        if params.command.trim().is_empty() {
            return Err(Failure::invalid("command must not be empty"));
        }
        let command = params.command;
        thread.core.submit(Op::UserShell { command }).await.map_err(|_| Failure::invalid("the thread has ended"))?;
        Ok(wire::ThreadShellCommandResponse {})
    }

    /// `thread/increment_elicitation` and `thread/decrement_elicitation`: what it is now, and whether time stands still.
    pub(crate) fn count_elicitations(&self, id: &str, by: i64) -> Result<(u64, bool), Failure> {
        let thread = self.loaded(id)?;
        let mut state = thread.state();
        let count = state.elicitations + by;
        if count < 0 {
            return Err(Failure::invalid("out-of-band elicitation count is already zero"));
        }
        state.elicitations = count;
        Ok((count.unsigned_abs(), count > 0))
    }

    async fn find_or_load(&self, params: types::ThreadResumeParams, connection: &Connection) -> Result<(Arc<LoadedThread>, bool), Failure> {
        if params.history.is_some() || params.path.is_some() {
            return Err(Failure::invalid("a thread is resumed by its id: `history` and `path` are not supported"));
        }
        let id = thread_id(&params.thread_id)?;
        if let Some(thread) = self.thread(id) {
            if !thread.ephemeral {
                self.store.file(id, Archive::Without).map_err(|_| no_rollout(id))?;
            }
            return Ok((thread, false));
        }
        let stored = self.stored_thread(id)?;
        let settings = said_by!(params, params.cwd.or(Some(stored.cwd)), params.personality);
        let config = settings::load(self.load_options(), settings)?;
        let manager = self.manager(Arc::clone(&config), connection);
        let core = manager.resume(&stored.file, StartOptions::default()).await;
        let core = core.map_err(|error| Failure::internal(format!("failed to resume thread: {error}")))?;
        Ok((self.load(core, config, false, stored.preview), true))
    }

    /// Makes a thread one of this server's.
    pub(crate) fn load(&self, core: Thread, config: Arc<Config>, ephemeral: bool, preview: String) -> Arc<LoadedThread> {
        let thread = Arc::new(LoadedThread::new(core, config, ephemeral, now(), preview));
        self.keep(Arc::clone(&thread));
        thread
    }

    /// Begins to pass on what a thread tells.
    pub(crate) fn follow(self: &Arc<Self>, thread: Arc<LoadedThread>) {
        self.tasks.spawn(follow(Arc::clone(self), thread));
    }
}

/// The result of `thread/start`.
pub(crate) fn started(thread: &LoadedThread, shown: wire::Thread) -> wire::ThreadStartResponse {
    let config = &thread.config;
    wire::ThreadStartResponse {
        approval_policy: convert::approval_policy_out(config.approval_policy),
        approvals_reviewer: wire::ApprovalsReviewer::User,
        cwd: config.cwd.display().to_string(),
        model: config.model.clone(),
        model_provider: config.provider.id.clone(),
        reasoning_effort: config.effort.map(convert::effort_out),
        sandbox: convert::sandbox_policy_out(&config.sandbox_policy),
        service_tier: match config.service_tier.as_deref() {
            Some("priority") => Some(wire::ServiceTier::Fast),
            Some("flex") => Some(wire::ServiceTier::Flex),
            _ => None,
        },
        thread: shown,
    }
}

/// Results of starting, resuming and forking have the same members.
pub(crate) trait IntoResumed {
    /// As the result of `thread/resume`.
    fn into_resumed(self) -> wire::ThreadResumeResponse;
}

impl IntoResumed for wire::ThreadStartResponse {
    fn into_resumed(self) -> wire::ThreadResumeResponse {
        wire::ThreadResumeResponse {
            approval_policy: self.approval_policy,
            approvals_reviewer: self.approvals_reviewer,
            cwd: self.cwd,
            model: self.model,
            model_provider: self.model_provider,
            reasoning_effort: self.reasoning_effort,
            sandbox: self.sandbox,
            service_tier: self.service_tier,
            thread: self.thread,
        }
    }
}
