//! Resources of servers, as the model lists and reads them.

use codex_mcp_client::{CallError, McpServers};
use codex_protocol::CallId;
use codex_protocol::event::McpInvocation;
use codex_tools::{McpRequest, ToolError};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::call::{Outcome, Running};
use crate::host::TurnHost;

/// Server name of what is asked of all.
const ALL: &str = "codex";

/// Answers one of the resource tools.
pub(super) async fn answer(
    host: &TurnHost,
    servers: &McpServers,
    call_id: CallId,
    request: McpRequest,
    cancel: &CancellationToken,
) -> Result<Value, ToolError> {
    let (server, tool, arguments) = describe(&request);
    let invocation = McpInvocation { server, tool: tool.to_owned(), arguments: Some(arguments) };
    let running = Running::begin(host, call_id, invocation).await;
    let answered = match request {
        McpRequest::Resources { server } => list(servers, server, Kind::Resources, cancel).await,
        McpRequest::ResourceTemplates { server } => list(servers, server, Kind::Templates, cancel).await,
        McpRequest::ReadResource { server, uri } => read(servers, &server, &uri, cancel).await,
        McpRequest::Tool { .. } | McpRequest::Search { .. } => Err(Some("unsupported call".to_owned())),
    };
    // Front ends see a result in the form of a server's; the model reads the list itself.
    let (outcome, answer) = match answered {
        Ok(value) => {
            let shown = json!({ "content": [{ "type": "text", "text": value.to_string() }] });
            (Outcome::Result(shown), Ok(value))
        }
        Err(Some(text)) => (Outcome::Failed(text.clone()), Err(ToolError::Refused(text))),
        Err(None) => (Outcome::Cancelled, Err(ToolError::Cancelled)),
    };
    // What the end says to the model is said here.
    let _ = running.end(host, outcome).await;
    answer
}

fn describe(request: &McpRequest) -> (String, &'static str, Value) {
    let of = |server: &Option<String>| server.clone().unwrap_or_else(|| ALL.to_owned());
    let arguments = |server: &Option<String>| server.as_ref().map_or_else(|| json!({}), |server| json!({ "server": server }));
    match request {
        McpRequest::Resources { server } => (of(server), "list_mcp_resources", arguments(server)),
        McpRequest::ResourceTemplates { server } => (of(server), "list_mcp_resource_templates", arguments(server)),
        McpRequest::ReadResource { server, uri } => (server.clone(), "read_mcp_resource", json!({ "server": server, "uri": uri })),
        McpRequest::Tool { name, .. } => (ALL.to_owned(), "tool", json!({ "name": name })),
        McpRequest::Search { query, .. } => (ALL.to_owned(), "tool_search", json!({ "query": query })),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Resources,
    Templates,
}

impl Kind {
    fn key(self) -> &'static str {
        match self {
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Resources => "resources/list",
            Self::Templates => "resources/templates/list",
        }
    }
}

async fn list(servers: &McpServers, server: Option<String>, kind: Kind, cancel: &CancellationToken) -> Result<Value, Option<String>> {
    let of = async |name: &str| match kind {
        Kind::Resources => servers.resources(name, cancel).await,
        Kind::Templates => servers.resource_templates(name, cancel).await,
    };
    let tagged = |name: &str, item: Value| match item {
        Value::Object(members) => Value::Object(Map::from_iter([("server".to_owned(), json!(name))]).into_iter().chain(members).collect()),
        other => other,
    };
    if let Some(name) = server {
        let items = of(&name).await.map_err(|error| told(kind.method(), &name, error))?;
        let items: Vec<Value> = items.into_iter().map(|item| tagged(&name, item)).collect();
        return Ok(json!({ "server": name, (kind.key()): items }));
    }
    let mut all = Vec::new();
    for name in servers.names() {
        match of(&name).await {
            Ok(items) => all.extend(items.into_iter().map(|item| tagged(&name, item))),
            Err(CallError::Cancelled) => return Err(None),
            // A server without resources, or one that is down, hides nothing of the others.
            Err(error) => tracing::debug!(server = name, %error, "no resources"),
        }
    }
    Ok(json!({ (kind.key()): all }))
}

async fn read(servers: &McpServers, server: &str, uri: &str, cancel: &CancellationToken) -> Result<Value, Option<String>> {
    let mut result = servers.read_resource(server, uri, cancel).await.map_err(|error| match error {
        CallError::Cancelled => None,
        CallError::UnknownServer(_) => Some(format!("resources/read failed: {error}")),
        error => Some(format!("resources/read failed: resources/read failed for `{server}` ({uri}): {error}")),
    })?;
    let contents = result.get_mut("contents").map(Value::take).unwrap_or_else(|| json!([]));
    Ok(json!({ "server": server, "uri": uri, "contents": contents }))
}

fn told(method: &str, server: &str, error: CallError) -> Option<String> {
    match error {
        CallError::Cancelled => None,
        CallError::UnknownServer(_) => Some(format!("{method} failed: {error}")),
        error => Some(format!("{method} failed: {method} failed for `{server}`: {error}")),
    }
}
