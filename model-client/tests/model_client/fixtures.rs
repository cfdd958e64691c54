//! The recorded answers of real servers on every wire, each decoded whole, byte by byte, and over a socket.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_config::provider::{Dialect, ProviderInfo, WireApi};
use codex_model_client::sse::SseDecoder;
use codex_model_client::wire::{Caps, Decoder, chat, messages, responses};
use codex_model_client::{Auth, ErrorKind, HttpModelClient, ModelClient, ModelError, Prompt, ResponseEvent, Stop};
use codex_protocol::tool_spec::FreeformFormat;
use codex_protocol::{ResponseItem, ToolSpec};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::harness::{context, options, prompt, provider};

struct Fixture {
    name: String,
    wire: WireApi,
    meta: Value,
    raw: Vec<u8>,
}

/// What an answer came to, without how it was cut into events.
#[derive(Debug, PartialEq)]
struct Told {
    text: String,
    reasoning: String,
    items: Vec<Value>,
    last: Value,
}

fn fixtures() -> Vec<Fixture> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut fixtures = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let meta: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let wire = match meta["wire"].as_str().unwrap() {
                "responses" => WireApi::Responses,
                "chat" => WireApi::Chat,
                "messages" => WireApi::Messages,
                _ => continue,
            };
            fixtures.push(Fixture {
                name: meta["name"].as_str().unwrap().into(),
                wire,
                raw: fs::read(path.with_extension("txt")).unwrap(),
                meta,
            });
        }
    }
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(fixtures.len() >= 132, "{}", fixtures.len());
    fixtures
}

impl Fixture {
    fn is_stream(&self) -> bool {
        self.meta["http"]["status"] == 200 && self.meta["http"]["headers"]["content-type"] != "application/json"
    }

    fn dialect(&self) -> Dialect {
        serde_json::from_value(self.meta["provider"].clone()).unwrap()
    }

    /// The tools that the recorded request offered.
    fn tools(&self) -> Vec<ToolSpec> {
        let freeform: Vec<&str> = self.meta["freeform"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let tools = self.meta["tools"].as_object().unwrap().iter();
        tools
            .map(|(name, parameters)| {
                if freeform.contains(&name.as_str()) {
                    let format = FreeformFormat { r#type: "grammar".into(), syntax: "lark".into(), definition: "start: /.+/".into() };
                    return ToolSpec::Custom { name: name.clone(), description: "d".into(), format };
                }
                let properties: Map<String, Value> =
                    parameters.as_object().unwrap().iter().map(|(name, kind)| (name.clone(), json!({"type": kind}))).collect();
                let parameters = json!({"type": "object", "properties": properties});
                ToolSpec::Function { name: name.clone(), description: "d".into(), strict: false, parameters }
            })
            .collect()
    }

    fn prompt(&self) -> Prompt {
        Prompt { tools: Arc::from(self.tools()), ..prompt() }
    }

    fn decoder(&self) -> Decoder {
        match self.wire {
            WireApi::Responses => Decoder::Responses(responses::Decoder::default()),
            WireApi::Chat => Decoder::Chat(Box::new(chat::Decoder::new(&self.tools(), &Caps::of_dialect(self.dialect(), self.wire), None))),
            WireApi::Messages => Decoder::Messages(Box::new(messages::Decoder::new(&self.tools(), None))),
        }
    }

    fn client(&self, base_url: &str) -> HttpModelClient {
        let provider = ProviderInfo { wire_api: self.wire, dialect: self.dialect(), ..provider(base_url) };
        HttpModelClient::new(provider, Auth::Bearer("key".into()), options()).unwrap()
    }

    fn wanted(&self) -> Told {
        let events = self.meta["events"].as_array().unwrap();
        let joined = |kind: &str| events.iter().filter(|event| event["type"] == kind).filter_map(|event| event["text"].as_str()).collect();
        let mut last = events.last().unwrap().clone();
        let keys = last.as_object_mut().unwrap();
        keys.shift_remove("feature");
        if self.wire == WireApi::Responses {
            keys.shift_remove("stop");
        }
        if let Some(usage) = keys.get_mut("usage").and_then(Value::as_object_mut) {
            usage.shift_remove("cache_write_input_tokens");
        }
        let items = events.iter().filter(|event| event["type"] == "item_done");
        let items = items.map(|event| comparable(&serde_json::from_value(event["item"].clone()).unwrap())).collect();
        Told { text: joined("text_delta"), reasoning: joined("reasoning_delta"), items, last }
    }

    fn told(&self, events: &[Result<ResponseEvent, ModelError>]) -> Told {
        let mut told = Told { text: String::new(), reasoning: String::new(), items: Vec::new(), last: Value::Null };
        for event in events {
            match event {
                Ok(ResponseEvent::TextDelta { delta, .. }) => told.text.push_str(delta),
                Ok(ResponseEvent::ReasoningDelta { delta, .. }) => told.reasoning.push_str(delta),
                Ok(ResponseEvent::ItemDone(item)) => told.items.push(comparable(item)),
                Ok(ResponseEvent::Completed { response_id, usage, stop }) => {
                    told.last = json!({"type": "completed", "response_id": response_id, "stop": stop_word(*stop), "usage": usage});
                    if self.wire == WireApi::Responses {
                        told.last.as_object_mut().unwrap().shift_remove("stop");
                    }
                }
                Err(error) => told.last = error_event(error),
                Ok(_) => {}
            }
        }
        told
    }
}

fn stop_word(stop: Stop) -> &'static str {
    match stop {
        Stop::EndTurn => "end_turn",
        Stop::ToolCalls => "tool_calls",
        Stop::MaxTokens => "max_tokens",
        Stop::ContentFilter => "content_filter",
        Stop::Refusal => "refusal",
        Stop::Pause => "pause",
        Stop::ContextWindow => "context_window",
    }
}

/// An item without what is not compared: the spelling of arguments, invented ids, and whose state it keeps.
fn comparable(item: &ResponseItem) -> Value {
    let mut item = serde_json::to_value(item).unwrap();
    if let Some(keys) = item.as_object_mut() {
        if let Some(arguments) = keys.get_mut("arguments") {
            *arguments = serde_json::from_str(arguments.as_str().unwrap()).unwrap_or_else(|_| arguments.clone());
        }
        if keys.get("call_id").and_then(Value::as_str).is_some_and(|id| id.len() == 27 && id.starts_with("call_")) {
            keys.insert("call_id".into(), json!("?"));
        }
        if keys.get("type") == Some(&json!("custom_tool_call")) {
            keys.shift_remove("status");
        }
        if let Some(state) = keys.get_mut("wire_state").and_then(Value::as_object_mut) {
            state.shift_remove("by");
        }
    }
    item
}

fn error_event(error: &ModelError) -> Value {
    let (kind, retry) = match error.kind {
        ErrorKind::ContextOverflow => ("context_overflow", "compact"),
        ErrorKind::TooLarge => ("too_large", "compact"),
        ErrorKind::RateLimited => ("rate_limited", "backoff"),
        ErrorKind::Overloaded => ("overloaded", "backoff"),
        ErrorKind::Server => ("server", "backoff"),
        ErrorKind::StreamCut => ("stream_cut", "backoff"),
        ErrorKind::EmptyResponse => ("empty_response", "backoff"),
        ErrorKind::MalformedToolCall => ("malformed_tool_call", "resample"),
        ErrorKind::Quota => ("quota", "never"),
        ErrorKind::Auth => ("auth", "never"),
        ErrorKind::BadRequest => ("unsupported", "downgrade"),
        other => panic!("{other:?}"),
    };
    let mut event = json!({"type": "error", "kind": kind, "retry": retry});
    if let Some(wait) = error.retry_after {
        event["retry_after_ms"] = json!(wait.as_millis());
    }
    event
}

fn decode<'a>(fixture: &Fixture, pieces: impl Iterator<Item = &'a [u8]>) -> (Told, Vec<&'static str>) {
    let (mut sse, mut decoder, mut events) = (SseDecoder::new(), fixture.decoder(), Vec::new());
    for piece in pieces {
        sse.push(piece, |event| decoder.push(event.name, &event.data, &mut events)).unwrap();
    }
    sse.finish(|event| decoder.push(event.name, &event.data, &mut events)).unwrap();
    decoder.finish(&mut events);
    let ends = events.iter().filter(|event| matches!(event, Err(_) | Ok(ResponseEvent::Completed { .. }))).count();
    assert_eq!(ends, 1, "{}", fixture.name);
    assert!(matches!(events.last(), Some(Err(_) | Ok(ResponseEvent::Completed { .. }))), "{}", fixture.name);
    (fixture.told(&events), decoder.repairs())
}

#[test]
fn every_recorded_stream_decodes_the_same_whole_and_byte_by_byte() {
    for fixture in fixtures().iter().filter(|fixture| fixture.is_stream()) {
        let whole = decode(fixture, std::iter::once(fixture.raw.as_slice()));
        assert_eq!((&whole.0, json!(whole.1)), (&fixture.wanted(), fixture.meta["repairs"].clone()), "{}", fixture.name);
        assert_eq!(decode(fixture, fixture.raw.chunks(1)), whole, "{}", fixture.name);
    }
}

#[test]
fn a_stream_cut_anywhere_ends_with_one_error_and_nothing_after_it() {
    for fixture in fixtures().iter().filter(|fixture| fixture.is_stream()) {
        // Every eleventh place: over all fixtures each kind of place is met.
        for end in (0..fixture.raw.len()).step_by(11) {
            decode(fixture, std::iter::once(&fixture.raw[..end]));
        }
    }
}

#[tokio::test]
async fn every_recorded_answer_is_understood_over_a_socket() {
    for fixture in fixtures() {
        let status = u16::try_from(fixture.meta["http"]["status"].as_u64().unwrap()).unwrap();
        let mut reply = if fixture.is_stream() {
            Reply::sse(fixture.raw.clone()).split(if fixture.meta["split"] == "bytes" { 1 } else { 61 })
        } else {
            Reply::status(status).body_text("application/json", String::from_utf8(fixture.raw.clone()).unwrap())
        };
        for (name, value) in fixture.meta["http"]["headers"].as_object().unwrap() {
            reply = reply.header(name, value.as_str().unwrap());
        }
        let server = Scenario::new().reply(reply).start();
        let client = fixture.client(&server.base_url());
        let events = match collect(&client, &fixture.prompt()).await {
            Ok(events) => events,
            Err(error) => vec![Err(error)],
        };
        if fixture.meta["events"][0]["retry"] == "downgrade" {
            // The request is sent again at once, and it is another one; the script has nothing more.
            let requests = server.requests();
            assert_eq!(requests.len(), 2, "{}", fixture.name);
            assert_ne!(requests[0].body, requests[1].body, "{}", fixture.name);
        } else {
            assert_eq!(fixture.told(&events), fixture.wanted(), "{}", fixture.name);
        }
    }
}

async fn collect(client: &dyn ModelClient, prompt: &Prompt) -> Result<Vec<Result<ResponseEvent, ModelError>>, ModelError> {
    let mut answer = client.stream(prompt, &context(), &CancellationToken::new()).await?;
    let mut events = Vec::new();
    while let Some(event) = answer.recv().await {
        events.push(event);
    }
    Ok(events)
}
