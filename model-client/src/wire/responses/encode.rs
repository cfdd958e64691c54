//! Writes a prompt as the body of a Responses request.
//!
//! Keys come in a fixed order and items are written as they stand in history, so that the bytes of one request up to
//! the end of its `input` are a prefix of the next one's: that is what a server's prompt cache compares.

use std::borrow::Cow;

use codex_protocol::op::{ReasoningEffort, ReasoningSummaryMode};
use codex_protocol::response_item::{ContentItem, OutputContentItem, ToolOutputBody};
use codex_protocol::{ResponseItem, ToolSpec};
use serde::Serialize;
use serde_json::{Value, json};

use crate::downgrade::{Adjustments, Feature};
use crate::prompt::Prompt;
use crate::wire::tools::{freeform_description, freeform_parameters};
use crate::wire::transcript::{IMAGE_LEFT_OUT, schema_note};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    instructions: &'a str,
    input: Vec<Cow<'a, ResponseItem>>,
    tools: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    reasoning: Option<ReasoningKeys>,
    store: bool,
    stream: bool,
    include: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_cache_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<TextKeys<'a>>,
}

#[derive(Serialize)]
struct ReasoningKeys {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<ReasoningEffort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<ReasoningSummaryMode>,
}

#[derive(Serialize)]
struct TextKeys<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    verbosity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Value>,
}

/// Returns the body of a request, the contract's whole form.
pub fn encode(prompt: &Prompt) -> Vec<u8> {
    encode_adjusted(prompt, &Adjustments::default())
}

/// Returns the body of a request without the features that the server does not take.
pub fn encode_adjusted(prompt: &Prompt, adjustments: &Adjustments) -> Vec<u8> {
    let without = |feature| adjustments.without(feature);
    let reasoning = reasoning_keys(prompt, adjustments);
    let encrypted = reasoning.is_some() && !without(Feature::EncryptedReasoning);
    let body = Body {
        model: &prompt.model,
        instructions: &prompt.instructions,
        input: input_items(prompt, adjustments),
        tools: prompt.tools.iter().filter_map(|tool| tool_value(tool, adjustments)).collect(),
        tool_choice: (!without(Feature::ToolChoice)).then_some("auto"),
        parallel_tool_calls: (!without(Feature::ParallelToolCalls)).then_some(prompt.parallel_tools),
        reasoning,
        store: false,
        stream: true,
        include: if encrypted { &["reasoning.encrypted_content"] } else { &[] },
        service_tier: prompt.service_tier.as_deref().filter(|_| !without(Feature::ServiceTier)),
        prompt_cache_key: (!without(Feature::PromptCacheKey)).then_some(&prompt.cache_key),
        text: text_keys(prompt, adjustments),
    };
    #[expect(clippy::expect_used, reason = "strings, numbers and JSON values always serialise")]
    serde_json::to_vec(&body).expect("a body of plain values serialises")
}

fn reasoning_keys(prompt: &Prompt, adjustments: &Adjustments) -> Option<ReasoningKeys> {
    let reasoning = prompt.reasoning?;
    match adjustments.step(Feature::ReasoningEffort) {
        0 => {
            let summary = reasoning.summary.filter(|summary| *summary != ReasoningSummaryMode::None);
            Some(ReasoningKeys { effort: reasoning.effort, summary })
        }
        1 if reasoning.effort.is_some() => Some(ReasoningKeys { effort: None, summary: None }),
        _ => None,
    }
}

fn text_keys<'a>(prompt: &'a Prompt, adjustments: &Adjustments) -> Option<TextKeys<'a>> {
    let verbosity = prompt.verbosity.as_deref().filter(|_| !adjustments.without(Feature::Verbosity));
    let format = prompt
        .output_schema
        .as_ref()
        .filter(|_| !adjustments.without(Feature::OutputSchema))
        .map(|schema| json!({"type": "json_schema", "strict": true, "schema": schema, "name": "codex_output_schema"}));
    (verbosity.is_some() || format.is_some()).then_some(TextKeys { verbosity, format })
}

fn input_items<'a>(prompt: &'a Prompt, adjustments: &Adjustments) -> Vec<Cow<'a, ResponseItem>> {
    let mut items = Vec::with_capacity(prompt.input.len() + 1);
    if let Some(schema) = prompt.output_schema.as_ref().filter(|_| adjustments.without(Feature::OutputSchema)) {
        let item = Cow::Owned(ResponseItem::developer_text(schema_note(schema)));
        items.extend(input_item(item, adjustments));
    }
    items.extend(prompt.input.iter().filter_map(|item| input_item(Cow::Borrowed(item), adjustments)));
    items
}

/// The item as it is sent; `None` when it is not.
fn input_item<'a>(mut item: Cow<'a, ResponseItem>, adjustments: &Adjustments) -> Option<Cow<'a, ResponseItem>> {
    match item.as_ref() {
        ResponseItem::Other => return None,
        ResponseItem::Reasoning { .. } if adjustments.without(Feature::EncryptedReasoning) => return None,
        ResponseItem::Reasoning { wire_state: Some(_), .. }
        | ResponseItem::FunctionCall { wire_state: Some(_), .. }
        | ResponseItem::CustomToolCall { wire_state: Some(_), .. } => drop_wire_state(item.to_mut()),
        ResponseItem::Message { role, .. } if role == "developer" && adjustments.without(Feature::DeveloperRole) => {
            if let ResponseItem::Message { role, .. } = item.to_mut() {
                "system".clone_into(role);
            }
        }
        _ => {}
    }
    if adjustments.without(Feature::Images) {
        leave_out_images(&mut item);
    }
    if adjustments.without(Feature::ToolTypes) {
        item = as_function_item(item);
    }
    Some(item)
}

fn drop_wire_state(item: &mut ResponseItem) {
    match item {
        ResponseItem::Reasoning { wire_state, .. }
        | ResponseItem::FunctionCall { wire_state, .. }
        | ResponseItem::CustomToolCall { wire_state, .. } => *wire_state = None,
        _ => {}
    }
}

fn leave_out_images(item: &mut Cow<'_, ResponseItem>) {
    let has_images = match item.as_ref() {
        ResponseItem::Message { content, .. } => content.iter().any(|part| matches!(part, ContentItem::InputImage { .. })),
        ResponseItem::FunctionCallOutput { output: ToolOutputBody::Content(parts), .. }
        | ResponseItem::CustomToolCallOutput { output: ToolOutputBody::Content(parts), .. } => {
            parts.iter().any(|part| matches!(part, OutputContentItem::InputImage { .. }))
        }
        _ => false,
    };
    if !has_images {
        return;
    }
    match item.to_mut() {
        ResponseItem::Message { content, .. } => {
            for part in content.iter_mut().filter(|part| matches!(part, ContentItem::InputImage { .. })) {
                *part = ContentItem::InputText { text: IMAGE_LEFT_OUT.to_owned() };
            }
        }
        ResponseItem::FunctionCallOutput { output: ToolOutputBody::Content(parts), .. }
        | ResponseItem::CustomToolCallOutput { output: ToolOutputBody::Content(parts), .. } => {
            for part in parts.iter_mut().filter(|part| matches!(part, OutputContentItem::InputImage { .. })) {
                *part = OutputContentItem::InputText { text: IMAGE_LEFT_OUT.to_owned() };
            }
        }
        _ => {}
    }
}

/// Freeform calls as calls of a function with one string, `input`.
fn as_function_item(item: Cow<'_, ResponseItem>) -> Cow<'_, ResponseItem> {
    match item.as_ref() {
        ResponseItem::CustomToolCall { call_id, name, input, .. } => Cow::Owned(ResponseItem::FunctionCall {
            id: None,
            name: name.clone(),
            namespace: None,
            arguments: json!({"input": input}).to_string(),
            call_id: call_id.clone(),
            wire_state: None,
        }),
        ResponseItem::CustomToolCallOutput { call_id, output } => {
            Cow::Owned(ResponseItem::FunctionCallOutput { call_id: call_id.clone(), output: output.clone() })
        }
        ResponseItem::WebSearchCall { .. } | ResponseItem::ImageGenerationCall { .. } => Cow::Owned(ResponseItem::Message {
            id: None,
            role: "assistant".to_owned(),
            content: vec![ContentItem::OutputText { text: "[the model server used one of its own tools here]".to_owned() }],
            phase: None,
        }),
        _ => item,
    }
}

/// The tool as it is offered; `None` when it is not.
fn tool_value(tool: &ToolSpec, adjustments: &Adjustments) -> Option<Value> {
    let only_functions = adjustments.without(Feature::ToolTypes);
    let mut value = match tool {
        ToolSpec::Custom { name, description, format } if only_functions => as_function_tool(name, description, &format.definition),
        ToolSpec::WebSearch { .. } | ToolSpec::ImageGeneration { .. } if only_functions => return None,
        tool =>
        {
            #[expect(clippy::expect_used, reason = "strings, booleans and JSON values always serialise")]
            serde_json::to_value(tool).expect("a tool of plain values serialises")
        }
    };
    if let Some(description) = value.get("description").and_then(Value::as_str) {
        if adjustments.without(Feature::EmptyDescription) {
            value["description"] = json!(format!("{}: {description}", tool.name()));
            value.get_mut("parameters").into_iter().for_each(drop_blank_descriptions);
        } else if description.trim().is_empty() {
            value["description"] = json!(tool.name());
        }
    }
    if adjustments.without(Feature::Strict) {
        value.as_object_mut().map(|keys| keys.shift_remove("strict"));
    }
    Some(value)
}

fn as_function_tool(name: &str, description: &str, grammar: &str) -> Value {
    json!({
        "type": "function",
        "name": name,
        "description": freeform_description(description, grammar),
        "strict": false,
        "parameters": freeform_parameters(),
    })
}

fn drop_blank_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(keys) => {
            if keys.get("description").and_then(Value::as_str).is_some_and(|text| text.trim().is_empty()) {
                keys.shift_remove("description");
            }
            keys.values_mut().for_each(drop_blank_descriptions);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_blank_descriptions),
        _ => {}
    }
}
