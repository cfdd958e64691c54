//! All keys of `config.toml`, read off its schema: for listings, the reference page and the tests that keep them honest.
//!
//! Made on demand only; no start looks at it.

use serde_json::{Map, Value};

use super::json;

/// One key.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its segments; `*` stands for a name that the user chooses.
    pub path: Vec<String>,
    /// What it is for.
    pub about: String,
    /// What it takes, for people.
    pub kind: String,
    /// What holds when nobody says anything, where the type knows.
    pub default: Option<Value>,
    /// Whether its table is not sound without it.
    pub required: bool,
}

impl Key {
    /// The dotted key.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// Whether a key of a file, by its segments, is this one.
    pub fn is(&self, path: &[String]) -> bool {
        self.path.len() == path.len() && self.path.iter().zip(path).all(|(own, other)| own == "*" || own == other)
    }
}

/// Every key that holds a value, table by table.
pub fn keys() -> Vec<Key> {
    let schema = json::schema();
    let mut keys = Vec::new();
    let walk = Walk { root: &schema };
    walk.table(&schema, &mut Vec::new(), &mut keys);
    keys
}

struct Walk<'s> {
    root: &'s Value,
}

impl<'s> Walk<'s> {
    /// What a schema refers to.
    fn real(&self, schema: &'s Value) -> &'s Value {
        let reference = schema.get("$ref").or_else(|| schema.get("allOf")?.get(0)?.get("$ref")).and_then(Value::as_str);
        match reference.and_then(|reference| self.root.pointer(reference.trim_start_matches('#'))) {
            Some(found) => self.real(found),
            None => schema,
        }
    }

    /// The schemas that a value may follow.
    fn choices(&self, schema: &'s Value) -> Vec<&'s Value> {
        let real = self.real(schema);
        let several = ["oneOf", "anyOf"].iter().find_map(|word| real.get(*word)?.as_array());
        several.map_or_else(|| vec![real], |choices| choices.iter().flat_map(|choice| self.choices(choice)).collect())
    }

    fn table(&self, schema: &'s Value, path: &mut Vec<String>, keys: &mut Vec<Key>) {
        let real = self.real(schema);
        let required = |name: &str| real.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|own| own == name));
        for (name, below) in real.get("properties").and_then(Value::as_object).into_iter().flatten() {
            path.push(name.clone());
            self.entry(below, required(name), path, keys);
            path.pop();
        }
        if let Some(below) = real.get("additionalProperties").filter(|below| below.is_object()) {
            path.push("*".to_owned());
            self.entry(below, false, path, keys);
            path.pop();
        }
    }

    fn entry(&self, schema: &'s Value, required: bool, path: &mut Vec<String>, keys: &mut Vec<Key>) {
        let choices = self.choices(schema);
        let (tables, values): (Vec<&Value>, Vec<&Value>) = choices.iter().partition(|choice| is_table(choice));
        if !values.is_empty() || tables.is_empty() {
            keys.push(Key {
                path: path.clone(),
                about: self.about(schema),
                kind: self.kind(&choices),
                default: schema.get("default").filter(|default| !is_nothing(default)).cloned(),
                required,
            });
        }
        for table in tables {
            self.table(table, path, keys);
        }
    }

    fn about(&self, schema: &Value) -> String {
        schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ")
    }

    fn kind(&self, choices: &[&'s Value]) -> String {
        let mut kinds: Vec<String> = Vec::new();
        for choice in choices {
            let kind = self.kind_of(choice);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds.join(", ")
    }

    fn kind_of(&self, schema: &'s Value) -> String {
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            return words.iter().filter_map(Value::as_str).map(quoted).collect::<Vec<_>>().join(", ");
        }
        if let Some(word) = schema.get("const").and_then(Value::as_str) {
            return quoted(word);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("array") => match schema.get("items") {
                Some(items) => format!("array of {}", plural(&self.kind(&self.choices(items)))),
                None => "array".to_owned(),
            },
            Some("object") => "table".to_owned(),
            Some(kind) => kind.to_owned(),
            None => "anything".to_owned(),
        }
    }
}

fn is_table(schema: &Value) -> bool {
    let has_entries =
        |object: &Map<String, Value>| object.contains_key("properties") || object.get("additionalProperties").is_some_and(Value::is_object);
    schema.as_object().is_some_and(has_entries)
}

/// Defaults that say no more than their absence does.
fn is_nothing(default: &Value) -> bool {
    match default {
        Value::Null => true,
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => false,
    }
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

fn plural(kind: &str) -> String {
    match kind {
        "string" | "integer" | "number" | "boolean" | "table" => format!("{kind}s"),
        other => other.to_owned(),
    }
}
