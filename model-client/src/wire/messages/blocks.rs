//! The content blocks of an answer, while their pieces come.

use codex_protocol::response_item::{ContentItem, ReasoningSummary};
use codex_protocol::{ResponseItem, TokenUsage};
use serde_json::{Value, json};

use crate::random::fresh_item_id;

/// A block that was begun.
#[derive(Debug)]
pub(super) enum Block {
    Text {
        id: String,
        text: String,
    },
    Thinking {
        id: String,
        text: String,
        signature: String,
    },
    Redacted(Value),
    ToolUse {
        id: String,
        name: String,
        input: Value,
        json: String,
    },
    /// A kind newer than this program.
    Unknown,
}

impl Block {
    /// Reads the block that a start event begins.
    pub(super) fn begin(block: &Value) -> Self {
        let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        match block.get("type").and_then(Value::as_str) {
            Some("text") => Self::Text { id: fresh_item_id("msg"), text: String::new() },
            Some("thinking") => Self::Thinking { id: fresh_item_id("rs"), text: String::new(), signature: text("signature") },
            Some("redacted_thinking") => Self::Redacted(block.get("data").cloned().unwrap_or_default()),
            Some("tool_use") => {
                let input = block.get("input").cloned().unwrap_or_default();
                Self::ToolUse { id: text("id"), name: text("name"), input, json: String::new() }
            }
            _ => Self::Unknown,
        }
    }
}

/// The item of a text block; `None` when it is empty.
pub(super) fn message(id: String, text: String) -> Option<ResponseItem> {
    let content = vec![ContentItem::OutputText { text }];
    let is_empty = matches!(&content[..], [ContentItem::OutputText { text }] if text.is_empty());
    (!is_empty).then(|| ResponseItem::Message { id: Some(id), role: "assistant".to_owned(), content, phase: None })
}

/// The item of a declined request that came without words.
pub(super) fn refusal() -> ResponseItem {
    let content = vec![ContentItem::Refusal { refusal: "The model declined to answer.".to_owned() }];
    ResponseItem::Message { id: Some(fresh_item_id("msg")), role: "assistant".to_owned(), content, phase: None }
}

/// The item of a thought.
pub(super) fn reasoning(id: Option<String>, text: String, state: Value, mark: Option<&str>) -> ResponseItem {
    let mut state = state;
    if let (Some(mark), Some(keys)) = (mark, state.as_object_mut()) {
        keys.insert("by".to_owned(), json!(mark));
    }
    let summary = if text.is_empty() { Vec::new() } else { vec![ReasoningSummary::SummaryText { text }] };
    ResponseItem::Reasoning { id, summary, content: None, encrypted_content: None, wire_state: Some(state) }
}

/// Token counts. Later values replace earlier ones.
#[derive(Debug, Default)]
pub(super) struct Usage {
    seen: bool,
    input: i64,
    cache_read: i64,
    cache_write: i64,
    output: i64,
    thinking: i64,
}

/// No answer counts more. Sums over a session stay far from overflowing, whatever a server says.
const MOST_TOKENS: i64 = 1 << 40;

impl Usage {
    /// Takes what an event says.
    pub(super) fn take(&mut self, usage: &Value) {
        let mut set = |place: &mut i64, path: &str| {
            if let Some(count) = usage.pointer(path).and_then(Value::as_i64) {
                *place = count.clamp(0, MOST_TOKENS);
                self.seen = true;
            }
        };
        set(&mut self.input, "/input_tokens");
        set(&mut self.cache_read, "/cache_read_input_tokens");
        set(&mut self.cache_write, "/cache_creation_input_tokens");
        set(&mut self.output, "/output_tokens");
        set(&mut self.thinking, "/output_tokens_details/thinking_tokens");
    }

    /// The counts; `None` when the server gave none.
    pub(super) fn total(&self) -> Option<TokenUsage> {
        let input_tokens = self.input + self.cache_read + self.cache_write;
        self.seen.then_some(TokenUsage {
            input_tokens,
            cached_input_tokens: self.cache_read,
            output_tokens: self.output,
            reasoning_output_tokens: self.thinking,
            total_tokens: input_tokens + self.output,
        })
    }
}
