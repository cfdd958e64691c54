//! Tools that the client carries out: checked when a thread starts, offered to the model behind all others, and called
//! through a question of the server.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;

use async_trait::async_trait;
use codex_app_server_protocol::types as wire;
use codex_app_server_protocol::{ServerNotification, ServerRequest};
use codex_protocol::ToolSpec;
use codex_protocol::response_item::{OutputContentItem, ToolOutputBody};
use codex_tools::{BroughtTools, ToolCall, ToolEnv, ToolError, ToolHandler, ToolHost, ToolInput, ToolOutput};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::error::Failure;
use crate::loaded::LoadedThread;
use crate::server::Server;

/// What the model reads when the client answers with an error.
const FAILED: &str = "dynamic tool request failed";
/// What it reads when the answer has another shape.
const INVALID: &str = "dynamic tool response was invalid";
/// Kinds of values that a schema may name.
const KINDS: [&str; 6] = ["boolean", "string", "integer", "number", "array", "object"];

/// The thread that tools belong to; known once it is loaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place(Arc<OnceLock<Weak<LoadedThread>>>);

impl Place {
    /// This is the thread.
    pub(crate) fn settle(&self, thread: &Arc<LoadedThread>) {
        // Set once: a place is made for one thread.
        let _ = self.0.set(Arc::downgrade(thread));
    }

    fn thread(&self) -> Option<Arc<LoadedThread>> {
        self.0.get().and_then(Weak::upgrade)
    }
}

struct DynamicTool {
    spec: wire::DynamicToolSpec,
    server: Weak<Server>,
    place: Place,
}

/// Checks the tools of a client and makes them such as a thread takes.
pub(crate) fn brought(specs: Vec<wire::DynamicToolSpec>, server: &Arc<Server>) -> Result<(BroughtTools, Place), Failure> {
    let place = Place::default();
    let mut names = HashSet::new();
    let mut tools: Vec<Arc<dyn ToolHandler>> = Vec::new();
    for spec in specs {
        check(&spec).map_err(Failure::invalid)?;
        if !names.insert(spec.name.clone()) {
            return Err(Failure::invalid(format!("duplicate dynamic tool name: {}", spec.name)));
        }
        tools.push(Arc::new(DynamicTool { spec, server: Arc::downgrade(server), place: place.clone() }));
    }
    Ok((BroughtTools(tools), place))
}

fn check(spec: &wire::DynamicToolSpec) -> Result<(), String> {
    let name = spec.name.as_str();
    if name.trim().is_empty() {
        return Err("dynamic tool name must not be empty".to_owned());
    }
    if name != name.trim() {
        return Err(format!("dynamic tool name has leading/trailing whitespace: {name}"));
    }
    if name == "mcp" || name.starts_with("mcp__") {
        return Err(format!("dynamic tool name is reserved: {name}"));
    }
    check_schema(&spec.input_schema).map_err(|reason| format!("dynamic tool input schema is not supported for {name}: {reason}"))
}

fn check_schema(schema: &Value) -> Result<(), String> {
    let object = match schema {
        Value::Object(object) => object,
        // A schema may also be yes or no, but for the whole input that says nothing.
        Value::Bool(_) => return Ok(()),
        Value::String(text) => return Err(format!("invalid type: string {text:?}, expected internally tagged enum JsonSchema")),
        other => return Err(format!("invalid type: {other}, expected internally tagged enum JsonSchema")),
    };
    if let Some(kind) = object.get("type").and_then(Value::as_str).filter(|kind| !KINDS.contains(kind)) {
        return Err(format!("unknown variant `{kind}`, expected one of {}", KINDS.map(|kind| format!("`{kind}`")).join(", ")));
    }
    let members = object.get("properties").and_then(Value::as_object).into_iter().flat_map(|members| members.values());
    members.chain(object.get("items")).try_for_each(check_schema)
}

#[async_trait]
impl ToolHandler for DynamicTool {
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    fn is_called(&self, name: &str) -> bool {
        self.spec.name == name
    }

    fn spec(&self, _env: &ToolEnv) -> Option<ToolSpec> {
        (!self.spec.defer_loading).then(|| ToolSpec::Function {
            name: self.spec.name.clone(),
            description: self.spec.description.clone(),
            strict: false,
            parameters: self.spec.input_schema.clone(),
        })
    }

    fn callable(&self, _env: &ToolEnv) -> bool {
        true
    }

    fn parallel(&self) -> bool {
        true
    }

    async fn run(&self, call: ToolCall, host: &dyn ToolHost, cancel: &CancellationToken) -> Result<ToolOutput, ToolError> {
        let ToolInput::Json(text) = &call.input else {
            return Err(ToolError::Refused(format!("unsupported call: {}", call.name)));
        };
        let arguments: Value =
            serde_json::from_str(text).map_err(|error| ToolError::Refused(format!("failed to parse function arguments: {error}")))?;
        let gone = || ToolError::Refused(FAILED.to_owned());
        let (server, thread) = (self.server.upgrade().ok_or_else(gone)?, self.place.thread().ok_or_else(gone)?);
        let call = Call {
            id: call.id.to_string(),
            tool: self.spec.name.clone(),
            arguments,
            turn_id: host.turn().turn_id.to_string(),
            began: Instant::now(),
        };
        call.tell(&server, &thread, None);
        let (reply, answer) = oneshot::channel();
        server.ask_tool(&thread, reply, &call.question(&thread));
        let answer = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            answer = answer => answer.ok(),
        };
        let Some(answer) = answer else {
            call.tell(&server, &thread, Some(&refusal(FAILED)));
            return Err(ToolError::Cancelled);
        };
        let result = match answer {
            Ok(value) => serde_json::from_value(value).unwrap_or_else(|_| refusal(INVALID)),
            Err(_) => refusal(FAILED),
        };
        call.tell(&server, &thread, Some(&result));
        Ok(output(result))
    }
}

fn refusal(text: &str) -> wire::DynamicToolCallResponse {
    let content_items = vec![wire::DynamicToolCallOutputContentItem::InputText { text: text.to_owned() }];
    wire::DynamicToolCallResponse { content_items, success: false }
}

/// What the model reads: one text as it is, anything else as parts.
fn output(result: wire::DynamicToolCallResponse) -> ToolOutput {
    let part = |item: wire::DynamicToolCallOutputContentItem| match item {
        wire::DynamicToolCallOutputContentItem::InputText { text } => OutputContentItem::InputText { text },
        wire::DynamicToolCallOutputContentItem::InputImage { image_url } => OutputContentItem::InputImage { image_url, detail: None },
    };
    let mut parts: Vec<OutputContentItem> = result.content_items.into_iter().map(part).collect();
    let body = match (parts.pop(), parts.is_empty()) {
        (Some(OutputContentItem::InputText { text }), true) => ToolOutputBody::Text(text),
        (last, _) => {
            parts.extend(last);
            ToolOutputBody::Content(parts)
        }
    };
    ToolOutput { body, success: result.success }
}

/// A call, as clients are told of it.
struct Call {
    id: String,
    tool: String,
    arguments: Value,
    turn_id: String,
    began: Instant,
}

impl Call {
    fn question(&self, thread: &LoadedThread) -> ServerRequest {
        ServerRequest::ItemToolCall(wire::DynamicToolCallParams {
            arguments: self.arguments.clone(),
            call_id: self.id.clone(),
            thread_id: thread.id.to_string(),
            tool: self.tool.clone(),
            turn_id: self.turn_id.clone(),
        })
    }

    /// Tells of the beginning, or with a result of the end.
    fn tell(&self, server: &Server, thread: &LoadedThread, result: Option<&wire::DynamicToolCallResponse>) {
        let status = match result {
            None => wire::DynamicToolCallStatus::InProgress,
            Some(result) if result.success => wire::DynamicToolCallStatus::Completed,
            Some(_) => wire::DynamicToolCallStatus::Failed,
        };
        let item = wire::ThreadItem::DynamicToolCall {
            arguments: self.arguments.clone(),
            content_items: result.map(|result| result.content_items.clone()),
            duration_ms: result.map(|_| i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)),
            id: self.id.clone(),
            status,
            success: result.map(|result| result.success),
            tool: self.tool.clone(),
        };
        let (thread_id, turn_id) = (thread.id.to_string(), self.turn_id.clone());
        let notification = match result {
            None => ServerNotification::ItemStarted(wire::ItemStartedNotification { item, thread_id, turn_id }),
            Some(_) => ServerNotification::ItemCompleted(wire::ItemCompletedNotification { item, thread_id, turn_id }),
        };
        server.tell(thread, &notification);
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_fault_of_a_tool_has_its_message() {
        let spec = |name: &str, schema: Value| wire::DynamicToolSpec {
            defer_loading: false,
            description: String::new(),
            input_schema: schema,
            name: name.to_owned(),
        };
        for (name, schema, expected) in [
            ("ok name.x", json!({}), Ok(())),
            ("", json!({}), Err("dynamic tool name must not be empty")),
            (" x", json!({}), Err("dynamic tool name has leading/trailing whitespace:  x")),
            ("mcp__a", json!({}), Err("dynamic tool name is reserved: mcp__a")),
            (
                "n",
                json!({"type": "object", "properties": {"q": {"type": "bogus"}}}),
                Err(
                    "dynamic tool input schema is not supported for n: unknown variant `bogus`, expected one of `boolean`, `string`, `integer`, `number`, `array`, `object`",
                ),
            ),
            (
                "n",
                json!("str"),
                Err(
                    "dynamic tool input schema is not supported for n: invalid type: string \"str\", expected internally tagged enum JsonSchema",
                ),
            ),
        ] {
            assert_eq!(check(&spec(name, schema)), expected.map_err(str::to_owned), "{name}");
        }
    }
}
