//! Starts and resumes threads.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use codex_config::Config;
use codex_config::shell_env::command_environment;
use codex_model_client::HttpPool;
use codex_protocol::event::{SessionConfigured, Warning};
use codex_protocol::rollout::{BaseInstructions, SessionMeta};
use codex_protocol::{EventMsg, ThreadId, ToolSpec};
use codex_state::{Outline, RolloutRecorder, SessionStore};
use codex_tools::{ToolEnv, ToolRegistry};
use serde_json::json;
use tokio::sync::mpsc;

use crate::approval::Approvals;
use crate::approval::rulebook::{RuleBook, StoredRules};
use crate::context::instructions::Instructions;
use crate::error::StartError;
use crate::exec::sessions::CommandSessions;
use crate::mcp;
use crate::network::NetworkAccess;
use crate::resume::{Resumed, replay};
use crate::review;
use crate::runtime::{Runtime, StartOptions};
use crate::session::announce;
use crate::session::events::EventSink;
use crate::session::model::{Choice, Current, Model};
use crate::session::services::Services;
use crate::session::submissions::serve;
use crate::session::{Session, SessionState, TurnDefaults};
use crate::skills;
use crate::thread::{SUBMISSION_BOUND, Thread};

/// Starts and resumes threads under one configuration.
pub struct ThreadManager {
    config: Arc<Config>,
    runtime: Arc<Runtime>,
    stored_rules: StoredRules,
    /// Connections to model servers, shared by the threads of all these managers.
    pool: HttpPool,
}

impl ThreadManager {
    /// A manager; nothing is read or started yet.
    pub fn new(config: Arc<Config>, runtime: Arc<Runtime>) -> Self {
        Self { config, runtime, stored_rules: StoredRules::default(), pool: HttpPool::default() }
    }

    /// A manager for another configuration in the same process: a rule that the user keeps in a thread of the one is in
    /// force at once in the threads of the other.
    pub fn with_config(&self, config: Arc<Config>) -> Self {
        Self { config, runtime: Arc::clone(&self.runtime), stored_rules: self.stored_rules.clone(), pool: self.pool.clone() }
    }

    /// The same manager for another front-end in the same process: its threads tell model servers of `runtime`.
    pub fn with_runtime(&self, runtime: Arc<Runtime>) -> Self {
        Self { config: Arc::clone(&self.config), runtime, stored_rules: self.stored_rules.clone(), pool: self.pool.clone() }
    }

    /// Starts a thread. Its first event is `SessionConfigured`; its file appears with its first turn.
    pub async fn start(&self, options: StartOptions) -> Result<Thread, StartError> {
        let id = ThreadId::generate();
        let services = self.services(&options)?;
        let recorder = if options.ephemeral {
            None
        } else {
            let meta = self.meta(id, &services.instructions.text);
            Some(RolloutRecorder::create(&self.config.codex_home, meta, &jiff::Zoned::now())?)
        };
        let state = self.state(Resumed::default());
        tracing::info!(target: "codex_diary", thread = %id, model = self.config.model, provider = self.config.provider.id, "thread started");
        self.run(id, services, options, recorder, state).await
    }

    /// Goes on with the thread in a session file, under the present configuration. The file is
    /// appended to, unless `options.ephemeral` is set: then it is only read.
    pub async fn resume(&self, path: &Path, options: StartOptions) -> Result<Thread, StartError> {
        // The lock comes first: nobody adds to the file between the look at it and the first line of ours.
        let recorder = if options.ephemeral { None } else { Some(RolloutRecorder::resume(path.to_path_buf())?) };
        let outline = Outline::of(path)?;
        let services = self.services(&options)?;
        let state = self.state(replay(&outline, &self.runtime, &services.instructions)?);
        tracing::info!(target: "codex_diary", thread = %outline.meta.id, model = self.config.model, "thread resumed");
        self.run(outline.meta.id, services, options, recorder, state).await
    }

    /// Begins a new thread with the turns of an earlier one: all, or the first `keep_turns` of the user. The earlier one stays
    /// as it is. Unless `options.ephemeral` is set, the new file is there when this returns.
    pub async fn fork(&self, path: &Path, keep_turns: Option<usize>, options: StartOptions) -> Result<Thread, StartError> {
        let id = ThreadId::generate();
        let mut outline = Outline::of(path)?;
        if let Some(keep) = keep_turns {
            outline.keep_turns(keep);
        }
        let services = self.services(&options)?;
        let recorder = if options.ephemeral {
            None
        } else {
            let meta = SessionMeta { forked_from_id: Some(outline.meta.id), ..self.meta(id, &services.instructions.text) };
            let now = jiff::Zoned::now();
            let recorder = RolloutRecorder::fork(&self.config.codex_home, meta, &now, path.to_path_buf(), outline.length())?;
            recorder.begin().await;
            recorder.flush().await?;
            Some(recorder)
        };
        let state = self.state(replay(&outline, &self.runtime, &services.instructions)?);
        tracing::info!(target: "codex_diary", thread = %id, from = %outline.meta.id, "thread forked");
        self.run(id, services, options, recorder, state).await
    }

    /// The stored sessions of this configuration's `$CODEX_HOME`.
    pub fn sessions(&self) -> SessionStore {
        SessionStore::new(&self.config.codex_home).with_index_in(&self.config.sqlite_home)
    }

    /// Starts the thread of a reviewer: its own instructions, fewer tools, the policies that its parent has now.
    async fn start_as_reviewer(&self, parent: &Session) -> Result<Thread, StartError> {
        let id = ThreadId::generate();
        let options = parent.options.clone();
        let mut services = self.services(&options)?;
        services.subagent = Some(review::SUBAGENT);
        services.client = Arc::clone(&parent.services.client);
        services.instructions = Instructions::fixed(review::REVIEWER_INSTRUCTIONS);
        services.tool_env.hosted.clear();
        services.offers_mcp = false.into();
        services.tool_env.extra_tools.clear();
        services.tool_env.user_questions = false;
        services.tool_env.permission_requests = false;
        services.offer_anew();
        let recorder = if options.ephemeral {
            None
        } else {
            let meta = SessionMeta { source: json!({ "subagent": review::SUBAGENT }), ..self.meta(id, &services.instructions.text) };
            Some(RolloutRecorder::create(&self.config.codex_home, meta, &jiff::Zoned::now())?)
        };
        let state = SessionState { defaults: parent.state().defaults.clone(), ..self.state(Resumed::default()) };
        self.run(id, services, options, recorder, state).await
    }

    async fn run(
        &self,
        id: ThreadId,
        services: Services,
        options: StartOptions,
        recorder: Option<RolloutRecorder>,
        state: SessionState,
    ) -> Result<Thread, StartError> {
        let events = EventSink::new(recorder);
        let reader = events.subscribe();
        let (rules, mut warnings) = RuleBook::load(&self.config.codex_home, &self.config.project_folders, self.stored_rules.clone());
        if !options.ephemeral {
            crate::housekeeping::begin(&self.config);
        }
        warnings.extend(crate::patch::take_back_cut_off(&self.config.codex_home));
        let session = Session::new(id, services, options, events, Approvals::new(rules), state);
        self.announce(&session, warnings).await;
        announce::begin(&session, &self.config.sandbox_policy);
        if session.services.subagent.is_none() {
            skills::begin(&session);
            mcp::begin(&session);
            mcp::begin_required(&session).await?;
        }
        let (submissions, inbox) = mpsc::channel(SUBMISSION_BOUND);
        tokio::spawn(serve(Arc::clone(&session), inbox));
        Ok(Thread::new(session, submissions, reader))
    }

    async fn announce(&self, session: &Session, more_warnings: Vec<String>) {
        let config = &self.config;
        let configured = SessionConfigured {
            session_id: session.id,
            model: config.model.clone(),
            model_provider_id: config.provider.id.clone(),
            approval_policy: config.approval_policy,
            sandbox_policy: config.sandbox_policy.clone(),
            cwd: config.cwd.clone(),
            reasoning_effort: config.effort,
            rollout_path: session.events.rollout_path(),
        };
        session.events.show(EventMsg::SessionConfigured(Box::new(configured))).await;
        for notice in &config.deprecations {
            session.events.show(EventMsg::DeprecationNotice(notice.clone())).await;
        }
        for message in config.warnings.iter().cloned().chain(more_warnings) {
            session.events.show(EventMsg::Warning(Warning { message })).await;
        }
    }

    fn services(&self, options: &StartOptions) -> Result<Services, StartError> {
        let (config, runtime) = (&self.config, &self.runtime);
        let tools = ToolRegistry::builtin().with(&options.tools);
        let tool_env = ToolEnv {
            shell_tool: config.feature("shell_tool"),
            unified_exec: config.feature("unified_exec"),
            // These three are the model's.
            prefers_shell_command: false,
            apply_patch: false,
            images: false,
            mcp: config.mcp_servers.values().any(|server| server.enabled != Some(false)),
            extra_tools: config.extra_tools.clone(),
            user_questions: !options.nobody_to_ask || config.feature("default_mode_request_user_input"),
            permission_requests: config.feature("request_permissions_tool"),
            additional_permissions: config.feature("exec_permission_approvals"),
            hosted: hosted_tools(config),
        };
        let model = Model::new(config, Choice::default(), &tools, &tool_env);
        let instructions = Instructions::of(config, &model);
        Ok(Services {
            client: crate::traffic::client(&options.traffic, config, runtime, &self.pool)?,
            command_env: command_environment(&config.shell_environment, &runtime.env, &config.credential_variables()),
            denied_reads: denied_reads(config),
            command_sessions: CommandSessions::default(),
            network: NetworkAccess::new(config, runtime)?,
            config: Arc::clone(config),
            runtime: Arc::clone(runtime),
            model: Current::new(model),
            tools,
            subagent: None,
            offers_mcp: tool_env.mcp.into(),
            tool_env,
            instructions,
        })
    }

    fn state(&self, resumed: Resumed) -> SessionState {
        SessionState {
            history: resumed.history,
            defaults: TurnDefaults {
                cwd: self.config.cwd.clone(),
                approval: self.config.approval_policy,
                sandbox: self.config.sandbox_policy.clone(),
                model: Choice::default(),
                mode: None,
                service_tier: self.config.service_tier.clone(),
                personality: None,
            },
            told: resumed.told,
            usage: resumed.usage,
            compaction: resumed.compaction,
            steered: std::collections::VecDeque::new(),
            beside: Vec::new(),
        }
    }

    fn meta(&self, id: ThreadId, instructions: &str) -> SessionMeta {
        let config = &self.config;
        SessionMeta {
            id,
            forked_from_id: None,
            timestamp: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            cwd: config.cwd.clone(),
            originator: self.runtime.originator.clone(),
            cli_version: self.runtime.version.clone(),
            source: self.runtime.source.clone(),
            model_provider: Some(config.provider.id.clone()),
            base_instructions: Some(BaseInstructions { text: instructions.to_owned() }),
            git: codex_git::find_root(&config.cwd).map(|root| codex_git::facts(&root)),
            other: serde_json::Map::new(),
        }
    }
}

/// Starts the thread that reviews for `parent`, with the model for reviews where there is one.
pub(crate) fn start_reviewer(parent: &Session) -> Pin<Box<dyn Future<Output = Result<Thread, StartError>> + Send + '_>> {
    let mut config = Config::clone(&parent.services.config);
    if let Some(model) = config.review_model.take() {
        config.model = model;
    }
    // Told when the parent began.
    (config.warnings, config.deprecations) = (Vec::new(), Vec::new());
    let manager = ThreadManager::new(Arc::new(config), Arc::clone(&parent.services.runtime));
    // A turn starts threads and a thread runs turns: the type of one of the two has to be hidden.
    Box::pin(async move { manager.start_as_reviewer(parent).await })
}

/// What no tool of this process reads: what the sandbox keeps from commands.
fn denied_reads(config: &Config) -> Vec<PathBuf> {
    let own = codex_sandbox::effective::SECRETS_OF_HOME.iter().map(|name| config.codex_home.join(name));
    own.chain(config.boundary.deny_read.iter().map(PathBuf::from)).collect()
}

/// The server's own tools, as configured. Servers that are not OpenAI's refuse types they do not know.
fn hosted_tools(config: &Config) -> Vec<ToolSpec> {
    use codex_config::WebSearchMode;
    let live = match config.web_search {
        WebSearchMode::Disabled => return Vec::new(),
        WebSearchMode::Cached => false,
        WebSearchMode::Live => true,
    };
    let option = |name: &str| config.web_search_options.get(name).cloned();
    vec![ToolSpec::WebSearch {
        external_web_access: live,
        filters: option("filters"),
        user_location: option("user_location"),
        search_context_size: option("search_context_size").and_then(|size| size.as_str().map(str::to_owned)),
    }]
}
