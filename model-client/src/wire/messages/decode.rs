//! Reads the events of a Messages answer, or the whole answer where a server does not stream.
//!
//! A block is finished at its stop event. A call whose input is no whole JSON then waits for the reason why the answer
//! ended: at the output limit it is dropped, else it goes to the tool as it is.

use std::collections::BTreeMap;
use std::time::SystemTime;

use codex_protocol::{ResponseItem, ToolSpec};
use serde_json::{Value, json};
use tracing::debug;

use super::blocks::{Block, Usage, message, reasoning, refusal};
use crate::error::ModelError;
use crate::failure::{self, ServerError};
use crate::prompt::{ResponseEvent, Stop};
use crate::wire::arguments::{LONGEST, mended};
use crate::wire::calls::{self, CallIds, RawCall, Repairs};
use crate::wire::decoder::Events;
use crate::wire::tools::Offered;

/// Reads one answer.
#[derive(Debug)]
pub struct Decoder {
    offered: Offered,
    /// Whose thoughts these are.
    mark: Option<String>,
    blocks: BTreeMap<i64, Block>,
    /// Calls whose input was no whole JSON.
    waiting: Vec<RawCall>,
    call_ids: CallIds,
    usage: Usage,
    response_id: String,
    stop: Option<String>,
    items: usize,
    calls: usize,
    ended: bool,
    repairs: Repairs,
}

impl Decoder {
    /// A decoder for an answer to a request with these tools. `mark` names the provider and model.
    pub fn new(tools: &[ToolSpec], mark: Option<String>) -> Self {
        Self {
            offered: Offered::of(tools),
            mark,
            blocks: BTreeMap::new(),
            waiting: Vec::new(),
            call_ids: CallIds::default(),
            usage: Usage::default(),
            response_id: String::new(),
            stop: None,
            items: 0,
            calls: 0,
            ended: false,
            repairs: Repairs::new(),
        }
    }

    /// Whether the last event was given.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Whether the answer is whole, although its end mark may follow.
    pub fn settled(&self) -> bool {
        self.ended || self.stop.is_some()
    }

    /// What had to be mended so far.
    pub fn repairs(&self) -> Vec<&'static str> {
        self.repairs.iter().copied().collect()
    }

    /// Takes one event of the stream and appends what it means to `out`.
    pub fn push(&mut self, name: &str, data: &str, out: &mut Events) {
        if self.ended || data.trim() == "[DONE]" {
            return;
        }
        match serde_json::from_str::<Value>(data) {
            Ok(event) => self.event(name, &event, out),
            Err(error) => debug!(%error, "event is no JSON, skipped"),
        }
    }

    fn event(&mut self, name: &str, event: &Value, out: &mut Events) {
        let kind = event.get("type").and_then(Value::as_str).unwrap_or(name);
        let index = event.get("index").and_then(Value::as_i64).unwrap_or(0);
        match kind {
            "message_start" => self.begin(&event["message"], out),
            "content_block_start" => {
                let block = &event["content_block"];
                self.blocks.insert(index, Block::begin(block));
                // Some servers put the beginning of the text here.
                let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                self.text(index, &text("text"), out);
                self.thought(index, &text("thinking"), out);
            }
            "content_block_delta" => self.delta(index, &event["delta"], out),
            "content_block_stop" => {
                if let Some(block) = self.blocks.remove(&index) {
                    self.block_done(block, out);
                }
            }
            "message_delta" => {
                self.usage.take(&event["usage"]);
                if let Some(stop) = event.pointer("/delta/stop_reason").and_then(Value::as_str) {
                    self.stop = Some(stop.to_owned());
                }
            }
            "message_stop" => self.complete(out),
            "message" => self.whole(event, out),
            _ if kind == "error" || name == "error" || event.get("type").is_none() => {
                if let Some(said) =
                    ServerError::read(event).or_else(|| (kind == "error" || name == "error").then(|| ServerError::of(event)))
                {
                    self.fail(&said, out);
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
        match serde_json::from_slice::<Value>(body) {
            Ok(body) => {
                self.repairs.insert("json_body");
                match ServerError::read(&body) {
                    Some(said) => self.fail(&said, out),
                    None if body["content"].is_array() => self.whole(&body, out),
                    None => self.end_with(failure::cut(), out),
                }
            }
            Err(_) => self.end_with(failure::cut(), out),
        }
    }

    fn whole(&mut self, body: &Value, out: &mut Events) {
        self.begin(body, out);
        for block in body["content"].as_array().into_iter().flatten() {
            self.event("content_block_start", &json!({"type": "content_block_start", "index": 0, "content_block": block}), out);
            self.event("content_block_stop", &json!({"type": "content_block_stop", "index": 0}), out);
        }
        self.stop = Some(body["stop_reason"].as_str().unwrap_or("end_turn").to_owned());
        self.complete(out);
    }

    /// Says that the body has ended. Gives an error unless the answer was whole.
    pub fn finish(&mut self, out: &mut Events) {
        if self.ended {
            return;
        }
        if self.stop.is_some() {
            self.complete(out);
        } else {
            self.end_with(failure::cut(), out);
        }
    }

    pub(crate) fn end_with(&mut self, error: ModelError, out: &mut Events) {
        self.ended = true;
        out.push(Err(error));
    }

    fn fail(&mut self, said: &ServerError, out: &mut Events) {
        self.end_with(failure::of_event(said, SystemTime::now()), out);
    }

    fn begin(&mut self, head: &Value, out: &mut Events) {
        if let Some(id) = head.get("id").and_then(Value::as_str) {
            id.clone_into(&mut self.response_id);
        }
        self.usage.take(&head["usage"]);
        out.push(Ok(ResponseEvent::Created));
    }

    fn delta(&mut self, index: i64, delta: &Value, out: &mut Events) {
        let text = |key: &str| delta.get(key).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "text_delta" => {
                // A server may leave out the start of a block.
                self.blocks.entry(index).or_insert_with(|| Block::begin(&json!({"type": "text"})));
                self.text(index, text("text"), out);
            }
            "thinking_delta" => {
                self.blocks.entry(index).or_insert_with(|| Block::begin(&json!({"type": "thinking"})));
                self.thought(index, text("thinking"), out);
            }
            "signature_delta" => {
                if let Some(Block::Thinking { signature, .. }) = self.blocks.get_mut(&index) {
                    signature.push_str(text("signature"));
                }
            }
            "input_json_delta" => {
                let mut fits = true;
                if let Some(Block::ToolUse { json, .. }) = self.blocks.get_mut(&index) {
                    json.push_str(text("partial_json"));
                    fits = json.len() <= LONGEST;
                }
                if !fits {
                    self.end_with(failure::too_long_call(), out);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, index: i64, piece: &str, out: &mut Events) {
        let Some(Block::Text { id, text }) = self.blocks.get_mut(&index).filter(|_| !piece.is_empty()) else { return };
        text.push_str(piece);
        match out.last_mut() {
            Some(Ok(ResponseEvent::TextDelta { item_id, delta })) if item_id == id => delta.push_str(piece),
            _ => out.push(Ok(ResponseEvent::TextDelta { item_id: id.clone(), delta: piece.to_owned() })),
        }
    }

    fn thought(&mut self, index: i64, piece: &str, out: &mut Events) {
        let Some(Block::Thinking { id, text, .. }) = self.blocks.get_mut(&index).filter(|_| !piece.is_empty()) else { return };
        text.push_str(piece);
        match out.last_mut() {
            Some(Ok(ResponseEvent::ReasoningDelta { item_id, delta, .. })) if item_id == id => delta.push_str(piece),
            _ => out.push(Ok(ResponseEvent::ReasoningDelta { item_id: id.clone(), delta: piece.to_owned(), summary_index: 0 })),
        }
    }

    fn block_done(&mut self, block: Block, out: &mut Events) {
        let mark = self.mark.as_deref();
        match block {
            Block::Text { id, text } => {
                let item = message(id, text);
                self.give(item, out);
            }
            Block::Thinking { id, text, signature } => {
                if text.is_empty() && signature.is_empty() {
                    return;
                }
                let item = reasoning(Some(id), text, json!({"wire": "messages", "signature": signature}), mark);
                self.give(Some(item), out);
            }
            Block::Redacted(data) => {
                let item = reasoning(None, String::new(), json!({"wire": "messages", "redacted": data}), mark);
                self.give(Some(item), out);
            }
            Block::ToolUse { id, name, input, json } => self.call_done(id, name, &input, json, out),
            Block::Unknown => {}
        }
    }

    fn call_done(&mut self, id: String, name: String, input: &Value, json: String, out: &mut Events) {
        let arguments = match input {
            _ if !json.trim().is_empty() => json,
            Value::Object(_) => input.to_string(),
            _ => "{}".to_owned(),
        };
        let call = RawCall { id, name, arguments, wire_state: None };
        let is_whole = mended(&call.arguments).is_some() || (self.offered.is_freeform(&call.name) && !call.arguments.starts_with('{'));
        if is_whole && self.waiting.is_empty() {
            self.call(call, out);
        } else {
            self.waiting.push(call);
        }
    }

    fn call(&mut self, call: RawCall, out: &mut Events) {
        let item = calls::item(call, &self.offered, &mut self.call_ids, &mut self.repairs);
        self.calls += usize::from(item.is_some());
        self.give(item, out);
    }

    fn give(&mut self, item: Option<ResponseItem>, out: &mut Events) {
        if let Some(item) = item {
            self.items += 1;
            out.push(Ok(ResponseEvent::ItemDone(item)));
        }
    }

    /// The stream is whole: gives what waited and the end.
    fn complete(&mut self, out: &mut Events) {
        let was_cut = self.stop.as_deref() == Some("max_tokens");
        for block in std::mem::take(&mut self.blocks).into_values() {
            // A block without its stop event: its text counts, a call may be half of one.
            match block {
                Block::ToolUse { id, name, input, json } => {
                    let arguments = if json.is_empty() { input.to_string() } else { json };
                    self.waiting.push(RawCall { id, name, arguments, wire_state: None });
                }
                other => self.block_done(other, out),
            }
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        if was_cut && waiting.last().is_some_and(|call| mended(&call.arguments).is_none()) {
            waiting.pop();
            self.repairs.insert("truncated_call_dropped");
        }
        for call in waiting {
            self.call(call, out);
        }
        let stop = match self.stop.as_deref() {
            _ if self.calls > 0 => Stop::ToolCalls,
            Some("max_tokens") => Stop::MaxTokens,
            Some("refusal") => Stop::Refusal,
            Some("pause_turn") => Stop::Pause,
            Some("model_context_window_exceeded") => Stop::ContextWindow,
            _ => Stop::EndTurn,
        };
        if self.items == 0 && stop == Stop::Refusal {
            self.give(Some(refusal()), out);
        }
        if self.items == 0 && stop == Stop::EndTurn {
            self.end_with(failure::empty(), out);
            return;
        }
        self.ended = true;
        let response_id = std::mem::take(&mut self.response_id);
        out.push(Ok(ResponseEvent::Completed { response_id, usage: self.usage.total(), stop }));
    }
}
