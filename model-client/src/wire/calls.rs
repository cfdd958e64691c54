//! From what a server said of a call to an item of history.

use std::collections::{BTreeSet, HashSet};

use codex_protocol::ResponseItem;
use serde_json::Value;

use super::arguments::mended;
use super::tools::Offered;
use crate::random::fresh_call_id;

/// What had to be mended in an answer, by name.
pub(super) type Repairs = BTreeSet<&'static str>;

/// A call as the server told it.
#[derive(Clone, Debug, Default)]
pub(super) struct RawCall {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
    pub(super) wire_state: Option<Value>,
}

/// The ids of one answer's calls.
#[derive(Debug, Default)]
pub(super) struct CallIds(HashSet<String>);

impl CallIds {
    /// The id as it is, or a fresh one where it is missing or was there before.
    pub(super) fn unique(&mut self, id: String, repairs: &mut Repairs) -> String {
        if !id.is_empty() && self.0.insert(id.clone()) {
            return id;
        }
        repairs.insert(if id.is_empty() { "missing_call_id" } else { "duplicate_call_id" });
        let fresh = fresh_call_id();
        self.0.insert(fresh.clone());
        fresh
    }
}

/// The item for a call; `None` when it has no name.
pub(super) fn item(call: RawCall, offered: &Offered, ids: &mut CallIds, repairs: &mut Repairs) -> Option<ResponseItem> {
    if call.name.is_empty() {
        repairs.insert("nameless_call_dropped");
        return None;
    }
    let call_id = ids.unique(call.id, repairs);
    let name = offered.own_name(&call.name).to_owned();
    let RawCall { arguments, wire_state, .. } = call;
    if offered.is_freeform(&call.name) {
        let input = freeform_text(&arguments);
        return Some(ResponseItem::CustomToolCall { id: None, status: Some("completed".to_owned()), call_id, name, input, wire_state });
    }
    let arguments = match mended(&arguments) {
        Some(mended) if mended != arguments => {
            repairs.insert("arguments_repaired");
            mended.into_owned()
        }
        _ => arguments,
    };
    Some(ResponseItem::FunctionCall { id: None, name, namespace: None, arguments, call_id, wire_state })
}

/// The text in the arguments of a call: `{"input": text}`, a JSON string, an object with one string, or the text itself.
pub(super) fn freeform_text(arguments: &str) -> String {
    let parsed = serde_json::from_str::<Value>(arguments).ok().or_else(|| serde_json::from_str(&mended(arguments)?).ok());
    match parsed {
        Some(Value::String(text)) => text,
        Some(Value::Object(keys)) => {
            let only = keys.values().next().filter(|_| keys.len() == 1);
            let text = keys.get("input").or(only).and_then(Value::as_str);
            text.unwrap_or(arguments).to_owned()
        }
        _ => arguments.to_owned(),
    }
}
