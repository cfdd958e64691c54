//! Results of tool calls.

use codex_protocol::ThreadId;
use serde_json::{Value, json};

/// How a call of `codex` or `codex-reply` went.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) thread: Option<ThreadId>,
    pub(crate) is_error: bool,
}

impl Answer {
    pub(crate) fn good(thread: ThreadId, text: String) -> Self {
        Self { text, thread: Some(thread), is_error: false }
    }

    pub(crate) fn bad(text: impl Into<String>, thread: Option<ThreadId>) -> Self {
        Self { text: text.into(), thread, is_error: true }
    }

    pub(crate) fn result(self) -> Value {
        let mut result = json!({ "content": [{ "type": "text", "text": self.text }] });
        if self.is_error {
            result["isError"] = json!(true);
        }
        if let Some(thread) = self.thread {
            result["structuredContent"] = json!({ "threadId": thread, "content": self.text });
        }
        result
    }
}
