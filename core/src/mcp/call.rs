//! What the tools of a turn ask of servers: approval, events and the request itself.

use std::time::{Duration, Instant};

use codex_mcp_client::{CallError, McpServers, McpTool, ToolCall};
use codex_protocol::event::{McpInvocation, McpToolCallBegin, McpToolCallEnd};
use codex_protocol::{CallId, EventMsg};
use codex_tools::mcp_result::failure;
use codex_tools::{McpRequest, ToolError};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::{approval, lists, lock};
use crate::host::TurnHost;

/// Most bytes of arguments (Z1).
const LONGEST_ARGUMENTS: usize = 4 * 1024 * 1024;

/// Answers a tool of this turn.
pub(crate) async fn ask(host: &TurnHost, call_id: CallId, request: McpRequest, cancel: &CancellationToken) -> Result<Value, ToolError> {
    let Some(servers) = host.session().mcp.servers().cloned() else {
        return Err(ToolError::Refused("no MCP server is configured".to_owned()));
    };
    match request {
        McpRequest::Tool { name, arguments } => tool(host, &servers, call_id, &name, &arguments, cancel).await,
        McpRequest::Search { query, limit } => Ok(search(host, &servers, &query, limit)),
        other => lists::answer(host, &servers, call_id, other, cancel).await,
    }
}

async fn tool(
    host: &TurnHost,
    servers: &McpServers,
    call_id: CallId,
    name: &str,
    arguments: &str,
    cancel: &CancellationToken,
) -> Result<Value, ToolError> {
    let Some(tool) = servers.find(name, cancel).await else {
        return Err(ToolError::Refused(format!("unsupported call: {name}")));
    };
    let arguments = parse(arguments).map_err(|why| ToolError::Refused(failure(&why)))?;
    let invocation =
        McpInvocation { server: tool.server.clone(), tool: tool.name.clone(), arguments: arguments.clone().map(Value::Object) };
    let running = Running::begin(host, call_id, invocation).await;
    let outcome = carry_out(host, servers, &tool, &running.call_id, arguments, cancel).await;
    running.end(host, outcome).await
}

/// A call that was told to the front ends.
pub(super) struct Running {
    pub(super) call_id: CallId,
    invocation: McpInvocation,
    began: Instant,
}

/// How a call went: a result, what the model reads instead, or that the turn was cancelled.
pub(super) enum Outcome {
    Result(Value),
    Failed(String),
    Cancelled,
}

impl Running {
    pub(super) async fn begin(host: &TurnHost, call_id: CallId, invocation: McpInvocation) -> Self {
        *lock(&host.session().mcp.turn) = Some(host.turn_id());
        let begin = McpToolCallBegin { call_id: call_id.clone(), invocation: invocation.clone() };
        host.session().events.send(EventMsg::McpToolCallBegin(begin)).await;
        Self { call_id, invocation, began: Instant::now() }
    }

    pub(super) async fn end(self, host: &TurnHost, outcome: Outcome) -> Result<Value, ToolError> {
        let (result, answer) = match outcome {
            Outcome::Result(value) => (Ok(value.clone()), Ok(value)),
            Outcome::Failed(text) => (Err(text.clone()), Err(ToolError::Refused(failure(&text)))),
            Outcome::Cancelled => (Err("the call was cancelled".to_owned()), Err(ToolError::Cancelled)),
        };
        *lock(&host.session().mcp.turn) = None;
        let duration: Duration = self.began.elapsed();
        let end = McpToolCallEnd { call_id: self.call_id, invocation: self.invocation, duration, result };
        host.session().events.send(EventMsg::McpToolCallEnd(end)).await;
        answer
    }
}

async fn carry_out(
    host: &TurnHost,
    servers: &McpServers,
    tool: &McpTool,
    call_id: &CallId,
    arguments: Option<Map<String, Value>>,
    cancel: &CancellationToken,
) -> Outcome {
    let passed = tokio::select! {
        biased;
        () = cancel.cancelled() => return Outcome::Cancelled,
        passed = approval::pass(host, tool, call_id, arguments.as_ref()) => passed,
    };
    if let Err(refusal) = passed {
        return Outcome::Failed(refusal);
    }
    let call = ToolCall { tool, arguments, call_id, meta: turn_metadata(host) };
    match servers.call(call, cancel).await {
        Ok(result) => Outcome::Result(result),
        Err(CallError::Cancelled) => Outcome::Cancelled,
        Err(error) => {
            let cause = error.to_string().replace('\n', "\n    ");
            Outcome::Failed(format!("tool call error: tool call failed for `{}/{}`\n\nCaused by:\n    {cause}", tool.server, tool.name))
        }
    }
}

/// Arguments as an object; nothing when the model wrote nothing.
fn parse(text: &str) -> Result<Option<Map<String, Value>>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    if text.len() > LONGEST_ARGUMENTS {
        return Err("err: the arguments are too long".to_owned());
    }
    serde_json::from_str(text).map(Some).map_err(|error| format!("err: {error}"))
}

/// What a server may know of the turn.
fn turn_metadata(host: &TurnHost) -> Map<String, Value> {
    let sandbox = if host.sandbox().needs_sandbox() { "seccomp" } else { "none" };
    let metadata = json!({ "session_id": host.session().id, "turn_id": host.turn_id(), "sandbox": sandbox });
    Map::from_iter([("x-codex-turn-metadata".to_owned(), metadata)])
}

/// Finds tools; what is found is offered from the next request on.
fn search(host: &TurnHost, servers: &McpServers, query: &str, limit: usize) -> Value {
    let table = servers.tools();
    let hits = table.search(query, limit);
    let mut found = lock(&host.session().mcp.found);
    for tool in hits.iter().rev() {
        found.retain(|name| *name != tool.exposed);
        found.push(tool.exposed.clone());
    }
    let surplus = found.len().saturating_sub(codex_mcp_client::MOST_LISTED);
    found.drain(..surplus);
    let shown = |tool: &McpTool| json!({ "name": tool.exposed, "description": codex_mcp_client::clean(&tool.description, 1000), "parameters": tool.parameters });
    json!({ "tools": hits.iter().map(|tool| shown(tool)).collect::<Vec<_>>(), "searched": table.len() })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn arguments_are_an_object_or_nothing() {
        assert_eq!(parse(""), Ok(None));
        assert_eq!(parse("{}"), Ok(Some(Map::new())));
        assert_eq!(parse("nope"), Err("err: expected ident at line 1 column 2".to_owned()));
        assert!(parse("[1]").is_err());
    }
}
