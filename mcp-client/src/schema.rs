//! Schemas of tools as the model reads them: references filled in, what is no help left out, bounded.

use serde_json::{Map, Value, json};

/// Most bytes of one schema (M3).
pub(crate) const MOST_BYTES: usize = 64 * 1024;
/// How deep schemas are followed; what is deeper says nothing.
const DEEPEST: usize = 24;

/// Keys that say something about arguments.
const KEPT: &[&str] = &[
    "type",
    "description",
    "enum",
    "const",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "required",
];

/// The schema of a tool's arguments for the model: an object with `properties`.
///
/// `None` when it is larger than 64 KiB, also after references were filled in.
pub(crate) fn for_model(schema: &Value) -> Option<Value> {
    let mut room = MOST_BYTES;
    let mut root = match normalise(schema, schema, 0, &mut room)? {
        Value::Object(root) => root,
        _ => Map::new(),
    };
    root.insert("type".to_owned(), json!("object"));
    if !root.get("properties").is_some_and(Value::is_object) {
        root.insert("properties".to_owned(), json!({}));
    }
    // The kind of value first, as people write it.
    let kind = root.shift_remove("type").map(|kind| ("type".to_owned(), kind));
    let root = Value::Object(kind.into_iter().chain(root).collect());
    (root.to_string().len() <= MOST_BYTES).then_some(root)
}

/// Takes `room` for what it makes, so that references cannot multiply without end.
fn normalise(schema: &Value, root: &Value, depth: usize, room: &mut usize) -> Option<Value> {
    let Value::Object(schema) = schema else { return Some(json!({})) };
    if depth > DEEPEST {
        return Some(json!({}));
    }
    *room = room.checked_sub(8)?;
    if let Some(target) =
        schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#')).and_then(|path| root.pointer(path))
    {
        let mut filled = normalise(target, root, depth + 1, room)?;
        if let (Some(filled), Some(description)) = (filled.as_object_mut(), schema.get("description")) {
            filled.insert("description".to_owned(), description.clone());
        }
        return Some(filled);
    }
    let mut kept = Map::new();
    for (key, value) in schema {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                let mut members = Map::new();
                for (name, member) in properties {
                    *room = room.checked_sub(name.len())?;
                    members.insert(name.clone(), normalise(member, root, depth + 1, room)?);
                }
                Value::Object(members)
            }
            ("items" | "not", Value::Object(_)) => normalise(value, root, depth + 1, room)?,
            ("additionalProperties", Value::Object(_)) => normalise(value, root, depth + 1, room)?,
            ("additionalProperties", Value::Bool(_)) => value.clone(),
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
                let parts: Option<Vec<Value>> = parts.iter().map(|part| normalise(part, root, depth + 1, room)).collect();
                Value::Array(parts?)
            }
            ("description", Value::String(text)) => Value::String(crate::text::clean(text, 4096)),
            (name, _) if KEPT.contains(&name) => value.clone(),
            _ => continue,
        };
        *room = room.checked_sub(if value.is_object() || value.is_array() { key.len() } else { key.len() + value.to_string().len() })?;
        kept.insert(key.clone(), value);
    }
    if !kept.contains_key("type")
        && let Some(kind) = implied(&kept)
    {
        kept.insert("type".to_owned(), json!(kind));
    }
    Some(Value::Object(kept))
}

fn implied(schema: &Map<String, Value>) -> Option<&'static str> {
    if schema.contains_key("properties") {
        return Some("object");
    }
    if schema.contains_key("items") {
        return Some("array");
    }
    schema.get("enum").and_then(Value::as_array).filter(|values| values.iter().all(Value::is_string)).map(|_| "string")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_is_no_help_goes_and_references_are_filled_in() {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#", "title": "T", "type": "object",
            "$defs": {"Point": {"title": "Point", "type": "object", "properties": {"x": {"type": "integer", "default": 0}}, "required": ["x"]}},
            "properties": {"p": {"$ref": "#/$defs/Point"}, "mode": {"enum": ["a", "b"], "default": "a"}, "any": true},
            "required": ["p"], "additionalProperties": false,
        });
        assert_eq!(
            for_model(&schema).unwrap(),
            json!({
                "type": "object",
                "properties": {
                    "p": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
                    "mode": {"enum": ["a", "b"], "type": "string"},
                    "any": {},
                },
                "required": ["p"], "additionalProperties": false,
            })
        );
    }

    #[test]
    fn an_empty_schema_is_an_object_without_properties() {
        for empty in [json!({}), json!(null), json!({"type": "string"})] {
            assert_eq!(for_model(&empty).unwrap()["properties"], json!({}));
        }
    }

    /// A64
    #[test]
    fn a_loop_of_references_ends_and_a_large_schema_is_refused() {
        let looped = json!({"$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "#/$defs/A"}}}}, "$ref": "#/$defs/A"});
        assert_eq!(for_model(&looped), None);
        let chain = json!({"$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/A"}}}}, "$ref": "#/$defs/A"});
        assert!(for_model(&chain).is_some());
        let large = json!({"type": "object", "properties": {"x": {"type": "string", "enum": vec!["y".repeat(100); 1000]}}});
        assert_eq!(for_model(&large), None);
    }
}
