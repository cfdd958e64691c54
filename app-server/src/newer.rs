//! Members that clients of newer releases count on and that 0.117.0 did not have: added for those clients alone, by name.
//!
//! The published schema stays what everybody else gets. Pure: text in, text out.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

/// Clients that read the newer form only.
const CLIENTS: [&str; 1] = ["codex_python_sdk"];

/// Whether a client of this name reads the newer form only.
pub(crate) fn wants(client: &str) -> bool {
    CLIENTS.contains(&client)
}

/// The message with what such a client counts on.
pub(crate) fn adapt(text: Arc<str>) -> Arc<str> {
    let Ok(Value::Object(mut message)) = serde_json::from_str::<Value>(&text) else { return text };
    let moment = match message.get("method").and_then(Value::as_str) {
        Some("item/started") => Some("startedAtMs"),
        Some("item/completed") => Some("completedAtMs"),
        _ => None,
    };
    for place in ["params", "result"] {
        let Some(Value::Object(body)) = message.get_mut(place) else { continue };
        if let Some(member) = moment {
            body.entry(member).or_insert_with(|| now().into());
        }
        if let Some(Value::Object(thread)) = body.get_mut("thread") {
            name_session(thread);
        }
        if let Some(Value::Array(listed)) = body.get_mut("data") {
            listed.iter_mut().filter_map(Value::as_object_mut).filter(|entry| entry.contains_key("turns")).for_each(name_session);
        }
    }
    serde_json::to_string(&message).map_or(text, Into::into)
}

fn name_session(thread: &mut Map<String, Value>) {
    if let Some(id) = thread.get("id").cloned() {
        thread.entry("sessionId").or_insert(id);
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn threads_have_sessions_and_items_their_times() {
        let adapted = |message: Value| serde_json::from_str::<Value>(&adapt(message.to_string().into())).unwrap();
        let thread = adapted(json!({"id": 1, "result": {"thread": {"id": "t", "turns": []}}}));
        assert_eq!(thread["result"]["thread"]["sessionId"], "t");
        let listed = adapted(json!({"id": 1, "result": {"data": [{"id": "t", "turns": []}, {"id": "m"}]}}));
        assert_eq!(listed["result"]["data"], json!([{"id": "t", "turns": [], "sessionId": "t"}, {"id": "m"}]));
        assert!(adapted(json!({"method": "item/completed", "params": {"item": {}}}))["params"]["completedAtMs"].is_u64());
        let other = json!({"method": "turn/completed", "params": {"turn": {}}});
        assert_eq!(adapted(other.clone()), other);
    }
}
