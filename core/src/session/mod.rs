//! The only mutable state of a thread, and the services its turns use.

mod allowed;
pub(crate) mod announce;
mod diary;
pub(crate) mod event_queue;
pub(crate) mod events;
pub(crate) mod model;
pub(crate) mod rollback;
pub(crate) mod services;
pub(crate) mod submissions;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_config::Config;
use codex_protocol::mode::CollaborationMode;
use codex_protocol::op::TurnOverrides;
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::user_input::UserInput;
use codex_protocol::{Personality, ResponseItem, ThreadId, TokenUsage, TokenUsageInfo, ToolSpec, TurnId};
use codex_snapshot::{Options, TurnKey};
use tokio_util::sync::CancellationToken;

use crate::approval::Approvals;
use crate::compact::CompactionState;
use crate::context::fragments::Surroundings;
use crate::context::history::History;
use crate::mcp::SessionMcp;
use crate::runtime::StartOptions;
use crate::session::allowed::allowed;
use crate::session::announce::SandboxNotice;
use crate::session::events::EventSink;
use crate::session::model::Choice;
use crate::session::services::Services;
use crate::skills::SessionSkills;
use crate::undo::Undo;

/// Lives as long as the thread.
pub(crate) struct Session {
    pub(crate) id: ThreadId,
    pub(crate) services: Services,
    pub(crate) options: StartOptions,
    pub(crate) events: EventSink,
    pub(crate) approvals: Approvals,
    pub(crate) sandbox_notice: SandboxNotice,
    pub(crate) cancel: CancellationToken,
    pub(crate) undo: Undo,
    pub(crate) mcp: SessionMcp,
    pub(crate) skills: SessionSkills,
    state: Mutex<SessionState>,
}

/// Values that a turn starts from unless it brings its own.
#[derive(Clone, Debug)]
pub(crate) struct TurnDefaults {
    pub(crate) cwd: PathBuf,
    pub(crate) approval: ApprovalPolicy,
    pub(crate) sandbox: SandboxPolicy,
    pub(crate) model: Choice,
    /// `None` where nobody set it.
    pub(crate) mode: Option<CollaborationMode>,
    /// Wire value; `None` for the usual one.
    pub(crate) service_tier: Option<String>,
    /// The tone that a turn asked for last; `None` for the one of the configuration.
    pub(crate) personality: Option<Personality>,
}

/// What changes from turn to turn.
pub(crate) struct SessionState {
    pub(crate) history: History,
    pub(crate) defaults: TurnDefaults,
    /// What the model was last told of its surroundings; `None` before the first turn.
    pub(crate) told: Option<Surroundings>,
    pub(crate) usage: Option<TokenUsageInfo>,
    pub(crate) compaction: CompactionState,
    /// Input that came during a turn and joins it before its next request.
    pub(crate) steered: VecDeque<Vec<UserInput>>,
    /// What happened beside a turn and the model reads before its next request.
    pub(crate) beside: Vec<ResponseItem>,
}

impl Session {
    pub(crate) fn new(
        id: ThreadId,
        services: Services,
        options: StartOptions,
        events: EventSink,
        approvals: Approvals,
        state: SessionState,
    ) -> Arc<Self> {
        let kept = undo_options(&services.config, &options);
        let undo = Undo::new(&services.config.codex_home, services.runtime.tmpdir.as_deref(), kept);
        Arc::new(Self {
            id,
            services,
            options,
            events,
            approvals,
            sandbox_notice: SandboxNotice::default(),
            cancel: CancellationToken::new(),
            undo,
            mcp: SessionMcp::default(),
            skills: SessionSkills::default(),
            state: Mutex::new(state),
        })
    }

    /// The state. Never held across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, SessionState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a request offers: the thread's own tools, and behind them those of MCP servers that are there by now.
    pub(crate) fn tools_on_offer(&self, own: &Arc<[ToolSpec]>) -> Arc<[ToolSpec]> {
        let further = self.mcp.specs();
        if further.is_empty() { Arc::clone(own) } else { own.iter().cloned().chain(further).collect() }
    }

    /// A turn of this thread, as its changes are filed.
    pub(crate) fn turn_key(&self, turn: &TurnId) -> TurnKey {
        TurnKey { thread: self.id.to_string(), turn: turn.to_string() }
    }

    /// Changes defaults for this and later turns.
    #[must_use = "what was not taken over has to be told"]
    pub(crate) fn apply_overrides(&self, overrides: &TurnOverrides) -> Vec<String> {
        let (overrides, refused) = allowed(&self.services.config, overrides);
        let mut state = self.state();
        if let Some(cwd) = &overrides.cwd {
            state.defaults.cwd.clone_from(cwd);
        }
        if let Some(approval) = overrides.approval_policy {
            state.defaults.approval = approval;
        }
        if let Some(sandbox) = &overrides.sandbox_policy {
            state.defaults.sandbox = sandbox.clone();
        }
        let defaults = &mut state.defaults;
        if let Some(tier) = &overrides.service_tier {
            defaults.service_tier = Some(tier.clone()).filter(|tier| !tier.is_empty());
        }
        defaults.personality = overrides.personality.or(defaults.personality);
        if let Some(mode) = &overrides.mode {
            if !mode.settings.model.is_empty() {
                defaults.model.slug = Some(mode.settings.model.clone());
            }
            defaults.model.effort = mode.settings.reasoning_effort;
            defaults.mode = Some(mode.clone());
        }
        // What is said by itself comes before what a mode brings.
        defaults.model.slug = overrides.model.clone().or(defaults.model.slug.take());
        defaults.model.effort = overrides.effort.or(defaults.model.effort);
        defaults.model.summary = overrides.summary.or(defaults.model.summary);
        refused
    }

    /// Adds one request's counts to the thread's and returns both.
    pub(crate) fn add_usage(&self, last: TokenUsage, window: i64) -> TokenUsageInfo {
        let mut state = self.state();
        let mut total = state.usage.map(|info| info.total_token_usage).unwrap_or_default();
        total.add(&last);
        let info = TokenUsageInfo { total_token_usage: total, last_token_usage: last, model_context_window: Some(window) };
        state.usage = Some(info);
        info
    }
}

/// `None` where the user wants no undo, or nothing of the session is to stay.
fn undo_options(config: &Config, options: &StartOptions) -> Option<Options> {
    let keeps = config.undo.enabled && !options.ephemeral;
    keeps.then(|| Options { max_file: config.undo.max_file_bytes, max_bytes: config.undo.max_bytes, ..Options::default() })
}
