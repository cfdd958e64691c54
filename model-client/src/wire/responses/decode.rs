//! Reads the events of a Responses answer, or the whole answer where a server does not stream.
//!
//! `response.output_item.done` is the only source of items, unless a server sends none: then those of
//! `response.completed` count. Unknown events, unknown item types and bad JSON are skipped. An answer ends with
//! exactly one `Completed` or error. The few repairs never invent a call; each is counted.

use std::collections::{BTreeSet, HashSet};
use std::time::SystemTime;

use codex_protocol::response_item::{ContentItem, ReasoningContent, ReasoningSummary};
use codex_protocol::{ResponseItem, TokenUsage};
use serde::Deserialize;
use serde_json::Value;
use tracing::debug;

use super::event::{Light, Usage};
use crate::error::ModelError;
use crate::failure::{self, ServerError};
use crate::prompt::{ResponseEvent, Stop};
use crate::random::fresh_call_id;
use crate::wire::calls::freeform_text;

type Events = Vec<Result<ResponseEvent, ModelError>>;

/// Reads one answer.
#[derive(Debug, Default)]
pub struct Decoder {
    freeform: Vec<String>,
    call_ids: HashSet<String>,
    items: usize,
    ended: bool,
    repairs: BTreeSet<&'static str>,
}

impl Decoder {
    /// A decoder for an answer. `freeform` names tools that were offered as functions although they take plain text:
    /// calls of them come out as freeform calls.
    pub fn new(freeform: Vec<String>) -> Self {
        Self { freeform, ..Self::default() }
    }

    /// Whether the last event was given.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// What had to be mended so far.
    pub fn repairs(&self) -> impl Iterator<Item = &'static str> {
        self.repairs.iter().copied()
    }

    /// Takes one event of the stream and appends what it means to `out`.
    pub fn push(&mut self, name: &str, data: &str, out: &mut Events) {
        if self.ended || data == "[DONE]" {
            return;
        }
        match serde_json::from_str::<Light<'_>>(data) {
            Ok(light) => {
                let kind = if light.r#type.is_empty() { name } else { &light.r#type };
                match kind {
                    "response.output_text.delta" | "response.refusal.delta" => {
                        text_delta(out, &light.item_id, &light.delta);
                    }
                    "response.reasoning_summary_text.delta" => reasoning_delta(out, &light),
                    "response.reasoning_summary_part.added" => out.push(Ok(ResponseEvent::ReasoningSectionBreak {
                        item_id: light.item_id.into_owned(),
                        summary_index: light.summary_index,
                    })),
                    kind => self.push_rare(kind, name, data, out),
                }
            }
            // Not the shape of a delta: some key has another type.
            Err(_) => match serde_json::from_str::<Value>(data) {
                Ok(value) => {
                    let kind = value["type"].as_str().unwrap_or(name).to_owned();
                    self.push_value(&kind, name, value, out);
                }
                Err(error) => debug!(%error, "event is no JSON, skipped"),
            },
        }
    }

    fn push_rare(&mut self, kind: &str, name: &str, data: &str, out: &mut Events) {
        if kind == "response.created" {
            out.push(Ok(ResponseEvent::Created));
            return;
        }
        let wanted = ["response.output_item.added", "response.output_item.done", "response.completed", "response.failed"];
        let may_be_error = kind == "error" || name == "error" || !kind.starts_with("response.");
        if !wanted.contains(&kind) && kind != "response.incomplete" && !may_be_error {
            return;
        }
        match serde_json::from_str::<Value>(data) {
            Ok(value) => self.push_value(kind, name, value, out),
            Err(error) => debug!(%error, "event is no JSON, skipped"),
        }
    }

    fn push_value(&mut self, kind: &str, name: &str, mut value: Value, out: &mut Events) {
        match kind {
            "response.output_item.added" => {
                if let Some(item) = read_item(taken(&mut value, "item")).filter(|item| *item != ResponseItem::Other) {
                    out.push(Ok(ResponseEvent::ItemAdded(item)));
                }
            }
            "response.output_item.done" => self.item_done(taken(&mut value, "item"), out),
            "response.completed" => self.completed(taken(&mut value, "response"), out),
            "response.incomplete" => self.incomplete(&value["response"], out),
            "response.failed" => self.fail(ServerError::of(&value["response"]["error"]), out),
            _ if kind == "error" || name == "error" => {
                let said = ServerError::read(&value).unwrap_or_else(|| ServerError::of(&value));
                self.fail(said, out);
            }
            _ if value.get("type").is_none() => {
                if let Some(said) = ServerError::read(&value) {
                    self.fail(said, out);
                }
            }
            _ => {}
        }
    }

    /// Takes the whole answer of a server that does not stream.
    pub fn push_whole(&mut self, body: &[u8], out: &mut Events) {
        if self.ended {
            return;
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            self.end_with(failure::closed_early(), out);
            return;
        };
        self.repairs.insert("json_body");
        if let Some(said) = ServerError::read(&value) {
            self.fail(said, out);
            return;
        }
        match value["status"].as_str() {
            Some("incomplete") => {
                self.items_of(&value, out);
                self.incomplete(&value, out);
            }
            _ if value["output"].is_array() => self.completed(value, out),
            _ => self.end_with(failure::closed_early(), out),
        }
    }

    /// Says that the body has ended. Gives an error unless the answer was whole.
    pub fn finish(&mut self, out: &mut Events) {
        if !self.ended {
            self.end_with(failure::closed_early(), out);
        }
    }

    fn fail(&mut self, said: ServerError, out: &mut Events) {
        self.end_with(failure::of_event(&said, SystemTime::now()), out);
    }

    pub(crate) fn end_with(&mut self, error: ModelError, out: &mut Events) {
        self.ended = true;
        out.push(Err(error));
    }

    fn completed(&mut self, response: Value, out: &mut Events) {
        self.items_of(&response, out);
        self.end(&response, Stop::EndTurn, out);
    }

    fn incomplete(&mut self, response: &Value, out: &mut Events) {
        match response["incomplete_details"]["reason"].as_str().unwrap_or("unknown") {
            "max_output_tokens" => self.end(response, Stop::MaxTokens, out),
            "content_filter" => self.end_with(failure::filtered(), out),
            reason => self.end_with(failure::incomplete(reason), out),
        }
    }

    fn end(&mut self, response: &Value, stop: Stop, out: &mut Events) {
        self.ended = true;
        let usage = Usage::deserialize(&response["usage"]).ok().filter(|_| response["usage"].is_object());
        out.push(Ok(ResponseEvent::Completed {
            response_id: response["id"].as_str().unwrap_or_default().to_owned(),
            usage: usage.map(TokenUsage::from),
            stop,
        }));
    }

    /// The items that a finished answer repeats, when none came on their own.
    fn items_of(&mut self, response: &Value, out: &mut Events) {
        let Some(output) = response["output"].as_array().filter(|output| self.items == 0 && !output.is_empty()) else { return };
        self.repairs.insert("items_from_completed");
        for item in output {
            self.item_done(item.clone(), out);
        }
    }

    fn item_done(&mut self, mut item: Value, out: &mut Events) {
        self.items += 1;
        if !self.mend_call(&mut item) {
            debug!("call without a name, dropped");
            return;
        }
        match read_item(item) {
            Some(ResponseItem::Other) | None => debug!("item of an unknown type, dropped"),
            Some(item) => out.push(Ok(ResponseEvent::ItemDone(self.as_freeform(item)))),
        }
    }

    /// Mends a call; false when it cannot be one.
    fn mend_call(&mut self, item: &mut Value) -> bool {
        let payload = match item["type"].as_str() {
            Some("function_call") => Some("arguments"),
            Some("custom_tool_call") => Some("input"),
            Some("local_shell_call") => None,
            _ => return true,
        };
        if let Some(key) = payload {
            if item["name"].as_str().is_none_or(str::is_empty) {
                return false;
            }
            self.mend_payload(item, key);
        }
        let id = item["call_id"].as_str().unwrap_or_default().to_owned();
        if id.is_empty() || !self.call_ids.insert(id.clone()) {
            self.repairs.insert(if id.is_empty() { "missing_call_id" } else { "duplicate_call_id" });
            let fresh = fresh_call_id();
            self.call_ids.insert(fresh.clone());
            item["call_id"] = Value::String(fresh);
        }
        true
    }

    fn mend_payload(&mut self, item: &mut Value, key: &str) {
        match &item[key] {
            Value::String(text) if !text.trim().is_empty() || key == "input" => {}
            Value::String(_) | Value::Null => {
                self.repairs.insert("empty_arguments");
                item[key] = Value::String(if key == "arguments" { "{}".to_owned() } else { String::new() });
            }
            other => {
                self.repairs.insert("arguments_object");
                item[key] = Value::String(other.to_string());
            }
        }
    }

    fn as_freeform(&self, item: ResponseItem) -> ResponseItem {
        match item {
            ResponseItem::FunctionCall { id, name, arguments, call_id, .. } if self.freeform.contains(&name) => {
                let input = freeform_text(&arguments);
                ResponseItem::CustomToolCall { id, status: Some("completed".to_owned()), call_id, name, input, wire_state: None }
            }
            other => other,
        }
    }
}

/// A part of an event; `Null` when it is not there. (Indexing to change would panic where the event is no object.)
fn taken(value: &mut Value, key: &str) -> Value {
    value.get_mut(key).map(Value::take).unwrap_or_default()
}

/// Adds a piece of text, to the last event where that is text of the same item.
fn text_delta(out: &mut Events, item_id: &str, piece: &str) {
    if let Some(Ok(ResponseEvent::TextDelta { item_id: last, delta })) = out.last_mut()
        && last == item_id
    {
        delta.push_str(piece);
        return;
    }
    out.push(Ok(ResponseEvent::TextDelta { item_id: item_id.to_owned(), delta: piece.to_owned() }));
}

fn reasoning_delta(out: &mut Events, light: &Light<'_>) {
    if let Some(Ok(ResponseEvent::ReasoningDelta { item_id, delta, summary_index })) = out.last_mut()
        && *item_id == light.item_id
        && *summary_index == light.summary_index
    {
        delta.push_str(&light.delta);
        return;
    }
    out.push(Ok(ResponseEvent::ReasoningDelta {
        item_id: light.item_id.clone().into_owned(),
        delta: light.delta.clone().into_owned(),
        summary_index: light.summary_index,
    }));
}

/// Reads an item; parts of a kind newer than this program are left out. `None` when nothing usable is left.
fn read_item(mut value: Value) -> Option<ResponseItem> {
    if let Ok(item) = ResponseItem::deserialize(&value) {
        return Some(item);
    }
    let kind = value["type"].as_str()?.to_owned();
    match kind.as_str() {
        "message" => keep_readable::<ContentItem>(&mut value["content"]),
        "reasoning" => {
            keep_readable::<ReasoningSummary>(&mut value["summary"]);
            if value["content"].is_array() {
                keep_readable::<ReasoningContent>(&mut value["content"]);
            }
        }
        _ => {}
    }
    ResponseItem::deserialize(value).inspect_err(|error| debug!(%error, kind, "item cannot be read, dropped")).ok()
}

fn keep_readable<T: for<'de> Deserialize<'de>>(parts: &mut Value) {
    match parts {
        Value::Array(parts) => parts.retain(|part| T::deserialize(part).is_ok()),
        other => *other = Value::Array(Vec::new()),
    }
}
