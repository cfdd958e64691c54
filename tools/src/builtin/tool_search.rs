//! `tool_search`: finds tools of MCP servers by words, where there are too many to be listed.

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolOutput};
use crate::host::{McpRequest, ToolHost};
use crate::{arguments, schema};

const NAME: &str = "tool_search";
/// Tools of one answer unless the model says otherwise.
const USUAL: usize = 8;
/// Most tools of one answer.
const MOST: usize = 32;

pub(crate) struct ToolSearch;

#[derive(Deserialize)]
struct SearchArguments {
    query: String,
    #[serde(default)]
    limit: Option<usize>,
}

/// How the search is offered; the session does so where tools are searched.
pub fn spec() -> ToolSpec {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": MOST, "description": "Most tools to return; 8 when absent."});
    let query = schema::string("What the tool should do or is called, in a few words.");
    schema::function(NAME, include_str!("tool_search.md"), schema::object([("query", query), ("limit", limit)], &["query"]))
}

#[async_trait]
impl ToolHandler for ToolSearch {
    fn names(&self) -> &'static [&'static str] {
        &[NAME]
    }

    fn spec(&self, _env: &ToolEnv) -> Option<ToolSpec> {
        None
    }

    fn callable(&self, env: &ToolEnv) -> bool {
        env.mcp
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let arguments: SearchArguments = arguments::parse(&call)?;
        let limit = arguments.limit.unwrap_or(USUAL).clamp(1, MOST);
        let found = host.mcp(call.id, McpRequest::Search { query: arguments.query, limit }, cancel).await?;
        Ok(ToolOutput::text(found.to_string()))
    }
}
