//! The JSON schema of `config.toml`, made from the types.
//!
//! Made on demand only: `codex config schema`, `codex config show` and tests ask for it, no start does.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::ConfigToml;
use crate::features::{FEATURES, FeatureStage};

/// The schema of `config.toml`, as JSON Schema of draft 7, which editors know.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft07().with_transform(AsToml);
    let mut schema = settings.into_generator().into_root_schema_for::<ConfigToml>();
    schema.insert("title".to_owned(), json!("config.toml"));
    schema.insert("description".to_owned(), json!("Settings of Codex."));
    schema.to_value()
}

/// TOML has no `null`, and keys that a table does not have are mistakes.
#[derive(Clone, Debug)]
struct AsToml;

impl Transform for AsToml {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        without_null(object);
        if object.get("type") == Some(&json!("object")) && object.contains_key("properties") && !object.contains_key("additionalProperties")
        {
            object.insert("additionalProperties".to_owned(), json!(false));
        }
        if object.get("default").is_some_and(Value::is_null) {
            object.remove("default");
        }
    }
}

fn without_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let Some(Value::Array(choices)) = object.get_mut("anyOf") else { return };
    choices.retain(|choice| *choice != json!({ "type": "null" }));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        if only.contains_key("$ref") {
            // Beside a reference draft 7 reads nothing else.
            object.insert("allOf".to_owned(), json!([only]));
        } else {
            object.extend(only);
        }
    }
}

/// `[features]`: every flag by name, and `true` or `false`.
pub(super) fn features(_: &mut SchemaGenerator) -> Schema {
    let flag = |name: &str, stage: FeatureStage, default: bool| {
        (name.to_owned(), json!({ "type": "boolean", "description": stage.as_str(), "default": default }))
    };
    let mut flags: Map<String, Value> = FEATURES.iter().map(|feature| flag(feature.name, feature.stage, feature.default)).collect();
    let former = json!({ "type": "boolean", "description": "former name", "deprecated": true });
    flags.extend(crate::features::former_names().map(|name| (name.to_owned(), former.clone())));
    json_schema!({ "type": "object", "properties": flags, "additionalProperties": false })
}
