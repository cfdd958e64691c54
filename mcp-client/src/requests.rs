//! What may be asked of the servers of a session: calls, resources, prompts. Everything that comes back is cleaned.

use std::sync::Arc;

use codex_protocol::CallId;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, GetPromptRequest, GetPromptRequestParams, JsonObject, ListPromptsRequest,
    ListResourceTemplatesRequest, ListResourcesRequest, PaginatedRequestParams, ReadResourceRequest, ReadResourceRequestParams,
    RequestMetaObject,
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::error::CallError;
use crate::rounds::{self, Asking};
use crate::server::Server;
use crate::servers::McpServers;
use crate::tool::McpTool;

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

/// A request that no progress is told of.
fn plain<'a>(method: &'static str, server: &Server, cancel: &'a CancellationToken) -> Asking<'a> {
    Asking { method, limit: server.settings.tool_timeout, meta: None, call: None, cancel }
}

impl McpServers {
    /// Calls a tool: the server's result object.
    ///
    /// # Errors
    /// When the server is not there, answers with an error or not in time, and when the call is cancelled.
    pub async fn call(&self, call: ToolCall<'_>, cancel: &CancellationToken) -> Result<Value, CallError> {
        let server = self.server(&call.tool.server)?;
        let live = server.live(cancel).await?;
        let asking = Asking {
            method: "tools/call",
            limit: server.settings.tool_timeout,
            meta: (!call.meta.is_empty()).then(|| RequestMetaObject::from(call.meta)),
            call: Some(call.call_id),
            cancel,
        };
        let answer = rounds::ask(&live, asking, |further| {
            let mut params = CallToolRequestParams::new(call.tool.name.clone());
            params.arguments = call.arguments.clone();
            (params.input_responses, params.request_state) = (further.responses, further.state);
            ClientRequest::CallToolRequest(CallToolRequest::new(params))
        });
        match answer.await {
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

    fn server(&self, name: &str) -> Result<Arc<Server>, CallError> {
        self.server_named(name).ok_or_else(|| CallError::UnknownServer(crate::text::clean(name, 100)))
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
        let mut value = rounds::ask(&live, plain("resources/read", &server, cancel), |further| {
            let mut params = ReadResourceRequestParams::new(uri.to_owned());
            (params.input_responses, params.request_state) = (further.responses, further.state);
            ClientRequest::ReadResourceRequest(ReadResourceRequest::new(params))
        })
        .await?;
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
        let mut value = rounds::ask(&live, plain("prompts/get", &server, cancel), |further| {
            let mut params = GetPromptRequestParams::new(name.to_owned());
            params.arguments.clone_from(&arguments);
            (params.input_responses, params.request_state) = (further.responses, further.state);
            ClientRequest::GetPromptRequest(GetPromptRequest::new(params))
        })
        .await?;
        clean_result(&mut value);
        Ok(value)
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
