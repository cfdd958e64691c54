//! Takes out of a run what has to be different every time: ids, folders, ports, times.

use std::path::Path;

use serde_json::Value;

/// The names that one run has for things, and what to call them instead.
pub(crate) struct Names {
    replacements: Vec<(String, &'static str)>,
}

impl Names {
    pub(crate) fn new(home: &Path, workspace: &Path, base_url: &str) -> Self {
        let folders = [(workspace, "/w"), (home, "/home")].map(|(path, name)| (path.display().to_string(), name));
        Self { replacements: folders.into_iter().chain([(base_url.to_owned(), "http://server")]).collect() }
    }

    /// An event as one line, and what our program adds to the event as lines of their own.
    ///
    /// Item numbers go where the order of items says nothing.
    pub(crate) fn event(&self, mut event: Value, without_numbers: bool) -> Vec<String> {
        let mut additions = Vec::new();
        if let Some(id) = event.get_mut("thread_id") {
            *id = Value::from("[id]");
        }
        if without_numbers && let Some(item) = event.get_mut("item").and_then(Value::as_object_mut) {
            item.retain(|key, _| key != "id");
        }
        if let Some(code) = event.get_mut("error").and_then(Value::as_object_mut).and_then(|error| error.remove("code")) {
            additions.push(format!("added code {code}"));
        }
        if let Some(denials) = event.as_object_mut().and_then(|event| event.remove("denials")) {
            additions.push(format!("added denials {}", denials["count"]));
        }
        if let Some((told, wait)) = event["message"].as_str().and_then(|message| message.split_once("; next try in ")) {
            additions.push(format!("added wait {}", wait.trim_start_matches(|c: char| c.is_ascii_digit())));
            event["message"] = Value::from(format!("{told})"));
        }
        let mut lines = vec![format!("event {}", self.value(&event))];
        lines.extend(additions);
        lines
    }

    /// Every string of a value.
    pub(crate) fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.text(text)),
            Value::Array(values) => values.iter().map(|value| self.value(value)).collect(),
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), self.value(value))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Text with the run's own names and measurements replaced.
    pub(crate) fn text(&self, text: &str) -> String {
        let named = self.replacements.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        MEASUREMENTS.iter().fold(named, |text, (before, allowed)| mask(&text, before, allowed))
    }
}

/// What stands before a measurement, and the characters it is made of.
const MEASUREMENTS: [(&str, &str); 6] = [
    ("Wall time: ", "0123456789."),
    ("Chunk ID: ", "0123456789abcdef"),
    ("session ID ", "0123456789"),
    ("timed out after ", "0123456789"),
    ("\"duration_seconds\":", "0123456789."),
    ("\"session_id\":", "0123456789"),
];

fn mask(text: &str, before: &str, allowed: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(before) {
        let (kept, tail) = rest.split_at(at + before.len());
        let measured = tail.trim_start_matches(|c| allowed.contains(c));
        out.push_str(kept);
        out.push_str(if measured.len() < tail.len() { "[n]" } else { "" });
        rest = measured;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_folders_and_times_are_replaced_and_nothing_else() {
        let names = Names::new(Path::new("/tmp/h1"), Path::new("/tmp/w1"), "http://127.0.0.1:4711/v1");
        assert_eq!(
            names.text("Chunk ID: 183aa8\nWall time: 0.0312 seconds\n/tmp/w1/a /tmp/w2 http://127.0.0.1:4711/v1/responses 12"),
            "Chunk ID: [n]\nWall time: [n] seconds\n/w/a /tmp/w2 http://server/responses 12"
        );
        assert_eq!(names.text("Wall time: none; exited after 3 s"), "Wall time: none; exited after 3 s");
        let event = json!({"type": "item.completed", "thread_id": "01a1", "item": {"id": "item_3", "path": "/tmp/w1/x", "exit_code": 3}});
        let numbered = json!({"type": "item.completed", "thread_id": "[id]", "item": {"id": "item_3", "path": "/w/x", "exit_code": 3}});
        assert_eq!(names.event(event.clone(), false), vec![format!("event {numbered}")]);
        let bare = json!({"type": "item.completed", "thread_id": "[id]", "item": {"path": "/w/x", "exit_code": 3}});
        assert_eq!(names.event(event, true), vec![format!("event {bare}")]);
    }

    #[test]
    fn what_our_program_adds_to_an_event_is_told_apart_from_the_event() {
        let names = Names::new(Path::new("/h"), Path::new("/w"), "http://s");
        let failed = json!({"type": "turn.failed", "error": {"message": "why", "code": "rate_limited"}});
        let plain = json!({"type": "turn.failed", "error": {"message": "why"}});
        assert_eq!(names.event(failed, false), vec![format!("event {plain}"), "added code \"rate_limited\"".to_owned()]);
        let denied = json!({"type": "turn.completed", "usage": {}, "denials": {"count": 2, "first": []}});
        let plain = json!({"type": "turn.completed", "usage": {}});
        assert_eq!(names.event(denied, false), vec![format!("event {plain}"), "added denials 2".to_owned()]);
        let waiting = json!({"type": "error", "message": "Reconnecting... 1/5 (cut; next try in 210 ms, as the server asks)"});
        let plain = json!({"type": "error", "message": "Reconnecting... 1/5 (cut)"});
        assert_eq!(names.event(waiting, false), vec![format!("event {plain}"), "added wait  ms, as the server asks)".to_owned()]);
    }
}
