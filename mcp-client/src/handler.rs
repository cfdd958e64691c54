//! What a connected server asks for and tells, handed to the session.
#![expect(deprecated, reason = "the newest protocol gives up sampling, roots and logging; servers of today use them")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_protocol::event::{ElicitationAction, ElicitationForm, McpServerLog, McpToolCallProgress};
use codex_protocol::{CallId, EventMsg};
use rmcp::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, CreateMessageRequestParams, CreateMessageResult, CustomRequest, CustomResult, ElicitRequestParams,
    ElicitResult, ErrorCode, ErrorData, Implementation, ListRootsResult, LoggingMessageNotificationParam, ProgressNotificationParam,
    ProgressToken, ProtocolVersion, Root,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use serde_json::{Value, json};
use tokio::sync::Notify;
use url::Url;

use crate::host::{Answer, McpHost};
use crate::text::clean;

/// Most characters of a message of a server.
const MESSAGE: usize = 4000;
/// Most characters of what a progress notification says.
const PROGRESS: usize = 500;
/// Most bytes of a logged value.
const LOGGED: usize = 8 * 1024;

/// Calls under way, by the token under which their server tells how far they are.
#[derive(Debug, Default)]
pub(crate) struct CallsUnderWay(Mutex<HashMap<ProgressToken, CallId>>);

impl CallsUnderWay {
    fn lock(&self) -> MutexGuard<'_, HashMap<ProgressToken, CallId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, token: ProgressToken, call: CallId) {
        self.lock().insert(token, call);
    }

    pub(crate) fn remove(&self, token: &ProgressToken) {
        self.lock().remove(token);
    }

    /// The call that a token means. A token nobody gave out means the only call there is.
    fn find(&self, token: &ProgressToken) -> Option<CallId> {
        let calls = self.lock();
        calls.get(token).or_else(|| calls.values().next().filter(|_| calls.len() == 1)).cloned()
    }
}

/// Serves one server.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) server: String,
    pub(crate) host: Arc<dyn McpHost>,
    pub(crate) calls: Arc<CallsUnderWay>,
    /// Woken when the server's list of tools changed.
    pub(crate) tools_changed: Arc<Notify>,
    pub(crate) version: String,
}

impl Handler {
    async fn ask(&self, form: ElicitationForm) -> ElicitResult {
        let Answer { action, content } = self.host.elicit(&self.server, form).await;
        let mut result = ElicitResult::new(match action {
            ElicitationAction::Accept => rmcp::model::ElicitationAction::Accept,
            ElicitationAction::Decline => rmcp::model::ElicitationAction::Decline,
            ElicitationAction::Cancel => rmcp::model::ElicitationAction::Cancel,
        });
        result.content = content.filter(|_| action == ElicitationAction::Accept);
        result
    }
}

/// An address that a person may be sent to: `https`, or this machine (M5).
fn safe_page(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    url.username().is_empty() && url.password().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && local))
}

fn form(params: ElicitRequestParams) -> Result<ElicitationForm, ErrorData> {
    match params {
        ElicitRequestParams::FormElicitationParams { message, requested_schema, .. } => {
            let requested_schema = serde_json::to_value(requested_schema).unwrap_or_else(|_| json!({"type": "object", "properties": {}}));
            Ok(ElicitationForm::Form { message: clean(&message, MESSAGE), requested_schema })
        }
        ElicitRequestParams::UrlElicitationParams { message, url, elicitation_id, .. } if safe_page(&url) => {
            Ok(ElicitationForm::Url { message: clean(&message, MESSAGE), url, elicitation_id: clean(&elicitation_id, 200) })
        }
        _ => Err(ErrorData::invalid_params("only https pages are shown to the user", None)),
    }
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        // Roots are told when asked for and not declared: servers that were given folders by their arguments, such as one for
        // files, would put the roots in their place.
        let capabilities: ClientCapabilities = serde_json::from_value(json!({
            "elicitation": {"form": {}, "url": {}}, "sampling": {},
        }))
        .unwrap_or_default();
        let mut name = Implementation::new("codex-mcp-client", self.version.clone());
        name.title = Some("Codex".to_owned());
        ClientConfig::new(capabilities, name).with_protocol_version(ProtocolVersion::V_2025_11_25)
    }

    async fn create_message(
        &self,
        params: CreateMessageRequestParams,
        context: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        let params = serde_json::to_value(params).unwrap_or_default();
        let sampled = tokio::select! {
            biased;
            () = context.ct.cancelled() => Err("cancelled".to_owned()),
            sampled = self.host.sample(&self.server, params) => sampled,
        };
        let sampled = sampled.map_err(|why| ErrorData::new(ErrorCode(-1), why, None))?;
        serde_json::from_value(sampled).map_err(|error| ErrorData::internal_error(error.to_string(), None))
    }

    async fn list_roots(&self, _context: RequestContext<RoleClient>) -> Result<ListRootsResult, ErrorData> {
        let root = |path: &Path| Url::from_directory_path(path).ok().map(|url| Root::new(url.as_str().trim_end_matches('/')));
        Ok(ListRootsResult::new(self.host.roots().iter().filter_map(|path| root(path)).collect()))
    }

    async fn create_elicitation(
        &self,
        params: ElicitRequestParams,
        context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let form = form(params)?;
        tokio::select! {
            biased;
            () = context.ct.cancelled() => Ok(ElicitResult::new(rmcp::model::ElicitationAction::Cancel)),
            result = self.ask(form) => Ok(result),
        }
    }

    /// Forms that the SDK does not know come as they are.
    async fn on_custom_request(&self, request: CustomRequest, _context: RequestContext<RoleClient>) -> Result<CustomResult, ErrorData> {
        let message = request.params.as_ref().and_then(|params| params.get("message")).and_then(Value::as_str);
        let schema = request.params.as_ref().and_then(|params| params.get("requestedSchema")).filter(|schema| schema.is_object());
        match (request.method.as_str(), message, schema) {
            ("elicitation/create", Some(message), Some(schema)) if schema.to_string().len() <= LOGGED * 8 => {
                let form = ElicitationForm::Form { message: clean(message, MESSAGE), requested_schema: schema.clone() };
                let result = self.ask(form).await;
                Ok(CustomResult::new(serde_json::to_value(result).unwrap_or_default()))
            }
            _ => Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, clean(&request.method, 200), None)),
        }
    }

    async fn on_progress(&self, params: ProgressNotificationParam, _context: NotificationContext<RoleClient>) {
        if let Some(call_id) = self.calls.find(&params.progress_token) {
            let message = params.message.map(|message| clean(&message, PROGRESS));
            let progress = McpToolCallProgress { call_id, progress: params.progress, total: params.total, message };
            self.host.tell(EventMsg::McpToolCallProgress(progress)).await;
        }
    }

    async fn on_logging_message(&self, params: LoggingMessageNotificationParam, _context: NotificationContext<RoleClient>) {
        let level = serde_json::to_value(params.level).ok().and_then(|level| level.as_str().map(str::to_owned)).unwrap_or_default();
        let data = match params.data {
            Value::String(text) => Value::String(clean(&text, LOGGED)),
            other if other.to_string().len() <= LOGGED => other,
            other => Value::String(clean(&other.to_string(), LOGGED)),
        };
        let logger = params.logger.map(|logger| clean(&logger, 200));
        self.host.tell(EventMsg::McpServerLog(McpServerLog { server: self.server.clone(), level, logger, data })).await;
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.tools_changed.notify_one();
    }
}
