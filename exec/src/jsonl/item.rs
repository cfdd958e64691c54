//! The wire form of thread items, and the mapping from items to it.

use codex_protocol::event::FileChange;
use codex_protocol::items::{CommandItem, FileChangeItem, ItemStatus, McpItem, ThreadItemKind};
use codex_protocol::plan::StepStatus;
use codex_protocol::response_item::WebSearchAction;
use serde::Serialize;
use serde_json::{Value, json};

use crate::quote::command_line;

/// An item with its id.
#[derive(Debug, Serialize)]
pub(crate) struct Item<'a> {
    pub(crate) id: &'a str,
    #[serde(flatten)]
    pub(crate) details: Details<'a>,
}

/// What an item is.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Details<'a> {
    AgentMessage { text: &'a str },
    Reasoning { text: String },
    CommandExecution { command: String, aggregated_output: &'a str, exit_code: Option<i32>, status: Status },
    FileChange { changes: Vec<Change>, status: Status },
    McpToolCall(McpCall<'a>),
    WebSearch { query: &'a str, action: Value },
    TodoList { items: Vec<Todo<'a>> },
    Error { message: &'a str },
}

/// How far an item is.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    InProgress,
    Completed,
    Failed,
    Declined,
}

/// One file of a patch.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    path: String,
    kind: &'static str,
}

/// One step of the plan.
#[derive(Debug, Serialize)]
pub(crate) struct Todo<'a> {
    text: &'a str,
    completed: bool,
}

/// A call of an MCP tool.
#[derive(Debug, Serialize)]
pub(crate) struct McpCall<'a> {
    server: &'a str,
    tool: &'a str,
    arguments: Value,
    result: Option<Value>,
    error: Option<Value>,
    status: Status,
}

/// The wire form of an item; `None` for items that programs are not told of.
pub(crate) fn details(kind: &ThreadItemKind) -> Option<Details<'_>> {
    match kind {
        ThreadItemKind::AgentMessage { text, .. } | ThreadItemKind::ProposedPlan { text } => Some(Details::AgentMessage { text }),
        ThreadItemKind::Reasoning { summary, .. } if summary.is_empty() => None,
        ThreadItemKind::Reasoning { summary, .. } => Some(Details::Reasoning { text: summary.join("\n") }),
        ThreadItemKind::Command(command) => Some(command_execution(command)),
        ThreadItemKind::FileChange(change) => Some(file_change(change)),
        ThreadItemKind::Plan { steps, .. } => {
            let todo = |step: &'_ codex_protocol::plan::PlanStep| step.status == StepStatus::Completed;
            Some(Details::TodoList { items: steps.iter().map(|step| Todo { text: &step.step, completed: todo(step) }).collect() })
        }
        ThreadItemKind::WebSearch { query, action } => Some(Details::WebSearch { query, action: search_action(action) }),
        ThreadItemKind::McpToolCall(call) => Some(Details::McpToolCall(mcp_call(call))),
        ThreadItemKind::Notice { message } => Some(Details::Error { message }),
        ThreadItemKind::UserMessage(_)
        | ThreadItemKind::ImageView { .. }
        | ThreadItemKind::ImageGeneration { .. }
        | ThreadItemKind::ContextCompaction => None,
    }
}

fn status(status: ItemStatus) -> Status {
    match status {
        ItemStatus::InProgress => Status::InProgress,
        ItemStatus::Completed => Status::Completed,
        ItemStatus::Failed => Status::Failed,
        ItemStatus::Declined => Status::Declined,
    }
}

fn command_execution(command: &CommandItem) -> Details<'_> {
    Details::CommandExecution {
        command: command_line(&command.command),
        aggregated_output: &command.aggregated_output,
        exit_code: command.exit_code,
        status: status(command.status),
    }
}

fn file_change(change: &FileChangeItem) -> Details<'_> {
    let changes = change.changes.iter().map(|(path, change)| {
        let kind = match change {
            FileChange::Add { .. } => "add",
            FileChange::Delete { .. } => "delete",
            FileChange::Update { .. } => "update",
        };
        Change { path: path.display().to_string(), kind }
    });
    // A refused patch changed nothing: programs know two ends, and this is the bad one.
    let status = match change.status {
        ItemStatus::InProgress => Status::InProgress,
        ItemStatus::Completed => Status::Completed,
        ItemStatus::Failed | ItemStatus::Declined => Status::Failed,
    };
    Details::FileChange { changes: changes.collect(), status }
}

fn search_action(action: &WebSearchAction) -> Value {
    match action {
        WebSearchAction::Search { query, queries } => {
            let mut object = serde_json::Map::new();
            object.insert("type".to_owned(), json!("search"));
            if let Some(query) = query {
                object.insert("query".to_owned(), json!(query));
            }
            if let Some(queries) = queries {
                object.insert("queries".to_owned(), json!(queries));
            }
            Value::Object(object)
        }
        WebSearchAction::OpenPage { .. } | WebSearchAction::FindInPage { .. } | WebSearchAction::Other => json!({"type": "other"}),
    }
}

fn mcp_call(call: &McpItem) -> McpCall<'_> {
    let result = call.result.as_ref().map(|result| {
        json!({
            "content": result.get("content").cloned().unwrap_or_else(|| json!([])),
            "structured_content": result.get("structuredContent").cloned().unwrap_or(Value::Null),
        })
    });
    McpCall {
        server: &call.invocation.server,
        tool: &call.invocation.tool,
        arguments: call.invocation.arguments.clone().unwrap_or(Value::Null),
        result,
        error: call.error.as_ref().map(|message| json!({"message": message})),
        status: status(call.status),
    }
}
