//! Holds the schema against the recorded one of the published program: same methods, same names, same required members,
//! same words. Layout, formats and defaults are not compared.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use codex_app_server_protocol::generate::{Surface, schemas};
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

/// Types that differ, and why.
const DIFFERENCES: &[(&str, &str)] = &[("JSONRPCRequest", "the server keeps no traces of requests")];

/// Recorded types that are not ours, and why.
const MISSING: &[(&str, &str)] = &[
    ("W3cTraceContext", "the server keeps no traces of requests"),
    ("AppConfig", "no recorded member leads there"),
    ("AppToolApproval", "no recorded member leads there"),
    ("AppToolConfig", "no recorded member leads there"),
    ("AppToolsConfig", "no recorded member leads there"),
];

fn recorded() -> (Map<String, Value>, Map<String, Value>) {
    let text = include_str!("fixtures/recorded-0.117.0.json");
    let mut value: Value = serde_json::from_str(text).unwrap();
    let mut take = |name: &str| value[name].take().as_object().unwrap().clone();
    (take("stable"), take("experimental"))
}

/// Every type of a set of files, by name.
fn types(surface: Surface) -> BTreeMap<String, Value> {
    let mut types = BTreeMap::new();
    for (file, mut schema) in schemas(surface) {
        let object = schema.as_object_mut().unwrap();
        object.remove("$schema");
        object.remove("title");
        if let Some(Value::Object(definitions)) = object.remove("definitions") {
            types.extend(definitions);
        }
        types.insert(file.rsplit('/').next().unwrap().to_owned(), schema);
    }
    types
}

/// What of a schema is compared.
struct Shapes<'a> {
    types: &'a dyn Fn(&str) -> Option<Value>,
    /// Names that both sides know; the others are looked through.
    shared: &'a BTreeSet<String>,
}

impl Shapes<'_> {
    fn of(&self, schema: &Value) -> Value {
        let Some(object) = schema.as_object().filter(|object| !object.is_empty()) else { return json!("any") };
        if let Some(name) = object.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap();
            return match (self.types)(name).filter(|_| !self.shared.contains(name)) {
                Some(schema) => self.of(&schema),
                None => json!(name),
            };
        }
        if let Some(Value::Array(parts)) = object.get("allOf").filter(|parts| parts.as_array().is_some_and(|parts| parts.len() == 1)) {
            return self.of(&parts[0]);
        }
        let alternatives = ["oneOf", "anyOf"].iter().find_map(|key| object.get(*key)?.as_array());
        let alternatives = alternatives.map(|all| self.alternatives(all));
        let members = object.get("properties").map(|_| self.members(object));
        match (alternatives, members) {
            (Some(alternatives), None) => alternatives,
            (Some(alternatives), Some(members)) => json!({ "members": members, "one of": alternatives }),
            (None, Some(members)) => members,
            (None, None) => self.plain(object),
        }
    }

    fn alternatives(&self, all: &[Value]) -> Value {
        let is_null = |schema: &&Value| schema.get("type") == Some(&json!("null"));
        let mut words = BTreeSet::new();
        let mut others = BTreeSet::new();
        for schema in all.iter().filter(|schema| !is_null(schema)) {
            match self.of(schema) {
                Value::Object(object) if object.contains_key("words") => {
                    words.extend(object["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()));
                }
                shape => {
                    others.insert(shape.to_string());
                }
            }
        }
        match (words.is_empty(), others.len()) {
            (true, 1) => serde_json::from_str(others.first().unwrap()).unwrap(),
            (false, 0) => json!({ "words": words }),
            _ => json!({ "words or": words, "others": others }),
        }
    }

    fn members(&self, object: &Map<String, Value>) -> Value {
        let required: BTreeSet<&str> =
            object.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let member = |(name, schema): (&String, &Value)| {
            let mark = if required.contains(name.as_str()) { "" } else { "?" };
            (format!("{name}{mark}"), self.of(schema))
        };
        let sorted: BTreeMap<String, Value> = object["properties"].as_object().unwrap().iter().map(member).collect();
        json!(sorted)
    }

    fn plain(&self, object: &Map<String, Value>) -> Value {
        if let Some(word) = object.get("const") {
            return json!({ "words": [word] });
        }
        if let Some(Value::Array(words)) = object.get("enum") {
            let words: BTreeSet<&str> = words.iter().filter_map(Value::as_str).collect();
            return json!({ "words": words });
        }
        let kind = match object.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null"),
            _ => "any",
        };
        match kind {
            "array" => json!([self.of(object.get("items").unwrap_or(&Value::Null))]),
            "object" => match object.get("additionalProperties") {
                Some(values) if values.is_object() => json!({ "values": self.of(values) }),
                _ => json!("object"),
            },
            kind => json!(kind),
        }
    }
}

fn differences(surface: Surface) -> (BTreeSet<String>, BTreeSet<String>, String) {
    let (stable, experimental) = recorded();
    let mut theirs: BTreeMap<String, Value> = stable.into_iter().collect();
    if surface == Surface::WithExperimental {
        theirs.extend(experimental);
    }
    let ours = types(surface);
    let shared: BTreeSet<String> = theirs.keys().filter(|name| ours.contains_key(*name)).cloned().collect();
    let (of_ours, of_theirs) = (|name: &str| ours.get(name).cloned(), |name: &str| theirs.get(name).cloned());
    let missing = theirs.keys().filter(|name| !ours.contains_key(*name)).cloned().collect();
    let mut differing = BTreeSet::new();
    let mut report = String::new();
    for name in shared.iter().filter(|name| !["ClientRequest", "ServerRequest", "ServerNotification"].contains(&name.as_str())) {
        let own = Shapes { types: &of_ours, shared: &shared }.of(&ours[name]);
        let other = Shapes { types: &of_theirs, shared: &shared }.of(&theirs[name]);
        if own != other {
            differing.insert(name.clone());
            report.push_str(&format!("{name}\n  ours:   {own}\n  theirs: {other}\n"));
        }
    }
    (missing, differing, report)
}

fn names(table: &[(&str, &str)]) -> BTreeSet<String> {
    table.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn every_recorded_type_is_ours_in_name_members_and_words() {
    for surface in [Surface::Stable, Surface::WithExperimental] {
        let (missing, differing, report) = differences(surface);
        // The recorded files keep types that only experimental members lead to.
        let known = types(Surface::WithExperimental);
        let missing: BTreeSet<String> =
            missing.into_iter().filter(|name| !names(MISSING).contains(name) && !known.contains_key(name)).collect();
        assert_eq!(missing, BTreeSet::new(), "{surface:?}");
        assert_eq!(differing, names(DIFFERENCES), "{surface:?}\n{report}");
    }
}

#[test]
fn every_recorded_method_is_ours() {
    let (stable, experimental) = recorded();
    let methods = |union: &Value| -> BTreeSet<String> {
        let variants = union["oneOf"].as_array().unwrap();
        variants.iter().map(|variant| variant["properties"]["method"]["enum"][0].as_str().unwrap().to_owned()).collect()
    };
    for (surface, recorded) in [(Surface::Stable, &stable), (Surface::WithExperimental, &experimental)] {
        let ours = types(surface);
        for union in ["ClientRequest", "ServerRequest", "ServerNotification"] {
            let Some(theirs) = recorded.get(union) else { continue };
            let lacking: Vec<String> = methods(theirs).difference(&methods(&ours[union])).cloned().collect();
            assert_eq!(lacking, Vec::<String>::new(), "{union} {surface:?}");
        }
    }
}

#[test]
fn schemas_and_types_are_written_to_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    codex_app_server_protocol::generate::json_schema(&folder.path().join("json"), Surface::Stable).unwrap();
    codex_app_server_protocol::generate::typescript(&folder.path().join("ts"), Surface::WithExperimental).unwrap();
    let schema = std::fs::read_to_string(folder.path().join("json/v2/ThreadStartParams.json")).unwrap();
    assert!(schema.contains("approvalPolicy") && !schema.contains("dynamicTools"), "{schema}");
    let index = std::fs::read_to_string(folder.path().join("ts/index.ts")).unwrap();
    assert!(index.contains("export type { ThreadStartParams }") && index.contains("ClientRequest"), "{index}");
    let thread = std::fs::read_to_string(folder.path().join("ts/ThreadStartParams.ts")).unwrap();
    assert!(thread.contains("dynamicTools"), "{thread}");
    for file in std::fs::read_dir(folder.path().join("ts")).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let text = std::fs::read_to_string(file.path()).unwrap();
        for import in text.lines().filter_map(|line| line.split(" from \"./").nth(1)) {
            let wanted = folder.path().join("ts").join(format!("{}.ts", import.trim_end_matches("\";")));
            assert!(wanted.is_file(), "{} imports {import}", file.path().display());
        }
    }
}
