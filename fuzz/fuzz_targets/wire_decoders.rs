//! Bytes of a streamed Chat Completions or Messages answer, in one piece and in many: the same comes out, and exactly
//! one event ends the answer.
//!
//! The first byte chooses the wire and the size of the pieces.
#![no_main]

use codex_config::WireApi;
use codex_config::provider::Dialect;
use codex_model_client::sse::SseDecoder;
use codex_model_client::wire::{Caps, Decoder, chat, messages};
use codex_model_client::{ModelError, ResponseEvent};
use codex_protocol::ToolSpec;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fn decoder(wire: u8) -> Decoder {
    let parameters = json!({"type": "object", "properties": {"cmd": {"type": "string"}}});
    let tool = ToolSpec::Function { name: "exec_command".into(), description: "d".into(), strict: false, parameters };
    match wire {
        0 => Decoder::Messages(Box::new(messages::Decoder::new(&[tool], None))),
        _ => Decoder::Chat(Box::new(chat::Decoder::new(&[tool], &Caps::of_dialect(Dialect::Generic, WireApi::Chat), None))),
    }
}

fn decode<'a>(wire: u8, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Result<ResponseEvent, ModelError>> {
    let (mut sse, mut decoder, mut events) = (SseDecoder::new(), decoder(wire), Vec::new());
    for piece in pieces {
        if sse.push(piece, |event| decoder.push(event.name, &event.data, &mut events)).is_err() {
            break;
        }
    }
    let _ = sse.finish(|event| decoder.push(event.name, &event.data, &mut events));
    decoder.finish(&mut events);
    events
}

/// What has to be equal: text, reasoning, kinds of items and the end. Invented ids differ from run to run.
fn shape(events: &[Result<ResponseEvent, ModelError>]) -> (String, String, Vec<String>) {
    let (mut text, mut reasoning, mut rest) = (String::new(), String::new(), Vec::new());
    for event in events {
        match event {
            Ok(ResponseEvent::TextDelta { delta, .. }) => text.push_str(delta),
            Ok(ResponseEvent::ReasoningDelta { delta, .. }) => reasoning.push_str(delta),
            Ok(ResponseEvent::ItemDone(item)) => rest.push(format!("{:?} {:?}", std::mem::discriminant(item), item.message_text())),
            Ok(event) => rest.push(format!("{event:?}")),
            Err(error) => rest.push(format!("{:?} {}", error.kind, error.message)),
        }
    }
    (text, reasoning, rest)
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let (wire, size) = (choice & 1, usize::from(choice >> 1).max(1));
    let whole = decode(wire, std::iter::once(body));
    let pieces = decode(wire, body.chunks(size));
    assert_eq!(shape(&whole), shape(&pieces));
    let ends = whole.iter().filter(|event| matches!(event, Err(_) | Ok(ResponseEvent::Completed { .. }))).count();
    assert_eq!(ends, 1);
    assert!(matches!(whole.last(), Some(Err(_) | Ok(ResponseEvent::Completed { .. }))));
});
