//! Builders for the JSON schemas of arguments. Keys come out in the order they are written: what the
//! model is offered must be the same bytes in every request of a thread.

use codex_protocol::ToolSpec;
use serde_json::{Map, Value, json};

use crate::handler::ToolEnv;

/// A function tool; its prose is the file beside it.
pub(crate) fn function(name: &str, prose: &str, parameters: Value) -> ToolSpec {
    ToolSpec::Function { name: name.to_owned(), description: prose.trim_end().to_owned(), strict: false, parameters }
}

/// An object of exactly these properties.
pub(crate) fn object<const N: usize>(properties: [(&str, Value); N], required: &[&str]) -> Value {
    let properties: Map<String, Value> = properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// The parameters of a tool that runs commands: its own, and those by which a command asks for more than the sandbox gives.
pub(crate) fn command<const N: usize>(env: &ToolEnv, own: [(&str, Value); N], required: &[&str]) -> Value {
    let mut parameters = object(own, required);
    if let Some(properties) = parameters["properties"].as_object_mut() {
        let keys = escalation(env.additional_permissions).into_iter().chain(env.additional_permissions.then(additional_permissions));
        properties.extend(keys.map(|(name, schema)| (name.to_owned(), schema)));
    }
    parameters
}

/// Permissions beyond the sandbox: the network, and paths.
pub(crate) fn permissions() -> Value {
    let network = object([("enabled", boolean("`true` asks for the network."))], &[]);
    let paths = "Paths, absolute or relative to the working directory.";
    let files = object([("read", strings(paths)), ("write", strings(paths))], &[]);
    object([("network", network), ("file_system", files)], &[])
}

fn additional_permissions() -> (&'static str, Value) {
    ("additional_permissions", permissions())
}

/// A text.
pub(crate) fn string(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

/// A number.
pub(crate) fn number(about: &str) -> Value {
    json!({"type": "number", "description": about})
}

/// A switch.
pub(crate) fn boolean(about: &str) -> Value {
    json!({"type": "boolean", "description": about})
}

/// A list of texts.
pub(crate) fn strings(about: &str) -> Value {
    json!({"type": "array", "items": {"type": "string"}, "description": about})
}

/// A list of objects.
pub(crate) fn objects(items: Value, about: &str) -> Value {
    json!({"type": "array", "items": items, "description": about})
}

/// `workdir`, the same in every command tool.
pub(crate) fn workdir() -> (&'static str, Value) {
    ("workdir", string("Directory to run in, absolute or relative to the session's working directory, which is the default."))
}

/// The three keys by which a command asks for more than the sandbox gives.
fn escalation(additional: bool) -> [(&'static str, Value); 3] {
    let more = " `with_additional_permissions` asks to run in the sandbox with what `additional_permissions` names on top, for this command alone: prefer it where that is enough.";
    let sandbox = "`use_default` (the default) runs in the sandbox; `require_escalated` asks to run outside it. Ask only when the task needs it and the permissions in force allow asking.";
    [
        ("sandbox_permissions", string(&if additional { format!("{sandbox}{more}") } else { sandbox.to_owned() })),
        (
            "justification",
            string(
                "With `require_escalated`: one question to the user that says what the command is for and why it must leave the sandbox.",
            ),
        ),
        (
            "prefix_rule",
            strings(
                "With `require_escalated`: the leading words of commands like this one that the user could allow for good, such as [\"cargo\", \"fetch\"]. Keep it narrow.",
            ),
        ),
    ]
}
