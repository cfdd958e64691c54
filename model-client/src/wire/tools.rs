//! Tools as functions, for wires that know nothing else.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use codex_protocol::ToolSpec;
use serde_json::{Value, json};

use super::names::tool_name;
use crate::downgrade::{Adjustments, Feature};

/// One tool, offered as a function.
#[derive(Debug)]
pub(super) struct Function<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) description: Cow<'a, str>,
    pub(super) parameters: Cow<'a, Value>,
}

/// The tools that can be offered as functions, in order; tools of the server itself are left out.
pub(super) fn functions<'a>(tools: &'a [ToolSpec], adjustments: &Adjustments) -> Vec<Function<'a>> {
    tools
        .iter()
        .filter_map(|tool| {
            let (description, parameters) = match tool {
                ToolSpec::Function { description, parameters, .. } => (Cow::Borrowed(description.as_str()), Cow::Borrowed(parameters)),
                ToolSpec::Custom { description, format, .. } => {
                    (Cow::Owned(freeform_description(description, &format.definition)), Cow::Owned(freeform_parameters()))
                }
                ToolSpec::WebSearch { .. } | ToolSpec::ImageGeneration { .. } => return None,
            };
            let name = tool.name();
            let description = if description.trim().is_empty() {
                Cow::Borrowed(name)
            } else if adjustments.without(Feature::EmptyDescription) {
                Cow::Owned(format!("{name}: {description}"))
            } else {
                description
            };
            Some(Function { name: tool_name(name), description, parameters })
        })
        .collect()
}

/// What a freeform tool is for, when it is offered as a function.
pub(super) fn freeform_description(description: &str, grammar: &str) -> String {
    format!("{description}\n`input` is the whole text, in this grammar:\n{grammar}")
}

/// The schema of a freeform tool that is offered as a function.
pub(super) fn freeform_parameters() -> Value {
    json!({
        "type": "object",
        "properties": {"input": {"type": "string"}},
        "required": ["input"],
        "additionalProperties": false,
    })
}

/// What was offered, as far as the reading of calls needs it.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    tools: HashMap<String, OfferedTool>,
}

#[derive(Clone, Debug)]
struct OfferedTool {
    name: String,
    freeform: bool,
    /// Parameters whose schema says `string`.
    texts: BTreeMap<String, bool>,
}

impl Offered {
    /// What a prompt offers.
    pub fn of(tools: &[ToolSpec]) -> Self {
        let tools = tools.iter().filter_map(|tool| {
            let (freeform, texts) = match tool {
                ToolSpec::Function { parameters, .. } => (false, texts(parameters)),
                ToolSpec::Custom { .. } => (true, BTreeMap::from([("input".to_owned(), true)])),
                ToolSpec::WebSearch { .. } | ToolSpec::ImageGeneration { .. } => return None,
            };
            let name = tool.name().to_owned();
            Some((tool_name(tool.name()).into_owned(), OfferedTool { name, freeform, texts }))
        });
        Self { tools: tools.collect() }
    }

    /// Whether there is a tool of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tools.contains_key(name)
    }

    /// The tool's own name for the one it was offered under.
    pub(super) fn own_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.tools.get(name).map_or(name, |tool| &tool.name)
    }

    /// Whether the tool takes plain text.
    pub(super) fn is_freeform(&self, name: &str) -> bool {
        self.tools.get(name).is_some_and(|tool| tool.freeform)
    }

    /// Whether a parameter is a text, whatever it looks like.
    pub(super) fn is_text(&self, name: &str, parameter: &str) -> bool {
        self.tools.get(name).and_then(|tool| tool.texts.get(parameter)).copied().unwrap_or(false)
    }
}

fn texts(schema: &Value) -> BTreeMap<String, bool> {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.map(|(name, schema)| (name.clone(), schema.get("type").and_then(Value::as_str) == Some("string"))).collect()
}
