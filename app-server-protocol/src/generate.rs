//! Writes the wire as JSON Schema or TypeScript into a folder, one file a type.
//!
//! Both come from the same types the server reads and writes, so neither can differ from what it does.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::experimental::EXPERIMENTAL_FIELDS;
use crate::message::{ErrorBody, RequestId};
use crate::methods::{CLIENT_REQUESTS, MethodEntry, SERVER_NOTIFICATIONS, SERVER_REQUESTS};
use crate::typescript::Files;

/// Nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// A file or folder.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// What every client may use.
    Stable,
    /// That, and what has to be asked for.
    WithExperimental,
}

/// All schemas: file name without `.json`, folder included, to schema.
pub fn schemas(surface: Surface) -> BTreeMap<String, Value> {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut roots: BTreeMap<&'static str, String> = BTreeMap::new();
    let methods =
        |entries: &'static [MethodEntry]| entries.iter().filter(move |entry| surface == Surface::WithExperimental || !entry.experimental);
    for (entries, home) in [(CLIENT_REQUESTS, "v2/"), (SERVER_NOTIFICATIONS, "v2/"), (SERVER_REQUESTS, "")] {
        for entry in methods(entries) {
            for (name, _) in (entry.schemas)(&mut generator) {
                roots.entry(name).or_insert_with(|| format!("{}{name}", folder(name, home)));
            }
        }
    }
    roots.remove("NoParams");
    let definitions = definitions(&mut generator, surface);
    let mut files: BTreeMap<String, Value> = roots.iter().map(|(name, file)| (file.clone(), root(name, &definitions))).collect();
    let request_id = definitions.get("RequestId").cloned().unwrap_or(json!(true));
    files.insert("ClientRequest".to_owned(), union("ClientRequest", methods(CLIENT_REQUESTS), Framed::WithId, &definitions));
    files.insert("ServerRequest".to_owned(), union("ServerRequest", methods(SERVER_REQUESTS), Framed::WithId, &definitions));
    files.insert("ServerNotification".to_owned(), union("ServerNotification", methods(SERVER_NOTIFICATIONS), Framed::Bare, &definitions));
    files.insert("ClientNotification".to_owned(), client_notification());
    files.extend(frames(&request_id));
    files
}

/// Writes every schema below `folder`, which is made.
///
/// # Errors
/// When a file cannot be written.
pub fn json_schema(folder: &Path, surface: Surface) -> Result<(), GenerateError> {
    for (name, schema) in schemas(surface) {
        let path = folder.join(name + ".json");
        let failed = |source| GenerateError::Write { path: path.clone(), source };
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
        std::fs::write(&path, format!("{schema:#}\n")).map_err(failed)?;
    }
    Ok(())
}

/// Writes every type as TypeScript below `folder`, and an `index.ts` that exports them all.
///
/// # Errors
/// When a file cannot be written.
pub fn typescript(folder: &Path, surface: Surface) -> Result<(), GenerateError> {
    let mut files = Files::new();
    let entries = CLIENT_REQUESTS.iter().chain(SERVER_REQUESTS).chain(SERVER_NOTIFICATIONS);
    for entry in entries.filter(|entry| surface == Surface::WithExperimental || !entry.experimental) {
        (entry.typescript)(&mut files);
    }
    files.add::<RequestId>();
    files.add::<ErrorBody>();
    let mut texts = files.into_texts();
    for (name, entries) in
        [("ClientRequest", CLIENT_REQUESTS), ("ServerRequest", SERVER_REQUESTS), ("ServerNotification", SERVER_NOTIFICATIONS)]
    {
        texts.insert(name.to_owned(), typescript_union(name, entries, surface));
    }
    let index =
        texts.keys().filter(|name| !name.contains('/')).map(|name| format!("export type {{ {name} }} from \"./{name}\";\n")).collect();
    texts.insert("index".to_owned(), index);
    for (name, text) in texts {
        let path = folder.join(name + ".ts");
        let failed = |source| GenerateError::Write { path: path.clone(), source };
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
        std::fs::write(&path, text).map_err(failed)?;
    }
    Ok(())
}

fn typescript_union(name: &str, entries: &[MethodEntry], surface: Surface) -> String {
    let entries = entries.iter().filter(|entry| surface == Surface::WithExperimental || !entry.experimental);
    let (mut imports, mut members) = (std::collections::BTreeSet::new(), String::new());
    let framed = name != "ServerNotification";
    for entry in entries {
        imports.extend(entry.params);
        let id = if framed { ", id: RequestId" } else { "" };
        let params = entry.params.map_or(String::new(), |params| format!(", params: {params}"));
        members.push_str(&format!("\n  | {{ method: \"{}\"{id}{params} }}", entry.name));
    }
    imports.extend(framed.then_some("RequestId"));
    let imports: String = imports.iter().map(|name| format!("import type {{ {name} }} from \"./{name}\";\n")).collect();
    format!("{imports}\nexport type {name} ={members};\n")
}

/// Types of the first version stand apart.
fn folder(name: &str, home: &'static str) -> &'static str {
    match name {
        "InitializeParams" | "InitializeResponse" => "v1/",
        _ if name.starts_with("FuzzyFileSearch")
            || name.starts_with("GetConversation")
            || name.starts_with("GetAuth")
            || name.starts_with("GitDiff") =>
        {
            "v1/"
        }
        _ => home,
    }
}

fn definitions(generator: &mut SchemaGenerator, surface: Surface) -> Map<String, Value> {
    let mut definitions = generator.take_definitions(true);
    if surface == Surface::Stable {
        for (name, member) in EXPERIMENTAL_FIELDS {
            if let Some(properties) =
                definitions.get_mut(*name).and_then(|schema| schema.get_mut("properties")).and_then(Value::as_object_mut)
            {
                properties.remove(*member);
            }
        }
    }
    definitions
}

/// A schema of its own: the definition, and the definitions it leads to.
fn root(name: &str, definitions: &Map<String, Value>) -> Value {
    let mut schema = definitions.get(name).cloned().unwrap_or(json!({}));
    finish(name, &mut schema, definitions);
    schema
}

fn finish(name: &str, schema: &mut Value, definitions: &Map<String, Value>) {
    let mut used = Map::new();
    collect(schema, definitions, &mut used);
    used.remove(name);
    let Some(object) = schema.as_object_mut() else { return };
    object.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    object.insert("title".to_owned(), json!(name));
    if !used.is_empty() {
        object.insert("definitions".to_owned(), Value::Object(used));
    }
}

fn collect(schema: &Value, definitions: &Map<String, Value>, used: &mut Map<String, Value>) {
    match schema {
        Value::Object(object) => {
            if let Some(name) = object.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/definitions/"))
                && !used.contains_key(name)
                && let Some(definition) = definitions.get(name)
            {
                used.insert(name.to_owned(), definition.clone());
                collect(definition, definitions, used);
            }
            object.values().for_each(|value| collect(value, definitions, used));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, definitions, used)),
        _ => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Framed {
    WithId,
    Bare,
}

fn union<'a>(name: &str, entries: impl Iterator<Item = &'a MethodEntry>, framed: Framed, definitions: &Map<String, Value>) -> Value {
    let variants: Vec<Value> = entries
        .map(|entry| {
            let mut properties = Map::new();
            let mut required = Vec::new();
            if framed == Framed::WithId {
                properties.insert("id".to_owned(), json!({ "$ref": "#/definitions/RequestId" }));
                required.push("id");
            }
            properties.insert("method".to_owned(), json!({ "type": "string", "enum": [entry.name] }));
            required.push("method");
            match entry.params {
                Some(params) => {
                    properties.insert("params".to_owned(), json!({ "$ref": format!("#/definitions/{params}") }));
                    required.push("params");
                }
                None => {
                    properties.insert("params".to_owned(), json!({ "type": "null" }));
                }
            }
            json!({ "type": "object", "required": required, "properties": properties })
        })
        .collect();
    let mut schema = json!({ "oneOf": variants });
    finish(name, &mut schema, definitions);
    schema
}

fn client_notification() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "ClientNotification",
        "oneOf": [{ "type": "object", "required": ["method"], "properties": { "method": { "type": "string", "enum": ["initialized"] } } }]
    })
}

fn frames(request_id: &Value) -> Vec<(String, Value)> {
    let id = || json!({ "$ref": "#/definitions/RequestId" });
    let error = json!({
        "type": "object", "required": ["code", "message"],
        "properties": { "code": { "type": "integer", "format": "int64" }, "data": true, "message": { "type": "string" } }
    });
    let object = |required: Value, properties: Value| json!({ "type": "object", "required": required, "properties": properties });
    let mut definitions = Map::new();
    definitions.insert("RequestId".to_owned(), request_id.clone());
    definitions.insert("JSONRPCErrorError".to_owned(), error);
    definitions.insert(
        "JSONRPCRequest".to_owned(),
        object(json!(["id", "method"]), json!({ "id": id(), "method": { "type": "string" }, "params": true })),
    );
    definitions
        .insert("JSONRPCNotification".to_owned(), object(json!(["method"]), json!({ "method": { "type": "string" }, "params": true })));
    definitions.insert("JSONRPCResponse".to_owned(), object(json!(["id", "result"]), json!({ "id": id(), "result": true })));
    let failed = json!({ "id": id(), "error": { "$ref": "#/definitions/JSONRPCErrorError" } });
    definitions.insert("JSONRPCError".to_owned(), object(json!(["error", "id"]), failed));
    let kinds = ["JSONRPCRequest", "JSONRPCNotification", "JSONRPCResponse", "JSONRPCError"];
    let any: Vec<Value> = kinds.iter().map(|name| json!({ "$ref": format!("#/definitions/{name}") })).collect();
    definitions.insert("JSONRPCMessage".to_owned(), json!({ "anyOf": any }));
    definitions.keys().map(|name| (name.clone(), root(name, &definitions))).collect()
}
