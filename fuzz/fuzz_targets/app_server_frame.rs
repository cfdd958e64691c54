//! A client of an app server: whatever comes, in whatever pieces, is cut into lines and sorted or refused with an error that can be
//! spelt; and what is understood can be spelt again.

#![no_main]

use codex_app_server_protocol::experimental::gate;
use codex_app_server_protocol::line::{Line, LineReader};
use codex_app_server_protocol::message::{ErrorResponse, Incoming};
use codex_app_server_protocol::{ClientRequest, RequestId, ServerNotification, ServerRequest};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Short, so that lines that are too long come up.
const LONGEST: usize = 4096;

fn lines(data: &[u8], piece: usize) -> Vec<Line> {
    let (mut reader, mut lines) = (LineReader::new(LONGEST), Vec::new());
    for mut bytes in data.chunks(piece) {
        while !bytes.is_empty() {
            let (taken, line) = reader.take(bytes);
            assert!(taken > 0);
            bytes = &bytes[taken..];
            lines.extend(line);
        }
    }
    lines.extend(reader.end());
    lines
}

fn dispatch(line: &[u8]) {
    let request = match Incoming::read(line) {
        Ok(Some(Incoming::Request { id, message })) => {
            serde_json::to_string(&id).unwrap();
            message
        }
        Ok(_) => return,
        Err(error) => {
            let id = RequestId::Text(String::new());
            serde_json::to_string(&ErrorResponse { error, id: &id }).unwrap();
            return;
        }
    };
    if let Ok(request) = serde_json::from_value::<ClientRequest>(request) {
        let _ = gate(&request);
        let spelt = serde_json::to_value(&request).unwrap();
        assert_eq!(spelt["method"], request.method());
        assert_eq!(serde_json::from_value::<ClientRequest>(spelt).unwrap(), request);
    }
}

fuzz_target!(|data: &[u8]| {
    let whole = lines(data, data.len().max(1));
    assert_eq!(whole, lines(data, 1 + data.len() % 7));
    for line in &whole {
        let Line::Whole(line) = line else { continue };
        assert!(line.len() <= LONGEST);
        dispatch(line);
        // The other side's messages are read by our own client.
        if let Ok(value) = serde_json::from_slice::<Value>(line) {
            let _ = serde_json::from_value::<ServerNotification>(value.clone());
            let _ = serde_json::from_value::<ServerRequest>(value);
        }
    }
});
