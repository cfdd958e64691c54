//! Tools of MCP servers: one handler for all of them, because which there are changes while a thread runs.
//!
//! They are offered by the session, which knows them; a call is handed on by name.

use async_trait::async_trait;
use codex_protocol::ToolSpec;
use tokio_util::sync::CancellationToken;

use crate::handler::{ToolCall, ToolEnv, ToolError, ToolHandler, ToolInput, ToolOutput};
use crate::host::{McpRequest, ToolHost};
use crate::mcp_result;

/// How all their names begin.
const PREFIX: &str = "mcp__";

pub(crate) struct McpTool;

#[async_trait]
impl ToolHandler for McpTool {
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    fn is_called(&self, name: &str) -> bool {
        name.starts_with(PREFIX)
    }

    fn spec(&self, _env: &ToolEnv) -> Option<ToolSpec> {
        None
    }

    fn callable(&self, env: &ToolEnv) -> bool {
        env.mcp
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let ToolInput::Json(arguments) = call.input else {
            return Err(ToolError::Refused(format!("unsupported call: {}", call.name)));
        };
        let result = host.mcp(call.id, McpRequest::Tool { name: call.name, arguments }, cancel).await?;
        Ok(mcp_result::for_model(&result, host.turn().images))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::fake_host::{Asked, FakeHost};

    #[tokio::test]
    async fn a_call_is_handed_on_by_name_where_a_server_is_configured() {
        let mut host = FakeHost::new();
        assert_eq!(host.refusal("mcp__s__t", json!({"a": 1})).await, "unsupported call: mcp__s__t");
        host.env.mcp = true;
        host.mcp = json!({"content": [{"type": "text", "text": "hi"}]});
        assert_eq!(host.answer("mcp__s__t", json!({"a": 1})).await, r#"[{"type":"text","text":"hi"}]"#);
        let asked = McpRequest::Tool { name: "mcp__s__t".into(), arguments: r#"{"a":1}"#.into() };
        assert_eq!(host.asked(), [Asked::Mcp(asked)]);
    }
}
