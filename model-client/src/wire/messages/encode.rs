//! Writes a prompt as the body of a Messages request.
//!
//! Roles alternate and begin with the user; results of calls stand first in the message behind their answer. Thoughts
//! go back byte for byte, and only to the provider and model that signed them. Of two requests of a thread the first
//! is the beginning of the second, apart from the cache marks.

use codex_config::provider::Dialect;
use codex_protocol::op::ReasoningEffort;
use serde_json::{Map, Value, json};

use super::thinking::{Form, budget, effort_word, form};
use crate::downgrade::{Adjustments, Feature};
use crate::prompt::Prompt;
use crate::wire::caps::Caps;
use crate::wire::names::{plain_id, tool_name};
use crate::wire::tools::functions;
use crate::wire::transcript::{self, Answer, AnswerPart, CallResult, InputPart, Rules, Step, Transcript, note, schema_note};

/// Sent where nothing is known of the model's limit.
const USUAL_MAX_TOKENS: u64 = 32_000;
/// What a message says that would be empty.
const NOTHING: &str = "(no output)";
/// What the first message says where an answer would be first.
const EARLIER: &str = "(what was said before is left out)";
const VERTEX_VERSION: &str = "vertex-2023-10-16";

/// Returns the body of a request.
pub(in crate::wire) fn encode(
    prompt: &Prompt,
    caps: &Caps,
    max_output_tokens: Option<u64>,
    adjustments: &Adjustments,
    is_own: &dyn Fn(&Value) -> bool,
) -> Vec<u8> {
    let without = |feature| adjustments.without(feature);
    let plain = without(Feature::Extras);
    let mut transcript = transcript::of(&prompt.input, &Rules { adjustments, is_own });
    if let Some(schema) = prompt.output_schema.as_ref().filter(|_| without(Feature::OutputSchema)) {
        transcript.opening.push(schema_note(schema));
    }
    let marks = Marks::of(caps, adjustments);
    let known = prompt.max_output_tokens.and_then(|limit| u64::try_from(limit).ok());
    let max_tokens = max_output_tokens.or(known).unwrap_or(USUAL_MAX_TOKENS);
    let mut body = Map::new();
    if caps.dialect == Dialect::Vertex {
        body.insert("anthropic_version".to_owned(), json!(VERTEX_VERSION));
    } else {
        body.insert("model".to_owned(), json!(prompt.model));
    }
    body.insert("max_tokens".to_owned(), json!(max_tokens));
    body.insert("stream".to_owned(), json!(true));
    let system = system(&prompt.instructions, &transcript, &marks);
    if !system.is_empty() {
        body.insert("system".to_owned(), Value::Array(system));
    }
    let thoughts = Thoughts::of(&transcript, adjustments);
    body.insert("messages".to_owned(), Value::Array(messages(&transcript, thoughts, &marks)));
    add_tools(prompt, &transcript, adjustments, &marks, &mut body);
    let effort =
        prompt.reasoning.and_then(|reasoning| reasoning.effort).filter(|_| !plain && adjustments.step(Feature::ThinkingSignature) < 2);
    let refusals = adjustments.step(Feature::ReasoningEffort);
    let format = prompt.output_schema.as_ref().filter(|_| !without(Feature::OutputSchema));
    let format = format.map(|schema| json!({"type": "json_schema", "schema": schema}));
    add_thinking(effort, form(&prompt.model, refusals), max_tokens, format, &mut body);
    Value::Object(body).to_string().into_bytes()
}

fn add_thinking(effort: Option<ReasoningEffort>, form: Form, max_tokens: u64, format: Option<Value>, body: &mut Map<String, Value>) {
    let mut output = Map::new();
    match (effort, form) {
        (Some(effort), Form::Adaptive) => {
            if let Some(word) = effort_word(effort) {
                body.insert("thinking".to_owned(), json!({"type": "adaptive", "display": "summarized"}));
                output.insert("effort".to_owned(), json!(word));
            }
        }
        (Some(effort), Form::Budget) => {
            if let Some(thinking) = budget(effort, max_tokens) {
                body.insert("thinking".to_owned(), thinking);
            }
        }
        (None, _) | (_, Form::None) => {}
    }
    if let Some(format) = format {
        output.insert("format".to_owned(), format);
    }
    if !output.is_empty() {
        body.insert("output_config".to_owned(), Value::Object(output));
    }
}

/// Where cache marks go.
struct Marks {
    /// On the tools and the system text.
    all: bool,
    /// On so many of the last user messages.
    users: usize,
    value: Value,
}

impl Marks {
    fn of(caps: &Caps, adjustments: &Adjustments) -> Self {
        let value = if caps.long_cache { json!({"type": "ephemeral", "ttl": "1h"}) } else { json!({"type": "ephemeral"}) };
        let wanted = caps.cache_marks && !adjustments.without(Feature::Extras);
        match adjustments.step(Feature::CacheControl) {
            0 if wanted => Self { all: true, users: 2, value },
            1 if wanted => Self { all: false, users: 1, value },
            _ => Self { all: false, users: 0, value },
        }
    }

    fn put(&self, block: &mut Value) {
        if let Some(keys) = block.as_object_mut() {
            keys.insert("cache_control".to_owned(), self.value.clone());
        }
    }
}

fn system(instructions: &str, transcript: &Transcript<'_>, marks: &Marks) -> Vec<Value> {
    let texts = std::iter::once(instructions).chain(transcript.opening.iter().map(String::as_str));
    let mut blocks: Vec<Value> = texts.filter(|text| !text.trim().is_empty()).map(text_block).collect();
    if let Some(last) = blocks.last_mut().filter(|_| marks.all) {
        marks.put(last);
    }
    blocks
}

fn add_tools(prompt: &Prompt, transcript: &Transcript<'_>, adjustments: &Adjustments, marks: &Marks, body: &mut Map<String, Value>) {
    let functions = functions(&prompt.tools, adjustments);
    let mut tools: Vec<Value> =
        functions.iter().map(|tool| json!({"name": tool.name, "description": tool.description, "input_schema": tool.parameters})).collect();
    if tools.is_empty() {
        // A conversation with calls is refused where no tools are named, although none is to be called now.
        tools = called_names(transcript)
            .into_iter()
            .map(|name| json!({"name": tool_name(name), "description": name, "input_schema": {"type": "object"}}))
            .collect();
        if !tools.is_empty() {
            body.insert("tools".to_owned(), Value::Array(tools));
            body.insert("tool_choice".to_owned(), json!({"type": "none"}));
        }
        return;
    }
    if let Some(last) = tools.last_mut().filter(|_| marks.all) {
        marks.put(last);
    }
    body.insert("tools".to_owned(), Value::Array(tools));
    if adjustments.without(Feature::Extras) || adjustments.without(Feature::ToolChoice) {
        return;
    }
    let one_at_a_time = !prompt.parallel_tools && !adjustments.without(Feature::ParallelToolCalls);
    let choice = if one_at_a_time { json!({"type": "auto", "disable_parallel_tool_use": true}) } else { json!({"type": "auto"}) };
    body.insert("tool_choice".to_owned(), choice);
}

fn called_names<'t>(transcript: &'t Transcript<'_>) -> Vec<&'t str> {
    let answers = transcript.steps.iter().filter_map(|step| if let Step::Answer(answer) = step { Some(answer) } else { None });
    let calls =
        answers.flat_map(|answer| &answer.parts).filter_map(|part| if let AnswerPart::Call(call) = part { Some(call.name) } else { None });
    let mut names: Vec<&str> = Vec::new();
    for name in calls {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Which answers go back with their thoughts: those from this step on.
#[derive(Clone, Copy)]
struct Thoughts {
    from_step: usize,
}

impl Thoughts {
    fn of(transcript: &Transcript<'_>, adjustments: &Adjustments) -> Self {
        let from_step = match adjustments.step(Feature::ThinkingSignature) {
            0 => 0,
            // Those of the running answers cannot be left out while the model thinks.
            1 => transcript.steps.iter().rposition(|step| matches!(step, Step::User(_))).map_or(0, |at| at + 1),
            _ => usize::MAX,
        };
        Self { from_step }
    }
}

fn messages(transcript: &Transcript<'_>, thoughts: Thoughts, marks: &Marks) -> Vec<Value> {
    let mut messages: Vec<(bool, Vec<Value>)> = Vec::new();
    for (at, step) in transcript.steps.iter().enumerate() {
        match step {
            Step::Note(text) => add(&mut messages, true, vec![text_block(&note(text))]),
            Step::User(parts) => add(&mut messages, true, input_blocks(parts)),
            Step::Answer(answer) => {
                let blocks = answer_blocks(answer, at >= thoughts.from_step);
                if !blocks.is_empty() {
                    add(&mut messages, false, blocks);
                    add(&mut messages, true, answer.results.iter().map(result_block).collect());
                }
            }
        }
    }
    if messages.first().is_none_or(|(is_user, _)| !is_user) {
        messages.insert(0, (true, vec![text_block(EARLIER)]));
    }
    let users = messages.iter_mut().rev().filter(|(is_user, _)| *is_user).take(marks.users);
    users.filter_map(|(_, blocks)| blocks.last_mut()).for_each(|block| marks.put(block));
    let spoken =
        messages.into_iter().map(|(is_user, content)| json!({"role": if is_user { "user" } else { "assistant" }, "content": content}));
    spoken.collect()
}

fn add(messages: &mut Vec<(bool, Vec<Value>)>, is_user: bool, blocks: Vec<Value>) {
    match messages.last_mut() {
        _ if blocks.is_empty() => {}
        Some((last, content)) if *last == is_user => content.extend(blocks),
        _ => messages.push((is_user, blocks)),
    }
}

fn text_block(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn input_blocks(parts: &[InputPart<'_>]) -> Vec<Value> {
    parts
        .iter()
        .filter_map(|part| match part {
            InputPart::Text(text) if text.trim().is_empty() => None,
            InputPart::Text(text) => Some(text_block(text)),
            InputPart::Image { url, .. } => Some(image_block(url)),
        })
        .collect()
}

fn image_block(url: &str) -> Value {
    let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let source = match inline {
        Some((media_type, data)) => json!({"type": "base64", "media_type": media_type, "data": data}),
        None => json!({"type": "url", "url": url}),
    };
    json!({"type": "image", "source": source})
}

fn answer_blocks(answer: &Answer<'_>, with_thoughts: bool) -> Vec<Value> {
    let mut blocks: Vec<Value> = answer
        .parts
        .iter()
        .filter_map(|part| match part {
            AnswerPart::Thought { text, state } => state.filter(|_| with_thoughts).and_then(|state| thought_block(text, state)),
            AnswerPart::Text(text) => (!text.trim().is_empty()).then(|| text_block(text)),
            AnswerPart::Call(call) => {
                let input: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!({}));
                Some(json!({"type": "tool_use", "id": plain_id(call.id), "name": tool_name(call.name), "input": input}))
            }
        })
        .collect();
    while blocks.last().is_some_and(is_thought) {
        blocks.pop();
    }
    blocks
}

fn is_thought(block: &Value) -> bool {
    matches!(block["type"].as_str(), Some("thinking" | "redacted_thinking"))
}

fn thought_block(text: &str, state: &Value) -> Option<Value> {
    if let Some(data) = state.get("redacted") {
        return Some(json!({"type": "redacted_thinking", "data": data}));
    }
    let signature = state.get("signature")?;
    Some(json!({"type": "thinking", "thinking": text, "signature": signature}))
}

fn result_block(result: &CallResult<'_>) -> Value {
    let mut content = input_blocks(&result.parts);
    if content.is_empty() {
        content.push(text_block(NOTHING));
    }
    json!({"type": "tool_result", "tool_use_id": plain_id(result.call_id), "content": content})
}
