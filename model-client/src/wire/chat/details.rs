//! Puts the pieces of `reasoning_details` together, so that they can go back unchanged and whole.

use serde_json::{Map, Value};

/// Keys whose pieces follow each other; of all others the last value counts.
const TEXTS: [&str; 3] = ["text", "summary", "data"];

/// Adds a piece to what was told so far. Pieces of one index and type are one entry.
pub(super) fn add(entries: &mut Vec<Value>, piece: &Value) {
    let Value::Object(piece) = piece else { return };
    let place = entries.iter_mut().rev().filter_map(Value::as_object_mut).find(|entry| belongs(entry, piece));
    let Some(entry) = place else {
        entries.push(Value::Object(piece.clone()));
        return;
    };
    for (key, value) in piece {
        match (entry.get_mut(key), value) {
            (_, Value::Null) => {}
            (Some(Value::String(text)), Value::String(more)) if TEXTS.contains(&key.as_str()) => text.push_str(more),
            (Some(place), value) => *place = value.clone(),
            (None, value) => {
                entry.insert(key.clone(), value.clone());
            }
        }
    }
}

fn belongs(entry: &Map<String, Value>, piece: &Map<String, Value>) -> bool {
    piece.contains_key("index") && entry.get("index") == piece.get("index") && entry.get("type") == piece.get("type")
}

/// The text of a piece that people may read.
pub(super) fn text(piece: &Value) -> &str {
    ["text", "summary"].iter().find_map(|key| piece.get(*key).and_then(Value::as_str)).unwrap_or_default()
}
