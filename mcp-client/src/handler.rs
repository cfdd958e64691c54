//! What a connected server asks for and tells, handed to the session.
#![expect(deprecated, reason = "the newest protocol gives up sampling, roots and logging; servers of today use them")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_protocol::event::{McpList, McpListChanged, McpToolCallProgress};
use codex_protocol::{CallId, EventMsg};
use rmcp::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, CreateMessageRequestParams, CreateMessageResult, CustomNotification, CustomRequest, CustomResult,
    ElicitRequestParams, ElicitResult, ErrorCode, ErrorData, Implementation, ListRootsResult, LoggingMessageNotificationParam,
    ProgressNotificationParam, ProgressToken, ProtocolVersion,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::host::McpHost;
use crate::inputs::Inputs;
use crate::notices::Notices;
use crate::text::clean;

/// Most characters of what a progress notification says.
const PROGRESS: usize = 500;

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
    pub(crate) inputs: Inputs,
    pub(crate) notices: Notices,
    pub(crate) calls: Arc<CallsUnderWay>,
    /// Woken when the server's list of tools changed.
    pub(crate) tools_changed: Arc<Notify>,
    pub(crate) version: String,
}

impl Handler {
    pub(crate) fn new(server: &str, host: &Arc<dyn McpHost>, version: &str) -> Self {
        Self {
            server: server.to_owned(),
            inputs: Inputs::new(server, host),
            notices: Notices::new(server, host),
            calls: Arc::default(),
            tools_changed: Arc::default(),
            version: version.to_owned(),
        }
    }

    /// The server offers something else. That of tools is told when they have been listed anew.
    pub(crate) async fn list_changed(&self, list: McpList) {
        match list {
            McpList::Tools => self.tools_changed.notify_one(),
            McpList::Resources | McpList::Prompts => {
                self.notices.tell(EventMsg::McpListChanged(McpListChanged { server: self.server.clone(), list })).await;
            }
        }
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
            () = context.ct.cancelled() => Err(ErrorData::new(ErrorCode(-1), "cancelled", None)),
            sampled = self.inputs.sample(params) => sampled,
        };
        serde_json::from_value(sampled?).map_err(|error| ErrorData::internal_error(error.to_string(), None))
    }

    async fn list_roots(&self, _context: RequestContext<RoleClient>) -> Result<ListRootsResult, ErrorData> {
        Ok(self.inputs.roots())
    }

    async fn create_elicitation(
        &self,
        params: ElicitRequestParams,
        context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        tokio::select! {
            biased;
            () = context.ct.cancelled() => Ok(ElicitResult::new(rmcp::model::ElicitationAction::Cancel)),
            result = self.inputs.elicit(params) => result,
        }
    }

    /// Forms that the SDK does not know come as they are.
    async fn on_custom_request(&self, request: CustomRequest, context: RequestContext<RoleClient>) -> Result<CustomResult, ErrorData> {
        let unknown = || ErrorData::new(ErrorCode::METHOD_NOT_FOUND, clean(&request.method, 200), None);
        let (true, Some(params)) = (request.method == "elicitation/create", &request.params) else { return Err(unknown()) };
        let result = tokio::select! {
            biased;
            () = context.ct.cancelled() => Some(ElicitResult::new(rmcp::model::ElicitationAction::Cancel)),
            result = self.inputs.elicit_plain(params) => result,
        };
        let result = result.ok_or_else(unknown)?;
        Ok(CustomResult::new(serde_json::to_value(result).unwrap_or_default()))
    }

    async fn on_custom_notification(&self, notification: CustomNotification, _context: NotificationContext<RoleClient>) {
        let id = notification.params.as_ref().and_then(|params| params.get("elicitationId")).and_then(Value::as_str);
        if let ("notifications/elicitation/complete", Some(id)) = (notification.method.as_str(), id) {
            self.inputs.page_is_done(id).await;
        }
    }

    async fn on_progress(&self, params: ProgressNotificationParam, _context: NotificationContext<RoleClient>) {
        if let Some(call_id) = self.calls.find(&params.progress_token) {
            let message = params.message.map(|message| clean(&message, PROGRESS));
            let progress = McpToolCallProgress { call_id, progress: params.progress, total: params.total, message };
            self.notices.tell(EventMsg::McpToolCallProgress(progress)).await;
        }
    }

    async fn on_logging_message(&self, params: LoggingMessageNotificationParam, _context: NotificationContext<RoleClient>) {
        let level = serde_json::to_value(params.level).ok().and_then(|level| level.as_str().map(str::to_owned)).unwrap_or_default();
        self.notices.log(level, params.logger, params.data).await;
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.list_changed(McpList::Tools).await;
    }

    async fn on_resource_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.list_changed(McpList::Resources).await;
    }

    async fn on_prompt_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.list_changed(McpList::Prompts).await;
    }
}
