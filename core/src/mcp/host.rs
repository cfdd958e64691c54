//! What servers may ask of their thread.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use codex_mcp_client::{Answer, McpHost, ServerSettings, clean};
use codex_protocol::event::{ElicitationAction, ElicitationForm, ElicitationResolved};
use codex_protocol::policy::ApprovalPolicy;
use codex_protocol::{ApprovalId, EventMsg};
use serde_json::{Value, json};

use super::questions::{Question, Reply};
use super::{kept, lock, pace, sample};
use crate::session::Session;

/// The thread, as long as it is there.
pub(super) struct SessionHost(Weak<Session>);

impl SessionHost {
    pub(super) fn new(session: &Arc<Session>) -> Self {
        Self(Arc::downgrade(session))
    }
}

/// Whether a person may be asked what a server wants to know.
pub(super) fn may_ask(session: &Session) -> bool {
    let by_policy = match session.state().defaults.approval {
        ApprovalPolicy::Never => false,
        ApprovalPolicy::Granular(granular) => granular.mcp_elicitations,
        ApprovalPolicy::Untrusted | ApprovalPolicy::OnRequest | ApprovalPolicy::OnFailure => true,
    };
    by_policy && !session.options.nobody_to_ask
}

/// Puts a question and waits for its answer. Dropping the future withdraws it; either way front ends are told that it is asked
/// no more.
pub(super) async fn put(session: &Arc<Session>, question: Question) -> Reply {
    let (waiting, event) = session.mcp.questions.open(question);
    let mut shown = Shown { session: Arc::clone(session), id: Some(waiting.id.clone()) };
    session.events.show(event).await;
    let reply = waiting.answer().await;
    if let Some(id) = shown.id.take() {
        session.events.show(EventMsg::ElicitationResolved(ElicitationResolved { id })).await;
    }
    reply
}

/// A question on somebody's screen.
struct Shown {
    session: Arc<Session>,
    id: Option<ApprovalId>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current()) else { return };
        let session = Arc::clone(&self.session);
        runtime.spawn(async move { session.events.show(EventMsg::ElicitationResolved(ElicitationResolved { id })).await });
    }
}

#[async_trait]
impl McpHost for SessionHost {
    async fn tell(&self, event: EventMsg) {
        if let Some(session) = self.0.upgrade() {
            if let EventMsg::McpStartupUpdate(update) = &event {
                pace::heard(&session.mcp, &session.services.config.codex_home, update);
            }
            session.events.show(event).await;
        }
    }

    async fn may_start(&self, server: &ServerSettings) -> Result<(), String> {
        let Some(session) = self.0.upgrade() else { return Err("the session has ended".to_owned()) };
        let home = session.services.config.codex_home.clone();
        if kept::is_allowed(&home, server) {
            return Ok(());
        }
        let file = server.project.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        let refused = format!(
            "MCP server `{}` comes from `{}` and was not allowed to start as it is now: look at it with `codex mcp get {0}` and allow it with `codex mcp allow {0}`",
            server.name,
            clean(&file, 500),
        );
        // A thread that waits for a server cannot ask yet.
        if server.required || session.options.nobody_to_ask {
            return Err(refused);
        }
        let message = format!("Start the MCP server {} of this project? It runs: {}", server.name, clean(&server.summary(), 1000));
        let question = Question {
            turn_id: None,
            call_id: None,
            server: server.name.clone(),
            meta: Some(json!({ "codex_approval_kind": "mcp_server", "project_file": file })),
            form: ElicitationForm::Form { message, requested_schema: json!({"type": "object", "properties": {}}) },
        };
        if put(&session, question).await.action != ElicitationAction::Accept {
            return Err(refused);
        }
        kept::allow_server(&home, server).map_err(|error| format!("cannot remember that `{}` may start: {error}", server.name))
    }

    async fn elicit(&self, server: &str, form: ElicitationForm) -> Answer {
        let decline = Answer { action: ElicitationAction::Decline, content: None };
        let Some(session) = self.0.upgrade() else { return decline };
        if !may_ask(&session) {
            return decline;
        }
        let turn_id = lock(&session.mcp.turn).clone();
        let reply = put(&session, Question { turn_id, call_id: None, server: server.to_owned(), meta: None, form }).await;
        Answer { action: reply.action, content: reply.content }
    }

    async fn sample(&self, server: &str, params: Value) -> Result<Value, String> {
        let session = self.0.upgrade().ok_or_else(|| "the session has ended".to_owned())?;
        sample::sample(&session, server, &params).await
    }

    fn roots(&self) -> Vec<PathBuf> {
        self.0.upgrade().map(|session| vec![session.state().defaults.cwd.clone()]).unwrap_or_default()
    }
}
