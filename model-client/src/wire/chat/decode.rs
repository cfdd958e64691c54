//! Reads the chunks of a Chat Completions answer, or the whole answer where a server does not stream.
//!
//! Items are finished only at the end of the stream, in the order reasoning, message, calls, so that nothing runs
//! from an answer that broke off. The end is `[DONE]` or a `finish_reason`; token counts may come after either.

use std::time::SystemTime;

use codex_protocol::response_item::{ContentItem, ReasoningSummary};
use codex_protocol::{ResponseItem, TokenUsage, ToolSpec};
use serde_json::{Value, json};
use tracing::debug;

use super::assemble::Calls;
use super::{details, usage};
use crate::error::ModelError;
use crate::failure::{self, ServerError};
use crate::prompt::{ResponseEvent, Stop};
use crate::random::fresh_item_id;
use crate::wire::arguments::{is_object, mended};
use crate::wire::calls::{self, CallIds, RawCall, Repairs};
use crate::wire::caps::Caps;
use crate::wire::decoder::Events;
use crate::wire::text_screen::{Piece, TextScreen};
use crate::wire::tools::Offered;

/// Where reasoning came from, and where it goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    ReasoningContent,
    Reasoning,
    ContentThinking,
    ThinkTag,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Self::ReasoningContent => "reasoning_content",
            Self::Reasoning => "reasoning",
            Self::ContentThinking => "content_thinking",
            Self::ThinkTag => "think_tag",
        }
    }
}

/// Reads one answer.
#[derive(Debug)]
pub struct Decoder {
    offered: Offered,
    think_tags: bool,
    /// Whose reasoning and signatures these are.
    mark: Option<String>,
    screen: TextScreen,
    text: String,
    refusal: String,
    thought: String,
    field: Option<Field>,
    details: Vec<Value>,
    calls: Calls,
    usage: Option<TokenUsage>,
    response_id: String,
    finish: Option<String>,
    /// `[DONE]` came.
    done: bool,
    ended: bool,
    repairs: Repairs,
    message_id: String,
    reasoning_id: String,
}

impl Decoder {
    /// A decoder for an answer to a request with these tools. `mark` names the provider and model.
    pub fn new(tools: &[ToolSpec], caps: &Caps, mark: Option<String>) -> Self {
        Self {
            offered: Offered::of(tools),
            think_tags: caps.think_tags,
            mark,
            screen: TextScreen::new(caps.think_tags, caps.text_tool_calls),
            text: String::new(),
            refusal: String::new(),
            thought: String::new(),
            field: None,
            details: Vec::new(),
            calls: Calls::default(),
            usage: None,
            response_id: String::new(),
            finish: None,
            done: false,
            ended: false,
            repairs: Repairs::new(),
            message_id: fresh_item_id("msg"),
            reasoning_id: fresh_item_id("rs"),
        }
    }

    /// Whether the last event was given.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Whether the answer is whole, although token counts may follow.
    pub fn settled(&self) -> bool {
        self.ended || self.done || self.finish.is_some()
    }

    /// What had to be mended so far.
    pub fn repairs(&self) -> Vec<&'static str> {
        self.repairs.iter().copied().collect()
    }

    /// Takes one event of the stream and appends what it means to `out`.
    pub fn push(&mut self, name: &str, data: &str, out: &mut Events) {
        if self.ended {
            return;
        }
        let data = data.trim();
        if data == "[DONE]" {
            self.done = true;
            if self.usage.is_some() {
                self.complete(out);
            }
            return;
        }
        match serde_json::from_str::<Value>(data) {
            Ok(chunk) => self.chunk(name, &chunk, out),
            Err(error) => debug!(%error, "chunk is no JSON, skipped"),
        }
    }

    /// Takes the whole answer of a server that does not stream.
    pub fn push_whole(&mut self, body: &[u8], out: &mut Events) {
        if self.ended {
            return;
        }
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            self.end_with(failure::closed_early(), out);
            return;
        };
        self.repairs.insert("json_body");
        self.chunk("", &body, out);
        if self.ended {
            return;
        }
        if body.get("choices").is_some_and(Value::is_array) {
            self.complete(out);
        } else {
            self.end_with(failure::closed_early(), out);
        }
    }

    /// Says that the body has ended. Gives an error unless the answer was whole.
    pub fn finish(&mut self, out: &mut Events) {
        if self.ended {
            return;
        }
        if self.done || self.finish.is_some() {
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

    fn chunk(&mut self, name: &str, chunk: &Value, out: &mut Events) {
        let choices = chunk.get("choices").and_then(Value::as_array);
        let of_choice = || choices.into_iter().flatten().find_map(ServerError::read);
        let said = if choices.is_none() { ServerError::read(chunk) } else { ServerError::read_wrapped(chunk).or_else(of_choice) };
        if let Some(said) = said {
            self.fail(&said, out);
            return;
        }
        if name == "error" {
            self.fail(&ServerError::of(chunk), out);
            return;
        }
        if self.response_id.is_empty()
            && let Some(id) = chunk.get("id").and_then(Value::as_str)
        {
            id.clone_into(&mut self.response_id);
        }
        if let Some(usage) = usage::of_chunk(chunk) {
            self.usage = Some(usage);
        }
        for choice in choices.into_iter().flatten() {
            self.choice(choice, out);
            if self.ended {
                return;
            }
        }
        if self.done && self.usage.is_some() {
            self.complete(out);
        }
    }

    fn choice(&mut self, choice: &Value, out: &mut Events) {
        let number = choice.get("index").and_then(Value::as_i64).unwrap_or(0);
        if let Some(delta) = choice.get("delta").or_else(|| choice.get("message")) {
            self.reasoning(delta, out);
            self.content(&delta["content"], out);
            if let Some(refusal) = delta.get("refusal").and_then(Value::as_str) {
                self.refusal.push_str(refusal);
            }
            let mut fits = true;
            for piece in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
                fits &= self.calls.add(number, piece, &mut self.repairs);
            }
            if let Some(piece) = delta.get("function_call").filter(|piece| piece.is_object()) {
                fits &= self.calls.add_legacy(number, piece, &mut self.repairs);
            }
            if !fits {
                self.end_with(failure::too_long_call(), out);
                return;
            }
        }
        match choice.get("finish_reason").and_then(Value::as_str) {
            None | Some("") => {}
            Some("error") => self.fail(&ServerError::default(), out),
            // Of several choices the one that was cut or held back decides.
            Some(reason) if self.finish.is_none() || !matches!(reason, "stop" | "tool_calls") => self.finish = Some(reason.to_owned()),
            Some(_) => {}
        }
    }

    fn reasoning(&mut self, delta: &Value, out: &mut Events) {
        let text = |key: &str| delta.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let pieces = delta.get("reasoning_details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        pieces.iter().for_each(|piece| details::add(&mut self.details, piece));
        if let Some(text) = text("reasoning_content") {
            self.think(text, Field::ReasoningContent, out);
        } else if let Some(text) = text("reasoning") {
            self.think(text, Field::Reasoning, out);
        } else {
            let text: String = pieces.iter().map(details::text).collect();
            self.think(&text, Field::Reasoning, out);
        }
    }

    fn think(&mut self, text: &str, field: Field, out: &mut Events) {
        if text.is_empty() {
            return;
        }
        self.field.get_or_insert(field);
        self.thought.push_str(text);
        if let Some(Ok(ResponseEvent::ReasoningDelta { delta, .. })) = out.last_mut() {
            delta.push_str(text);
            return;
        }
        let item_id = self.reasoning_id.clone();
        out.push(Ok(ResponseEvent::ReasoningDelta { item_id, delta: text.to_owned(), summary_index: 0 }));
    }

    fn content(&mut self, content: &Value, out: &mut Events) {
        match content {
            Value::String(text) => self.screened(text, out),
            Value::Array(parts) => {
                for part in parts {
                    self.part(part, out);
                }
            }
            _ => {}
        }
    }

    fn part(&mut self, part: &Value, out: &mut Events) {
        let text = part.get("text").and_then(Value::as_str).unwrap_or_default();
        match (part.get("type").and_then(Value::as_str), part.get("thinking")) {
            (Some("thinking"), Some(Value::String(thought))) => self.think(thought, Field::ContentThinking, out),
            (Some("thinking"), Some(Value::Array(list))) => {
                let thought: String = list.iter().filter_map(|part| part.get("text")?.as_str()).collect();
                self.think(&thought, Field::ContentThinking, out);
            }
            (Some("refusal"), _) => self.refusal.push_str(part.get("refusal").and_then(Value::as_str).unwrap_or_default()),
            _ => self.screened(text, out),
        }
    }

    fn screened(&mut self, text: &str, out: &mut Events) {
        let mut pieces = Vec::new();
        self.screen.push(text, &self.offered, &mut pieces);
        self.give(pieces, out);
    }

    fn give(&mut self, pieces: Vec<Piece>, out: &mut Events) {
        for piece in pieces {
            match piece {
                Piece::Thought(text) => {
                    self.repairs.insert("think_tag");
                    self.think(&text, Field::ThinkTag, out);
                }
                Piece::Text(text) => {
                    self.text.push_str(&text);
                    if let Some(Ok(ResponseEvent::TextDelta { delta, .. })) = out.last_mut() {
                        delta.push_str(&text);
                        continue;
                    }
                    out.push(Ok(ResponseEvent::TextDelta { item_id: self.message_id.clone(), delta: text }));
                }
            }
        }
    }

    /// The stream is whole: gives the items and the end.
    fn complete(&mut self, out: &mut Events) {
        let mut pieces = Vec::new();
        let found = self.screen.finish(!self.calls.is_empty(), &self.offered, &mut pieces);
        self.give(pieces, out);
        self.split_at_lone_tag();
        let mut calls = self.calls.take();
        let was_cut = matches!(self.finish.as_deref(), Some("length" | "max_tokens" | "model_length"));
        if was_cut && calls.last().is_some_and(|call| is_incomplete(&call.arguments)) {
            calls.pop();
            self.repairs.insert("truncated_call_dropped");
        }
        if !found.is_empty() {
            self.repairs.insert("text_tool_call");
            calls.extend(found.into_iter().map(|call| RawCall { name: call.name, arguments: call.arguments, ..RawCall::default() }));
        }
        let mut items: Vec<ResponseItem> = self.reasoning_item().into_iter().chain(self.message()).collect();
        let before_calls = items.len();
        let mut ids = CallIds::default();
        for mut call in calls {
            call.wire_state = call.wire_state.map(|state| self.marked(state));
            items.extend(calls::item(call, &self.offered, &mut ids, &mut self.repairs));
        }
        let stop = match self.finish.as_deref() {
            _ if items.len() > before_calls => Stop::ToolCalls,
            _ if was_cut => Stop::MaxTokens,
            Some("content_filter") => Stop::ContentFilter,
            _ if !self.refusal.is_empty() => Stop::Refusal,
            _ => Stop::EndTurn,
        };
        if items.is_empty() && matches!(stop, Stop::EndTurn) {
            self.end_with(failure::empty(), out);
            return;
        }
        self.ended = true;
        out.extend(items.into_iter().map(|item| Ok(ResponseEvent::ItemDone(item))));
        out.push(Ok(ResponseEvent::Completed { response_id: std::mem::take(&mut self.response_id), usage: self.usage, stop }));
    }

    /// Some templates write the opening tag themselves, so that only the closing one is in the answer, on a line of its own.
    fn split_at_lone_tag(&mut self) {
        const TAG: &str = "</think>";
        if !self.think_tags || self.screen.saw_thought() || !self.thought.is_empty() {
            return;
        }
        let Some((before, after)) = self.text.split_once(TAG) else { return };
        let alone = before.ends_with('\n') && (after.is_empty() || after.starts_with('\n'));
        if !alone || before.contains("<think>") || before.contains("```") {
            return;
        }
        self.repairs.insert("think_tag");
        self.field = Some(Field::ThinkTag);
        self.thought = before.trim().to_owned();
        self.text = after.trim_start().to_owned();
    }

    fn marked(&self, mut state: Value) -> Value {
        if let (Some(mark), Some(keys)) = (&self.mark, state.as_object_mut()) {
            keys.insert("by".to_owned(), Value::String(mark.clone()));
        }
        state
    }

    fn reasoning_item(&mut self) -> Option<ResponseItem> {
        if self.thought.is_empty() && self.details.is_empty() {
            return None;
        }
        let mut state = json!({"wire": "chat", "field": self.field.unwrap_or(Field::Reasoning).name()});
        if !self.details.is_empty() {
            state["reasoning_details"] = Value::Array(std::mem::take(&mut self.details));
        }
        let thought = std::mem::take(&mut self.thought);
        let summary = if thought.is_empty() { Vec::new() } else { vec![ReasoningSummary::SummaryText { text: thought }] };
        Some(ResponseItem::Reasoning {
            id: Some(self.reasoning_id.clone()),
            summary,
            content: None,
            encrypted_content: None,
            wire_state: Some(self.marked(state)),
        })
    }

    fn message(&mut self) -> Option<ResponseItem> {
        let (text, refusal) = (std::mem::take(&mut self.text), self.refusal.clone());
        let mut content = Vec::new();
        if !text.is_empty() {
            content.push(ContentItem::OutputText { text });
        }
        if !refusal.is_empty() {
            content.push(ContentItem::Refusal { refusal });
        }
        let id = Some(self.message_id.clone());
        (!content.is_empty()).then(|| ResponseItem::Message { id, role: "assistant".to_owned(), content, phase: None })
    }
}

/// Whether arguments stop in the middle.
fn is_incomplete(arguments: &str) -> bool {
    !is_object(arguments) && (arguments.trim().is_empty() || mended(arguments).is_none())
}
