//! Threads: starting them and finding those that are loaded.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use codex_app_server_protocol::types as wire;
use codex_app_server_protocol::{ServerNotification, types};
use codex_config::Config;
use codex_core::{StartOptions, Thread};
use codex_protocol::{SubmissionId, ThreadId};
use codex_state::Archive;

use crate::connection::{Connection, Responder};
use crate::convert;
use crate::error::Failure;
use crate::loaded::LoadedThread;
use crate::pump::follow;
use crate::server::Server;
use crate::settings::{self, ThreadSettings};
use crate::stored::no_rollout;

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
    pub(crate) fn await_turn(&self, submission: SubmissionId, responder: Responder) {
        let mut state = self.state();
        if let Some(id) = state.turn.clone() {
            // It has begun already.
            drop(state);
            responder.succeed(&wire::TurnStartResponse { turn: crate::turns::turn(&id, wire::TurnStatus::InProgress, None) });
            return;
        }
        state.starting.push((submission, responder));
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

    async fn start_thread(&self, params: types::ThreadStartParams, connection: &Connection) -> Result<Arc<LoadedThread>, Failure> {
        let ephemeral = params.ephemeral.unwrap_or(false);
        let settings = ThreadSettings {
            cwd: params.cwd,
            model: params.model,
            model_provider: params.model_provider,
            approval_policy: params.approval_policy,
            sandbox: params.sandbox,
            config: params.config,
            base_instructions: params.base_instructions,
            developer_instructions: params.developer_instructions,
            service_tier: params.service_tier,
            personality: params.personality,
        };
        let config = settings::load(&self.surroundings, settings)?;
        let options = StartOptions { ephemeral, ..StartOptions::default() };
        let core = self.manager(Arc::clone(&config), connection).start(options).await;
        let core = core.map_err(|error| Failure::internal(format!("failed to start thread: {error}")))?;
        Ok(self.load(core, config, ephemeral, String::new()))
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
        let file = self.store.file(id, Archive::Without).map_err(|_| no_rollout(id))?;
        let summary = self.store.summary(id).map_err(|_| no_rollout(id))?;
        let settings = ThreadSettings {
            cwd: params.cwd.or_else(|| Some(summary.cwd.display().to_string())),
            model: params.model,
            model_provider: params.model_provider,
            approval_policy: params.approval_policy,
            sandbox: params.sandbox,
            config: params.config,
            base_instructions: params.base_instructions,
            developer_instructions: params.developer_instructions,
            service_tier: params.service_tier,
            personality: params.personality,
        };
        let config = settings::load(&self.surroundings, settings)?;
        let manager = self.manager(Arc::clone(&config), connection);
        let core = manager.resume(&file.path, StartOptions::default()).await;
        let core = core.map_err(|error| Failure::internal(format!("failed to resume thread: {error}")))?;
        Ok((self.load(core, config, false, summary.preview), true))
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
