//! `list_mcp_resources`, `list_mcp_resource_templates` and `read_mcp_resource`: what MCP servers hold beside their tools.

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::{McpRequest, ToolHost};
use crate::{arguments, schema};

const LIST: &str = "list_mcp_resources";
const TEMPLATES: &str = "list_mcp_resource_templates";
const READ: &str = "read_mcp_resource";

pub(crate) struct ListResources;
pub(crate) struct ListTemplates;
pub(crate) struct ReadResource;

#[derive(Deserialize)]
struct ListArguments {
    #[serde(default)]
    server: Option<String>,
    /// Lists come whole, so there is nothing to go on from.
    #[serde(default, rename = "cursor")]
    _cursor: Option<String>,
}

#[derive(Deserialize)]
struct ReadArguments {
    server: String,
    uri: String,
}

fn list_spec(name: &str, prose: &str) -> ToolSpec {
    let parameters = schema::object(
        [
            ("server", schema::string("Name of one MCP server; without it all servers are asked.")),
            ("cursor", schema::string("Not needed: lists come whole.")),
        ],
        &[],
    );
    schema::function(name, prose, parameters)
}

/// An empty text counts as no arguments.
fn list_arguments(mut call: ToolCall) -> Result<Option<String>, ToolError> {
    if let crate::handler::ToolInput::Json(text) = &mut call.input
        && text.trim().is_empty()
    {
        "{}".clone_into(text);
    }
    let arguments: ListArguments = arguments::parse(&call)?;
    Ok(arguments.server.filter(|server| !server.is_empty()))
}

#[async_trait]
impl ToolHandler for ListResources {
    fn names(&self) -> &'static [&'static str] {
        &[LIST]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        env.mcp.then(|| list_spec(LIST, include_str!("list_mcp_resources.md")))
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let id = call.id.clone();
        let request = McpRequest::Resources { server: list_arguments(call)? };
        Ok(ToolOutput::text(host.mcp(id, request, cancel).await?.to_string()))
    }
}

#[async_trait]
impl ToolHandler for ListTemplates {
    fn names(&self) -> &'static [&'static str] {
        &[TEMPLATES]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        env.mcp.then(|| list_spec(TEMPLATES, include_str!("list_mcp_resource_templates.md")))
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let id = call.id.clone();
        let request = McpRequest::ResourceTemplates { server: list_arguments(call)? };
        Ok(ToolOutput::text(host.mcp(id, request, cancel).await?.to_string()))
    }
}

#[async_trait]
impl ToolHandler for ReadResource {
    fn names(&self) -> &'static [&'static str] {
        &[READ]
    }

    fn spec(&self, env: &ToolEnv) -> Option<ToolSpec> {
        let parameters = schema::object(
            [
                ("server", schema::string("Name of the MCP server that has the resource.")),
                ("uri", schema::string("The resource's address as a list gave it, or made from a template.")),
            ],
            &["server", "uri"],
        );
        env.mcp.then(|| schema::function(READ, include_str!("read_mcp_resource.md"), parameters))
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let arguments: ReadArguments = arguments::parse(&call)?;
        let request = McpRequest::ReadResource { server: arguments.server, uri: arguments.uri };
        Ok(ToolOutput::text(host.mcp(call.id, request, cancel).await?.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::fake_host::{Asked, FakeHost};

    #[tokio::test]
    async fn resources_are_asked_for_where_a_server_is_configured() {
        let mut host = FakeHost::new();
        assert_eq!(host.refusal(LIST, json!({})).await, "unsupported call: list_mcp_resources");
        host.env.mcp = true;
        host.mcp = json!({"resources": []});
        assert_eq!(host.answer(LIST, json!({"cursor": "x"})).await, r#"{"resources":[]}"#);
        host.call(TEMPLATES, json!({"server": "s"})).await.unwrap();
        host.call(READ, json!({"server": "s", "uri": "u:/"})).await.unwrap();
        assert_eq!(
            host.refusal(READ, json!({"uri": "u:/"})).await,
            "failed to parse function arguments: missing field `server` at line 1 column 13"
        );
        assert_eq!(
            host.asked(),
            [
                Asked::Mcp(McpRequest::Resources { server: None }),
                Asked::Mcp(McpRequest::ResourceTemplates { server: Some("s".into()) }),
                Asked::Mcp(McpRequest::ReadResource { server: "s".into(), uri: "u:/".into() }),
            ]
        );
    }
}
