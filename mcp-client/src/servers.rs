//! The servers of one session: started together in the background, asked by name, ended together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex_protocol::event::{McpStartupComplete, McpStartupFailure, Warning};
use codex_protocol::{CallId, EventMsg};
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, GetPromptRequest, GetPromptRequestParams, JsonObject, ListPromptsRequest,
    ListResourceTemplatesRequest, ListResourcesRequest, PaginatedRequestParams, ReadResourceRequest, ReadResourceRequestParams,
    RequestMetaObject,
};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::error::{CallError, RequiredFailed};
use crate::host::McpHost;
use crate::http::HttpFactory;
use crate::oauth::StoreKind;
use crate::server::{Phase, Server};
use crate::settings::ServerSettings;
use crate::table::ToolTable;
use crate::tool::McpTool;

/// What the servers of a session need of this program.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Environment of this program, for proxies and certificates.
    pub env: BTreeMap<String, String>,
    /// Where sign-ins are kept.
    pub codex_home: PathBuf,
    /// Which place of the two.
    pub credentials: StoreKind,
    /// `user-agent` of HTTP requests.
    pub user_agent: String,
    /// Version of this program.
    pub version: String,
}

/// One call of a tool.
#[derive(Clone, Debug)]
pub struct ToolCall<'a> {
    /// The tool.
    pub tool: &'a McpTool,
    /// Arguments; `None` when the model sent none.
    pub arguments: Option<JsonObject>,
    /// The model's name for the call; progress is told under it.
    pub call_id: &'a CallId,
    /// Further `_meta` of the request.
    pub meta: JsonObject,
}

/// How a server is, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerState {
    /// Name in the configuration.
    pub name: String,
    /// Whether it can be asked.
    pub is_ready: bool,
    /// Why not, when it failed.
    pub error: Option<String>,
    /// Its tools.
    pub tools: Vec<Arc<McpTool>>,
}

/// The servers of one session.
pub struct McpServers {
    servers: BTreeMap<String, Arc<Server>>,
    table: Mutex<Arc<ToolTable>>,
    changed: Arc<Notify>,
    /// Woken after the table was made anew.
    renewed: Notify,
    cancel: CancellationToken,
    host: Arc<dyn McpHost>,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
}

impl std::fmt::Debug for McpServers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.servers.keys()).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl McpServers {
    /// Starts the servers. Returns at once; what happens is told to `host`. Needs a tokio runtime.
    pub fn start(settings: Vec<ServerSettings>, surroundings: Surroundings, host: Arc<dyn McpHost>) -> Arc<Self> {
        let http = HttpFactory::new(&surroundings);
        let cancel = CancellationToken::new();
        let changed = Arc::new(Notify::new());
        let servers = settings.into_iter().map(|settings| {
            let name = settings.name.clone();
            let parts = (Arc::clone(&host), http.clone(), surroundings.version.clone(), cancel.clone(), Arc::clone(&changed));
            (name, Arc::new(Server::new(settings, parts.0, parts.1, parts.2, parts.3, parts.4)))
        });
        let this = Arc::new(Self {
            servers: servers.collect(),
            table: Mutex::default(),
            changed,
            renewed: Notify::new(),
            cancel,
            host,
            tasks: tokio::sync::Mutex::default(),
        });
        if let Ok(mut tasks) = this.tasks.try_lock() {
            for server in this.servers.values() {
                tasks.spawn(Arc::clone(server).supervise());
            }
            tasks.spawn(Arc::clone(&this).follow_tools());
            tasks.spawn(Arc::clone(&this).tell_when_settled());
        }
        this
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.servers.keys().map(String::as_str)
    }

    /// The tools as they are now.
    pub fn tools(&self) -> Arc<ToolTable> {
        Arc::clone(&lock(&self.table))
    }

    /// How each server is now.
    pub fn states(&self) -> Vec<ServerState> {
        let state = |server: &Arc<Server>| {
            let phase = server.phase();
            let error = match &phase {
                Phase::Failed { error, .. } => Some(error.to_string()),
                Phase::Starting | Phase::Ready(_) | Phase::Stopped => None,
            };
            ServerState { name: server.settings.name.clone(), is_ready: matches!(phase, Phase::Ready(_)), error, tools: server.tools() }
        };
        self.servers.values().map(state).collect()
    }

    /// What the servers are configured to be.
    pub fn settings(&self, server: &str) -> Option<&ServerSettings> {
        self.servers.get(server).map(|server| &server.settings)
    }

    /// Starts failed servers anew: this one, or all.
    pub fn start_again(&self, server: Option<&str>) {
        self.servers.values().filter(|own| server.is_none_or(|name| own.settings.name == name)).for_each(|server| server.start_again());
    }

    /// Waits until the first start of every server is over, or until `patience` is.
    pub async fn settled_within(&self, patience: Duration) {
        let all = async {
            for server in self.servers.values() {
                server.settled().await;
            }
            self.renew();
        };
        // Whoever is slower comes later.
        let _ = tokio::time::timeout(patience, all).await;
    }

    /// Waits for the servers without which nothing starts.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub async fn required(&self) -> Result<(), RequiredFailed> {
        let mut failed = Vec::new();
        for server in self.servers.values().filter(|server| server.settings.required) {
            if let Phase::Failed { error, .. } = server.settled().await {
                failed.push((server.settings.name.clone(), error.to_string()));
            }
        }
        self.renew();
        if failed.is_empty() { Ok(()) } else { Err(RequiredFailed { failed }) }
    }

    /// The tool that a call means. A name that is not there yet is waited for while its server may still bring it.
    pub async fn find(&self, exposed: &str, cancel: &CancellationToken) -> Option<Arc<McpTool>> {
        if let Some(tool) = self.tools().get(exposed) {
            return Some(Arc::clone(tool));
        }
        for server in self.servers.values() {
            if matches!(server.phase(), Phase::Starting) && exposed.starts_with(&crate::names::exposed_name(&server.settings.name, "")) {
                // How it went shows in the table.
                let _ = server.live(cancel).await;
            }
        }
        self.renew();
        self.tools().get(exposed).cloned()
    }

    /// Calls a tool: the server's result object.
    ///
    /// # Errors
    /// When the server is not there, answers with an error or not in time, and when the call is cancelled.
    pub async fn call(&self, call: ToolCall<'_>, cancel: &CancellationToken) -> Result<Value, CallError> {
        let server = self.server(&call.tool.server)?;
        let live = server.live(cancel).await?;
        let mut params = CallToolRequestParams::new(call.tool.name.clone());
        params.arguments = call.arguments;
        let request = CallToolRequest::new(params);
        let meta = (!call.meta.is_empty()).then(|| RequestMetaObject::from(call.meta));
        let limit = server.settings.tool_timeout;
        let answer = live.request("tools/call", ClientRequest::CallToolRequest(request), limit, meta, Some(call.call_id), cancel).await;
        match answer {
            Err(CallError::Closed(_)) => {
                // Its process may need a moment to be seen to have ended.
                let error = live.obituary(&server.settings.name).await;
                Err(CallError::Closed(error.to_string()))
            }
            Ok(mut value) => {
                clean_result(&mut value);
                Ok(value)
            }
            Err(error) => Err(error),
        }
    }

    fn server(&self, name: &str) -> Result<&Arc<Server>, CallError> {
        self.servers.get(name).ok_or_else(|| CallError::UnknownServer(crate::text::clean(name, 100)))
    }

    /// Resources of a server.
    ///
    /// # Errors
    /// As for [`McpServers::call`].
    pub async fn resources(&self, server: &str, cancel: &CancellationToken) -> Result<Vec<Value>, CallError> {
        let page = |params| {
            ClientRequest::ListResourcesRequest(ListResourcesRequest { method: Default::default(), params, extensions: Default::default() })
        };
        self.listed(server, "resources/list", "resources", page, cancel).await
    }

    /// Templates of resources of a server.
    ///
    /// # Errors
    /// As for [`McpServers::call`].
    pub async fn resource_templates(&self, server: &str, cancel: &CancellationToken) -> Result<Vec<Value>, CallError> {
        let page = |params| {
            ClientRequest::ListResourceTemplatesRequest(ListResourceTemplatesRequest {
                method: Default::default(),
                params,
                extensions: Default::default(),
            })
        };
        self.listed(server, "resources/templates/list", "resourceTemplates", page, cancel).await
    }

    /// Prompts of a server.
    ///
    /// # Errors
    /// As for [`McpServers::call`].
    pub async fn prompts(&self, server: &str, cancel: &CancellationToken) -> Result<Vec<Value>, CallError> {
        let page = |params| {
            ClientRequest::ListPromptsRequest(ListPromptsRequest { method: Default::default(), params, extensions: Default::default() })
        };
        self.listed(server, "prompts/list", "prompts", page, cancel).await
    }

    async fn listed(
        &self,
        server: &str,
        method: &'static str,
        key: &str,
        page: impl Fn(Option<PaginatedRequestParams>) -> ClientRequest,
        cancel: &CancellationToken,
    ) -> Result<Vec<Value>, CallError> {
        let server = self.server(server)?;
        let live = server.live(cancel).await?;
        let mut items = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(CallError::Cancelled),
            items = live.list(method, key, server.settings.tool_timeout, page) => items?,
        };
        items.iter_mut().for_each(clean_result);
        Ok(items)
    }

    /// A resource: the server's result object.
    ///
    /// # Errors
    /// As for [`McpServers::call`].
    pub async fn read_resource(&self, server: &str, uri: &str, cancel: &CancellationToken) -> Result<Value, CallError> {
        let server = self.server(server)?;
        let live = server.live(cancel).await?;
        let params = ReadResourceRequestParams::new(uri.to_owned());
        let request = ClientRequest::ReadResourceRequest(ReadResourceRequest::new(params));
        let mut value = live.request("resources/read", request, server.settings.tool_timeout, None, None, cancel).await?;
        clean_result(&mut value);
        Ok(value)
    }

    /// A prompt filled in: the server's result object.
    ///
    /// # Errors
    /// As for [`McpServers::call`].
    pub async fn prompt(
        &self,
        server: &str,
        name: &str,
        arguments: Option<JsonObject>,
        cancel: &CancellationToken,
    ) -> Result<Value, CallError> {
        let server = self.server(server)?;
        let live = server.live(cancel).await?;
        let mut params = GetPromptRequestParams::new(name.to_owned());
        params.arguments = arguments;
        let request = ClientRequest::GetPromptRequest(GetPromptRequest::new(params));
        let mut value = live.request("prompts/get", request, server.settings.tool_timeout, None, None, cancel).await?;
        clean_result(&mut value);
        Ok(value)
    }

    /// What a server says of itself: name, version, capabilities, instructions. `None` while it is not ready.
    pub fn about(&self, server: &str) -> Option<Value> {
        match self.servers.get(server)?.phase() {
            Phase::Ready(live) => Some(live.about.clone()),
            _ => None,
        }
    }

    /// Ends every server and waits for it.
    pub async fn stop(&self) {
        self.cancel.cancel();
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }

    fn renew(&self) {
        let table = Arc::new(ToolTable::new(self.servers.values().flat_map(|server| server.tools())));
        *lock(&self.table) = table;
        self.renewed.notify_waiters();
    }

    async fn follow_tools(self: Arc<Self>) {
        let mut told = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return,
                () = self.changed.notified() => self.renew(),
            }
            let table = self.tools();
            if table.shadowed() != told.as_slice() {
                told = table.shadowed().to_vec();
                let shown = told.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
                let message = format!("some MCP tools cannot be called, because another one has their name: {shown}");
                self.host.tell(EventMsg::Warning(Warning { message })).await;
            }
        }
    }

    async fn tell_when_settled(self: Arc<Self>) {
        if self.servers.is_empty() {
            return;
        }
        let mut complete = McpStartupComplete::default();
        for server in self.servers.values() {
            let name = server.settings.name.clone();
            let phase = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return,
                phase = server.settled() => phase,
            };
            match phase {
                Phase::Ready(_) => complete.ready.push(name),
                Phase::Failed { error, .. } => complete.failed.push(McpStartupFailure { server: name, error: error.to_string() }),
                Phase::Stopped | Phase::Starting => complete.cancelled.push(name),
            }
        }
        self.host.tell(EventMsg::McpStartupComplete(complete)).await;
    }
}

/// Takes control characters out of every text of a result.
fn clean_result(value: &mut Value) {
    match value {
        Value::String(text) => crate::text::without_controls(text),
        Value::Array(items) => items.iter_mut().for_each(clean_result),
        Value::Object(members) => members.values_mut().for_each(clean_result),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
