//! What a turn runs under: frozen when it starts, never read again from configuration.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use codex_config::Config;
use codex_model_client::{Prompt, RequestContext};
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::rollout::TurnContextLine;
use codex_protocol::{ResponseItem, TurnId};
use codex_tools::ToolTurn;
use serde_json::Value;

use crate::context::fragments::Surroundings;
use crate::context::prompt::{Abilities, input};
use crate::network::reaches_by_name;
use crate::session::Session;
use crate::session::model::Model;

/// Longest wait of an empty `write_stdin` unless configured otherwise.
const DEFAULT_MAX_POLL_MS: u64 = 300_000;

/// Where the line of a turn keeps its mode.
pub(crate) const MODE_KEY: &str = "collaboration_mode";

/// Where it keeps the tone of replies.
pub(crate) const TONE_KEY: &str = "personality";

/// An immutable snapshot.
pub(crate) struct TurnContext {
    pub(crate) id: TurnId,
    pub(crate) cwd: PathBuf,
    pub(crate) approval: ApprovalPolicy,
    pub(crate) sandbox: SandboxPolicy,
    pub(crate) writable_roots: Vec<PathBuf>,
    pub(crate) surroundings: Surroundings,
    pub(crate) output_schema: Option<Value>,
    pub(crate) tool_turn: ToolTurn,
    pub(crate) request: RequestContext,
    pub(crate) model: Arc<Model>,
    /// Wire value of the service tier.
    pub(crate) service_tier: Option<String>,
}

impl TurnContext {
    /// Freezes the session's defaults.
    pub(crate) fn freeze(session: &Session, id: TurnId, output_schema: Option<Value>) -> Self {
        let services = &session.services;
        let defaults = session.state().defaults.clone();
        let (config, runtime) = (&services.config, &services.runtime);
        let model = services.choose(defaults.model.clone());
        let writable_roots = defaults.sandbox.writable_roots(&defaults.cwd, runtime.tmpdir.as_deref());
        let now = jiff::Zoned::now();
        let surroundings = Surroundings {
            cwd: defaults.cwd.clone(),
            shell: runtime.shell_name(),
            current_date: now.strftime("%Y-%m-%d").to_string(),
            timezone: zone_name(&now),
            approval: defaults.approval,
            sandbox: defaults.sandbox.clone(),
            writable_roots: writable_roots.clone(),
            hosts: Some(hosts_by_name(config, &defaults.sandbox)),
            model: model.slug.clone(),
            mode: defaults.mode.clone(),
            tone: services.instructions.tone_with(&model, defaults.personality),
        };
        let tool_turn = ToolTurn {
            turn_id: id.clone(),
            cwd: defaults.cwd.clone(),
            shell: runtime.shell.clone(),
            allow_login_shell: config.allow_login_shell,
            approval: defaults.approval,
            sandbox: defaults.sandbox.clone(),
            truncation: model.truncation,
            images: model.supports_images,
            // History keeps the JSON form; `context::prompt` spells it for the model.
            structured_shell_output: false,
            max_poll: std::time::Duration::from_millis(config.background_terminal_max_timeout_ms.unwrap_or(DEFAULT_MAX_POLL_MS)),
            mode: defaults.mode.as_ref().map(|mode| mode.mode).unwrap_or_default(),
            additional_permissions: config.feature("exec_permission_approvals"),
            asks_in_every_mode: config.feature("default_mode_request_user_input"),
            denied_reads: services.denied_reads.clone(),
        };
        let request = RequestContext {
            thread_id: session.id,
            turn_id: id.clone(),
            turn_metadata: Some(turn_metadata(session, &id, &defaults.sandbox)),
            subagent: services.subagent.map(str::to_owned),
            turn_state: Arc::new(Mutex::new(None)),
        };
        Self {
            id,
            cwd: defaults.cwd,
            approval: defaults.approval,
            sandbox: defaults.sandbox,
            writable_roots,
            surroundings,
            output_schema,
            tool_turn,
            request,
            model,
            service_tier: defaults.service_tier,
        }
    }

    /// The request for this history. Only `input` differs between the requests of a thread.
    pub(crate) fn prompt(&self, session: &Session, history: &[ResponseItem]) -> Prompt {
        let services = &session.services;
        let (config, model) = (&services.config, &self.model);
        let abilities = Abilities { images: model.supports_images, structured_shell_output: model.apply_patch_freeform };
        Prompt {
            model: model.slug.clone(),
            instructions: Arc::clone(&services.instructions.text),
            input: input(history, abilities),
            tools: session.tools_on_offer(&model.tool_specs),
            parallel_tools: model.parallel_tools,
            reasoning: model.reasoning(model.effort, model.summary),
            verbosity: model.verbosity(config.verbosity.as_deref()),
            service_tier: self.service_tier.clone(),
            output_schema: self.output_schema.clone(),
            cache_key: session.id.to_string(),
            max_output_tokens: model.max_output_tokens,
        }
    }

    /// The line of the session file that says what the turn ran under.
    pub(crate) fn line(&self) -> TurnContextLine {
        let model = &self.model;
        let mode = self.surroundings.mode.as_ref().and_then(|mode| serde_json::to_value(mode).ok());
        let tone = self.surroundings.tone.map(|tone| Value::from(tone.as_str()));
        let other = [(TONE_KEY, tone), (MODE_KEY, mode)].into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        TurnContextLine {
            turn_id: Some(self.id.clone()),
            cwd: self.cwd.clone(),
            current_date: Some(self.surroundings.current_date.clone()),
            timezone: Some(self.surroundings.timezone.clone()),
            approval_policy: self.approval,
            sandbox_policy: self.sandbox.clone(),
            model: model.slug.clone(),
            effort: model.effort,
            summary: Some(model.summary.unwrap_or(model.default_summary)),
            truncation_policy: Some(model.truncation),
            other: other.collect(),
        }
    }
}

/// The hosts that commands reach although the policy closes the network.
fn hosts_by_name(config: &Config, sandbox: &SandboxPolicy) -> Vec<String> {
    let hosts = config.boundary.network.as_ref().filter(|_| reaches_by_name(sandbox));
    hosts.map(|hosts| hosts.allow.clone()).unwrap_or_default()
}

fn zone_name(now: &jiff::Zoned) -> String {
    match now.time_zone().iana_name() {
        Some("UTC") | None => "Etc/UTC".to_owned(),
        Some(name) => name.to_owned(),
    }
}

fn turn_metadata(session: &Session, turn: &TurnId, sandbox: &SandboxPolicy) -> String {
    let kind = if sandbox.needs_sandbox() { "seccomp" } else { "none" };
    serde_json::json!({ "session_id": session.id, "turn_id": turn, "sandbox": kind }).to_string()
}
