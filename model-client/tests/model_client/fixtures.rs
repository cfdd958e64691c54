//! The recorded answers of real servers, each decoded whole, byte by byte, and over a socket.

use std::fs;
use std::path::{Path, PathBuf};

use codex_model_client::sse::SseDecoder;
use codex_model_client::wire::responses::Decoder;
use codex_model_client::{ErrorKind, ModelError, ResponseEvent};
use codex_protocol::ResponseItem;
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::harness::{ask, client, prompt};

struct Fixture {
    name: String,
    meta: Value,
    raw: Vec<u8>,
}

fn fixtures() -> Vec<Fixture> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut fixtures = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let meta: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            fixtures.push(Fixture {
                name: meta["name"].as_str().unwrap().into(),
                raw: fs::read(path.with_extension("txt")).unwrap(),
                meta,
            });
        }
    }
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(fixtures.len() >= 30, "{}", fixtures.len());
    fixtures
}

impl Fixture {
    fn is_stream(&self) -> bool {
        self.meta["http"]["status"] == 200 && self.meta["http"]["headers"]["content-type"] != "application/json"
    }

    fn wanted(&self) -> Value {
        let mut events = self.meta["events"].clone();
        for event in events.as_array_mut().unwrap() {
            let keys = event.as_object_mut().unwrap();
            keys.shift_remove("stop");
            keys.shift_remove("feature");
            if let Some(item) = keys.get_mut("item") {
                *item = comparable(&serde_json::from_value(item.clone()).unwrap());
            }
        }
        events
    }
}

/// An item without what is not compared: the spelling of arguments that were no text, and invented ids.
fn comparable(item: &ResponseItem) -> Value {
    let mut item = serde_json::to_value(item).unwrap();
    if let Some(keys) = item.as_object_mut() {
        if let Some(arguments) = keys.get_mut("arguments") {
            *arguments = serde_json::from_str(arguments.as_str().unwrap()).unwrap();
        }
        if keys.get("call_id").and_then(Value::as_str).is_some_and(|id| id.len() == 27 && id.starts_with("call_")) {
            keys.insert("call_id".into(), json!("?"));
        }
        if keys.get("type") == Some(&json!("custom_tool_call")) {
            keys.shift_remove("status");
        }
    }
    item
}

fn error_event(error: &ModelError) -> Value {
    let (kind, retry) = match error.kind {
        ErrorKind::ContextOverflow => ("context_overflow", "compact"),
        ErrorKind::RateLimited => ("rate_limited", "backoff"),
        ErrorKind::Overloaded => ("overloaded", "backoff"),
        ErrorKind::Server => ("server", "backoff"),
        ErrorKind::StreamCut => ("stream_cut", "backoff"),
        ErrorKind::Quota => ("quota", "never"),
        ErrorKind::BadRequest => ("unsupported", "downgrade"),
        other => panic!("{other:?}"),
    };
    let mut event = json!({"type": "error", "kind": kind, "retry": retry});
    if let Some(wait) = error.retry_after {
        event["retry_after_ms"] = json!(wait.as_millis());
    }
    event
}

/// Events in the form of the fixtures: all text joined, all reasoning joined, items, the last event.
fn told(events: &[Result<ResponseEvent, ModelError>]) -> Value {
    let mut told: Vec<Value> = Vec::new();
    let mut text = String::new();
    for event in events {
        match event {
            Ok(ResponseEvent::TextDelta { delta, .. }) => {
                if text.is_empty() {
                    told.push(json!({"type": "text_delta"}));
                }
                text.push_str(delta);
            }
            Ok(ResponseEvent::ReasoningDelta { delta, .. }) => told.push(json!({"type": "reasoning_delta", "text": delta})),
            Ok(ResponseEvent::ItemDone(item)) => told.push(json!({"type": "item_done", "item": comparable(item)})),
            Ok(ResponseEvent::Completed { response_id, usage, cut_by_limit: _ }) => {
                told.push(json!({"type": "completed", "response_id": response_id, "usage": usage}));
            }
            Err(error) => told.push(error_event(error)),
            Ok(_) => {}
        }
    }
    for event in &mut told {
        if event["type"] == "text_delta" {
            event["text"] = json!(text);
        }
    }
    Value::Array(told)
}

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Value, Vec<&'static str>) {
    let (mut sse, mut decoder, mut events) = (SseDecoder::new(), Decoder::default(), Vec::new());
    for piece in pieces {
        sse.push(piece, |event| decoder.push(event.name, &event.data, &mut events)).unwrap();
    }
    sse.finish(|event| decoder.push(event.name, &event.data, &mut events)).unwrap();
    decoder.finish(&mut events);
    (told(&events), decoder.repairs().collect())
}

#[test]
fn every_recorded_stream_decodes_the_same_whole_and_byte_by_byte() {
    for fixture in fixtures().iter().filter(|fixture| fixture.is_stream()) {
        let wanted = (fixture.wanted(), fixture.meta["repairs"].clone());
        let whole = decode(std::iter::once(fixture.raw.as_slice()));
        assert_eq!((whole.0.clone(), json!(whole.1)), wanted, "{}", fixture.name);
        assert_eq!(decode(fixture.raw.chunks(1)), whole, "{}", fixture.name);
    }
}

#[test]
fn a_stream_cut_anywhere_ends_with_one_error_and_nothing_after_it() {
    for fixture in fixtures().iter().filter(|fixture| fixture.is_stream()) {
        for end in 0..fixture.raw.len() {
            let (told, _) = decode(std::iter::once(&fixture.raw[..end]));
            let told = told.as_array().unwrap();
            let ends = told.iter().filter(|event| event["type"] == "error" || event["type"] == "completed").count();
            assert_eq!(ends, 1, "{} at {end}", fixture.name);
            assert!(matches!(told.last().unwrap()["type"].as_str(), Some("error" | "completed")), "{} at {end}", fixture.name);
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
        let mut prompt = prompt();
        let tool = codex_protocol::ToolSpec::Function { name: "f".into(), description: "d".into(), strict: false, parameters: json!({}) };
        prompt.tools = std::sync::Arc::new([tool]);
        let events = match collect(&client(&server.base_url()), &prompt).await {
            Ok(events) => events,
            Err(error) => vec![Err(error)],
        };
        match fixture.meta["events"][0]["retry"].as_str() {
            // The request is sent again at once, and the script has nothing more.
            Some("downgrade") if fixture.name.contains("description") => assert_eq!(server.requests().len(), 2, "{}", fixture.name),
            Some("downgrade") => assert_eq!(server.requests().len(), 1, "{}: there was nothing to leave out", fixture.name),
            _ => assert_eq!(told(&events), fixture.wanted(), "{}", fixture.name),
        }
        assert!(ask(&client(&server.base_url()), &prompt).await.is_err(), "the script is at its end");
    }
}

async fn collect(
    client: &dyn codex_model_client::ModelClient,
    prompt: &codex_model_client::Prompt,
) -> Result<Vec<Result<ResponseEvent, ModelError>>, ModelError> {
    let mut answer = client.stream(prompt, &crate::harness::context(), &tokio_util::sync::CancellationToken::new()).await?;
    let mut events = Vec::new();
    while let Some(event) = answer.recv().await {
        events.push(event);
    }
    Ok(events)
}
