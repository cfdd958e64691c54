//! The schema, the file that uses every key, and the reference page made of both.

use std::collections::BTreeSet;

use codex_config::schema::ConfigToml;
use codex_config::schema::json::schema;
use codex_config::schema::keys::{Key, keys};
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::page::{EVERY_KEY, page};
use crate::support::Place;

/// What is wrong with `value` by a schema: types, words, bounds, keys. Only what our schemas use is understood.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let one = |fault: String| vec![format!("{at}: {fault}")];
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return faults(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, at);
    }
    let mut found = Vec::new();
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        found.extend(faults(root, part, value, at));
    }
    for word in ["anyOf", "oneOf"] {
        let Some(choices) = schema.get(word).and_then(Value::as_array) else { continue };
        let fitting = choices.iter().filter(|choice| faults(root, choice, value, at).is_empty()).count();
        if fitting == 0 || (word == "oneOf" && fitting > 1) {
            found.extend(one(format!("{fitting} of {word} fit {value}")));
        }
    }
    if let Some(kind) = schema.get("type") {
        let kinds: Vec<&str> =
            kind.as_str().map_or_else(|| kind.as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect(), |kind| vec![kind]);
        let is = |kind: &&str| match *kind {
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("{other} is not a type of TOML"),
        };
        if !kinds.iter().any(is) {
            return one(format!("{value} is no {kind}"));
        }
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|words| !words.contains(value))
        || schema.get("const").is_some_and(|word| word != value)
    {
        found.extend(one(format!("{value} is not among the words")));
    }
    if let (Some(least), Some(number)) = (schema.get("minimum").and_then(Value::as_f64), value.as_f64())
        && number < least
    {
        found.extend(one(format!("{value} is less than {least}")));
    }
    for (item, number) in value.as_array().into_iter().flatten().zip(0..) {
        if let Some(items) = schema.get("items") {
            found.extend(faults(root, items, item, &format!("{at}[{number}]")));
        }
    }
    let Some(entries) = value.as_object() else { return found };
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if !entries.contains_key(name.as_str().unwrap()) {
            found.extend(one(format!("{name} is missing")));
        }
    }
    for (key, value) in entries {
        let at = format!("{at}.{key}");
        match (schema.get("properties").and_then(|own| own.get(key)), schema.get("additionalProperties")) {
            (Some(own), _) => found.extend(faults(root, own, value, &at)),
            (None, Some(Value::Bool(false))) => found.push(format!("{at}: unknown")),
            (None, Some(others)) => found.extend(faults(root, others, value, &at)),
            (None, None) => {}
        }
    }
    found
}

fn json(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap()
}

#[test]
fn the_schema_takes_the_file_with_every_key_and_refuses_mistakes() {
    let schema = schema();
    assert_eq!(faults(&schema, &schema, &json(EVERY_KEY), ""), Vec::<String>::new());
    let mistakes = [
        ("modle = \"x\"", ".modle: unknown"),
        ("model = 5", ".model: 5 is no \"string\""),
        ("sandbox_mode = \"x\"", ".sandbox_mode: 0 of oneOf fit \"x\""),
        ("[features]\nundoo = true", ".features.undoo: unknown"),
        ("[history]\nmax_bytes = 5", ".history: \"persistence\" is missing"),
        ("project_doc_max_bytes = -1", ".project_doc_max_bytes: -1 is less than 0"),
        ("[model_providers.x]\nname = \"x\"\nwire = \"y\"", ".model_providers.x.wire: unknown"),
    ];
    for (text, expected) in mistakes {
        assert_eq!(faults(&schema, &schema, &json(text), ""), [expected], "{text}");
    }
}

#[test]
fn the_file_with_every_key_is_read_without_a_word_and_comes_back_as_it_was() {
    let place = Place::with_config(EVERY_KEY);
    place.write("home/models.json", "{\"models\":[]}").write("home/instructions.md", "text").write("home/compact.md", "text");
    let config = place.load();
    let warnings: Vec<&String> = config.warnings.iter().filter(|warning| !warning.contains("is not supported yet")).collect();
    assert_eq!(warnings, Vec::<&String>::new());
    let typed: ConfigToml = toml::from_str(EVERY_KEY).unwrap();
    let written = toml::to_string(&typed).unwrap();
    assert_eq!(toml::from_str::<ConfigToml>(&written).unwrap(), typed);
    // Nothing that was said is lost on the way.
    let (before, after) = (leaves(&json(EVERY_KEY), String::new()), leaves(&json(&written), String::new()));
    let retired = |leaf: &String| codex_config::accepted::RETIRED.iter().any(|key| leaf.contains(&format!(".{key}")));
    let lost: Vec<&String> = before.iter().filter(|leaf| !after.contains(*leaf) && !retired(leaf)).collect();
    assert_eq!(lost, Vec::<&String>::new());
}

/// Each value with its key.
fn leaves(value: &Value, at: String) -> BTreeSet<String> {
    match value {
        Value::Object(entries) => entries.iter().flat_map(|(key, value)| leaves(value, format!("{at}.{key}"))).collect(),
        value => BTreeSet::from([format!("{at} = {value}")]),
    }
}

#[test]
fn the_file_with_every_key_leaves_none_out() {
    let file: toml::Table = toml::from_str(EVERY_KEY).unwrap();
    let mut used: Vec<Vec<String>> = Vec::new();
    fn paths(table: &toml::Table, above: &[String], used: &mut Vec<Vec<String>>) {
        for (key, value) in table {
            let path: Vec<String> = above.iter().cloned().chain([key.clone()]).collect();
            if let toml::Value::Table(below) = value {
                paths(below, &path, used);
            }
            used.push(path);
        }
    }
    paths(&file, &[], &mut used);
    // The three exporters are of one type, and so are the features of a profile and of all.
    let same = |key: &Key| {
        key.path[0] == "otel" && key.path.len() > 2 || key.path.starts_with(&["profiles".into(), "*".into()]) && key.path.len() > 3
    };
    let missing: Vec<String> = keys().iter().filter(|key| !same(key) && !used.iter().any(|path| key.is(path))).map(Key::name).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn defaults_in_the_schema_are_those_in_force() {
    let place = Place::new();
    let overview = codex_config::show::overview(&place.options()).unwrap();
    let shown = |key: &str| overview.select(key).unwrap().remove(0).now.unwrap().value.unwrap();
    let config = place.load();
    assert_eq!(shown("model").as_str(), Some(config.model.as_str()));
    assert_eq!(shown("project_doc_max_bytes").as_integer(), Some(config.project_doc_max_bytes as i64));
    assert_eq!(shown("project_root_markers").as_array().unwrap().len(), config.project_root_markers.len());
    assert_eq!(shown("personality").as_str(), Some(config.personality.as_str()));
    assert_eq!(shown("openai_base_url").as_str(), Some(config.provider.base_url.as_str()));
    assert_eq!(shown("allow_login_shell").as_bool(), Some(config.allow_login_shell));
    assert_eq!(shown("project_doc_requires_trust").as_bool(), Some(config.project_doc_requires_trust));
    assert_eq!(shown("sandbox_git_broker").as_bool(), Some(config.boundary.git_broker));
    assert_eq!(shown("shell_environment_policy.ignore_default_excludes").as_bool(), Some(config.shell_environment.ignore_default_excludes));
    assert_eq!(shown("sandbox_mode").as_str(), Some("read-only"));
    for (name, on) in &config.features {
        assert_eq!(shown(&format!("features.{name}")).as_bool(), Some(*on), "{name}");
    }
}

#[test]
fn the_reference_page_is_current() {
    let kept = include_str!("../../../docs/config.md");
    assert!(kept == page(), "docs/config.md is out of date: cargo run -p codex-config --example config-docs > docs/config.md");
}

#[test]
fn the_whole_files_of_the_reference_page_load_as_they_stand() {
    let whole = include_str!("../fixtures/page-head.md");
    let files: Vec<&str> = whole.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(files.len() >= 3 && files.iter().any(|file| file.contains("url = ")), "{files:?}");
    for file in files {
        let config = Place::with_config(file).load();
        assert_eq!(config.warnings, Vec::<String>::new(), "{file}");
    }
}

#[test]
fn every_table_of_the_reference_page_has_an_example() {
    let page = page();
    let without: Vec<&str> = page
        .split("\n## ")
        .skip(1)
        .filter(|section| section.starts_with("`[") && !section.contains("```toml") && !section.contains("See the example of"))
        .map(|section| section.lines().next().unwrap())
        .collect();
    assert_eq!(without, Vec::<&str>::new());
}

/// A start is to be quick: the schema is made only where somebody asks for it.
#[test]
fn nothing_but_the_commands_about_settings_makes_a_schema() {
    const MAY: &[&str] = &["config/src/schema/json.rs", "config/src/schema/keys.rs", "config/src/show.rs", "cli/src/cmd/config.rs"];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<_> = ["config/src", "core/src", "exec/src", "cli/src"].iter().map(|folder| root.join(folder)).collect();
    let mut makers = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let text = std::fs::read_to_string(&entry).unwrap_or_default();
                let makes =
                    ["json::schema", "schema_for", "keys::{Key, keys}", "show::overview", "show::{"].iter().any(|word| text.contains(word));
                let name = entry.strip_prefix(root).unwrap().display().to_string();
                if makes && !MAY.contains(&name.as_str()) {
                    makers.insert(name);
                }
            }
        }
    }
    assert_eq!(makers, BTreeSet::new());
}
