//! Writes a prompt as the body of a Chat Completions request.
//!
//! Only what is set is sent: many servers refuse keys that they do not know. What a message looks like depends on
//! nothing that comes after it, so that one request is the beginning of the next.

use std::borrow::Cow;

use codex_config::provider::{Dialect, ReasoningEcho};
use codex_protocol::op::ReasoningEffort;
use serde_json::{Map, Value, json};

use crate::downgrade::{Adjustments, Feature};
use crate::prompt::Prompt;
use crate::wire::caps::Caps;
use crate::wire::names::{short_id, tool_name};
use crate::wire::tools::functions;
use crate::wire::transcript::{self, Answer, AnswerPart, Call, CallResult, InputPart, Rules, Step, note, schema_note};

/// What a tool message says when the tool said nothing.
const NO_OUTPUT: &str = "(no output)";
const IMAGE_FOLLOWS: &str = "(image follows)";

/// Who speaks for the developer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chair {
    Developer,
    System,
    /// Nobody: it goes into the first user message.
    User,
}

struct Writer<'a> {
    caps: &'a Caps,
    adjustments: &'a Adjustments,
    chair: Chair,
    late: bool,
    messages: Vec<Value>,
}

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
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(prompt.model));
    body.insert("messages".to_owned(), Value::Array(messages(prompt, caps, adjustments, is_own)));
    let tools = functions(&prompt.tools, adjustments);
    if !tools.is_empty() {
        let tools = tools.iter().map(|tool| {
            let function = json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters});
            json!({"type": "function", "function": function})
        });
        body.insert("tools".to_owned(), tools.collect());
        if !plain && !without(Feature::ToolChoice) {
            body.insert("tool_choice".to_owned(), json!("auto"));
        }
        if !plain && !without(Feature::ParallelToolCalls) {
            body.insert("parallel_tool_calls".to_owned(), json!(prompt.parallel_tools));
        }
    }
    body.insert("stream".to_owned(), json!(true));
    if !plain && !without(Feature::StreamOptions) {
        body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    }
    if !plain && let Some(effort) = effort(prompt, adjustments) {
        body.insert("reasoning_effort".to_owned(), json!(effort));
    }
    let known = prompt.max_output_tokens.filter(|_| caps.dialect == Dialect::Together).and_then(|limit| u64::try_from(limit).ok());
    if let Some(limit) = max_output_tokens.or(known) {
        let new_name = caps.max_completion_tokens != without(Feature::MaxTokensName);
        body.insert(if new_name { "max_completion_tokens" } else { "max_tokens" }.to_owned(), json!(limit));
    }
    if let Some(schema) = prompt.output_schema.as_ref().filter(|_| !without(Feature::OutputSchema)) {
        let format = json!({"type": "json_schema", "json_schema": {"name": "codex_output_schema", "strict": true, "schema": schema}});
        body.insert("response_format".to_owned(), format);
    }
    if caps.openai_keys && !plain {
        if !without(Feature::PromptCacheKey) {
            body.insert("prompt_cache_key".to_owned(), json!(prompt.cache_key));
        }
        if let Some(verbosity) = prompt.verbosity.as_ref().filter(|_| !without(Feature::Verbosity)) {
            body.insert("verbosity".to_owned(), json!(verbosity));
        }
        if let Some(tier) = prompt.service_tier.as_ref().filter(|_| !without(Feature::ServiceTier)) {
            body.insert("service_tier".to_owned(), json!(tier));
        }
    }
    Value::Object(body).to_string().into_bytes()
}

/// The effort, or the nearest one that more servers know.
fn effort(prompt: &Prompt, adjustments: &Adjustments) -> Option<ReasoningEffort> {
    let effort = prompt.reasoning?.effort?;
    match (adjustments.step(Feature::ReasoningEffort), effort) {
        (0, effort) => Some(effort),
        (1, ReasoningEffort::Xhigh) => Some(ReasoningEffort::High),
        (1, ReasoningEffort::Minimal) => Some(ReasoningEffort::Low),
        _ => None,
    }
}

fn messages(prompt: &Prompt, caps: &Caps, adjustments: &Adjustments, is_own: &dyn Fn(&Value) -> bool) -> Vec<Value> {
    let developer = adjustments.step(Feature::DeveloperRole);
    let late = adjustments.step(Feature::LateSystem);
    let chair = match (caps.developer_role, developer, late) {
        (_, 2.., _) | (_, _, 2..) => Chair::User,
        (false, 1, _) => Chair::User,
        (true, 0, _) => Chair::Developer,
        _ => Chair::System,
    };
    let mut writer = Writer { caps, adjustments, chair, late: caps.late_system && late == 0, messages: Vec::new() };
    let mut transcript = transcript::of(&prompt.input, &Rules { adjustments, is_own });
    if let Some(schema) = prompt.output_schema.as_ref().filter(|_| adjustments.without(Feature::OutputSchema)) {
        transcript.opening.push(schema_note(schema));
    }
    writer.opening(&prompt.instructions, transcript.opening);
    for step in &transcript.steps {
        match step {
            Step::Note(text) => writer.note(text),
            Step::User(parts) => writer.user(parts),
            Step::Answer(answer) => writer.answer(answer),
        }
    }
    if caps.merge_neighbours || adjustments.without(Feature::Alternation) || writer.chair == Chair::User {
        return merged(writer.messages);
    }
    writer.messages
}

impl Writer<'_> {
    fn opening(&mut self, instructions: &str, notes: Vec<String>) {
        let texts: Vec<&str> =
            std::iter::once(instructions).chain(notes.iter().map(String::as_str)).filter(|text| !text.is_empty()).collect();
        match self.chair {
            _ if texts.is_empty() => {}
            Chair::Developer => self.messages.extend(texts.iter().map(|text| json!({"role": "developer", "content": text}))),
            Chair::System => self.messages.push(json!({"role": "system", "content": texts.join("\n\n")})),
            Chair::User => self.messages.push(json!({"role": "user", "content": note(&texts.join("\n\n"))})),
        }
    }

    fn note(&mut self, text: &str) {
        let message = match (self.late, self.chair) {
            (true, Chair::Developer) => json!({"role": "developer", "content": text}),
            (true, Chair::System) => json!({"role": "system", "content": text}),
            (true, Chair::User) | (false, _) => json!({"role": "user", "content": note(text)}),
        };
        self.messages.push(message);
    }

    fn user(&mut self, parts: &[InputPart<'_>]) {
        if parts.is_empty() {
            return;
        }
        let content = match parts {
            [InputPart::Text(text)] => json!(text),
            parts => parts.iter().map(part_value).collect(),
        };
        self.messages.push(json!({"role": "user", "content": content}));
    }

    fn answer(&mut self, answer: &Answer<'_>) {
        let texts: Vec<&str> = answer
            .parts
            .iter()
            .filter_map(|part| match part {
                AnswerPart::Text(text) => Some(text.as_str()),
                AnswerPart::Thought { .. } | AnswerPart::Call(_) => None,
            })
            .collect();
        let calls: Vec<Value> = answer
            .parts
            .iter()
            .filter_map(|part| match part {
                AnswerPart::Call(call) => Some(self.call(call)),
                AnswerPart::Thought { .. } | AnswerPart::Text(_) => None,
            })
            .collect();
        if texts.is_empty() && calls.is_empty() {
            return;
        }
        let mut message = Map::new();
        message.insert("role".to_owned(), json!("assistant"));
        let content = if texts.is_empty() && self.caps.null_content { Value::Null } else { json!(texts.join("\n\n")) };
        message.insert("content".to_owned(), content);
        self.reasoning(answer, !calls.is_empty(), &mut message);
        if !calls.is_empty() {
            message.insert("tool_calls".to_owned(), Value::Array(calls));
        }
        self.messages.push(Value::Object(message));
        self.results(&answer.results);
    }

    /// Reasoning goes back under the name that the server used.
    fn reasoning(&self, answer: &Answer<'_>, has_calls: bool, message: &mut Map<String, Value>) {
        let all = self.adjustments.without(Feature::ReasoningEcho) || self.caps.reasoning_echo == ReasoningEcho::All;
        let echoed = all || (self.caps.reasoning_echo == ReasoningEcho::Calls && has_calls);
        let mut texts: Vec<(&str, &str)> = Vec::new();
        for part in &answer.parts {
            let AnswerPart::Thought { text, state: Some(state) } = part else { continue };
            if let Some(details) = state.get("reasoning_details") {
                message.insert("reasoning_details".to_owned(), details.clone());
            }
            let field = state.get("field").and_then(Value::as_str).unwrap_or_default();
            if matches!(field, "reasoning_content" | "reasoning") {
                texts.push((field, text));
            }
        }
        match texts.first() {
            Some((field, _)) if echoed => {
                let joined: Vec<&str> = texts.iter().map(|(_, text)| *text).collect();
                message.insert((*field).to_owned(), json!(joined.join("\n")));
            }
            None if all => {
                message.insert("reasoning_content".to_owned(), json!(""));
            }
            _ => {}
        }
    }

    fn call(&self, call: &Call<'_>) -> Value {
        let function = json!({"name": tool_name(call.name), "arguments": call.arguments});
        let mut value = json!({"id": self.id(call.id), "type": "function", "function": function});
        if let Some(extra) = call.state.and_then(|state| state.get("extra_content")) {
            value["extra_content"] = extra.clone();
        }
        value
    }

    fn id<'i>(&self, id: &'i str) -> Cow<'i, str> {
        if self.caps.short_call_ids || self.adjustments.without(Feature::CallIdFormat) { short_id(id) } else { Cow::Borrowed(id) }
    }

    /// One message for each result; images follow behind all of them, because a tool message holds only text.
    fn results(&mut self, results: &[CallResult<'_>]) {
        let mut images = Vec::new();
        for result in results {
            let mut texts: Vec<&str> = result.parts.iter().filter_map(text_of).filter(|text| !text.is_empty()).collect();
            if result.parts.iter().any(|part| matches!(part, InputPart::Image { .. })) {
                texts.push(IMAGE_FOLLOWS);
                images.push(json!({"type": "text", "text": format!("Image from call {}:", self.id(result.call_id))}));
                images.extend(result.parts.iter().filter(|part| matches!(part, InputPart::Image { .. })).map(part_value));
            }
            let content = if texts.is_empty() { NO_OUTPUT.to_owned() } else { texts.join("\n") };
            self.messages.push(json!({"role": "tool", "tool_call_id": self.id(result.call_id), "content": content}));
        }
        if !images.is_empty() {
            self.messages.push(json!({"role": "user", "content": images}));
        }
    }
}

fn text_of<'a>(part: &'a InputPart<'_>) -> Option<&'a str> {
    match part {
        InputPart::Text(text) => Some(text),
        InputPart::Image { .. } => None,
    }
}

fn part_value(part: &InputPart<'_>) -> Value {
    match part {
        InputPart::Text(text) => json!({"type": "text", "text": text}),
        InputPart::Image { url, detail: None } => json!({"type": "image_url", "image_url": {"url": url}}),
        InputPart::Image { url, detail: Some(detail) } => json!({"type": "image_url", "image_url": {"url": url, "detail": detail}}),
    }
}

/// Neighbouring messages of the user, or of the model where the first one called nothing, become one.
fn merged(messages: Vec<Value>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::with_capacity(messages.len());
    for message in messages {
        let joins = |last: &Value| {
            last["role"] == message["role"]
                && match message["role"].as_str() {
                    Some("user") => true,
                    Some("assistant") => last.get("tool_calls").is_none() && message.get("tool_calls").is_none(),
                    _ => false,
                }
        };
        match out.last_mut() {
            Some(last) if joins(last) => last["content"] = joined(last["content"].take(), message["content"].clone()),
            _ => out.push(message),
        }
    }
    out
}

fn joined(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::String(first), Value::String(second)) => json!(format!("{first}\n\n{second}")),
        (first, second) => Value::Array(parts(first).into_iter().chain(parts(second)).collect()),
    }
}

fn parts(content: Value) -> Vec<Value> {
    match content {
        Value::Array(parts) => parts,
        Value::String(text) => vec![json!({"type": "text", "text": text})],
        _ => Vec::new(),
    }
}
