//! Bytes of a streamed answer, in one piece and in many: the same events come out, and exactly one ends the answer.
//!
//! The first byte chooses the size of the pieces.
#![no_main]

use codex_model_client::sse::SseDecoder;
use codex_model_client::wire::responses::Decoder;
use codex_model_client::{ModelError, ResponseEvent};
use libfuzzer_sys::fuzz_target;

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Result<ResponseEvent, ModelError>> {
    let (mut sse, mut decoder, mut events) = (SseDecoder::new(), Decoder::default(), Vec::new());
    for piece in pieces {
        if sse.push(piece, |event| decoder.push(event.name, &event.data, &mut events)).is_err() {
            break;
        }
    }
    let _ = sse.finish(|event| decoder.push(event.name, &event.data, &mut events));
    decoder.finish(&mut events);
    events
}

/// What has to be equal: invented call ids differ from run to run.
fn shape(events: &[Result<ResponseEvent, ModelError>]) -> Vec<String> {
    events
        .iter()
        .map(|event| match event {
            Ok(ResponseEvent::ItemDone(item)) => format!("{:?}", std::mem::discriminant(item)),
            Ok(ResponseEvent::ItemAdded(item)) => format!("{:?}", std::mem::discriminant(item)),
            Ok(event) => format!("{event:?}"),
            Err(error) => format!("{:?} {}", error.kind, error.message),
        })
        .collect()
}

fuzz_target!(|input: &[u8]| {
    let Some((size, body)) = input.split_first() else { return };
    let whole = decode(std::iter::once(body));
    let pieces = decode(body.chunks(usize::from(*size).max(1)));
    assert_eq!(shape(&whole), shape(&pieces));
    let ends = whole.iter().filter(|event| matches!(event, Err(_) | Ok(ResponseEvent::Completed { .. }))).count();
    assert_eq!(ends, 1);
    assert!(matches!(whole.last(), Some(Err(_) | Ok(ResponseEvent::Completed { .. }))));
});
