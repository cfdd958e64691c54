//! Messages of an app server's client: whatever comes, it is sorted or refused, and what is understood can be spelt again.

#![no_main]

use codex_app_server_protocol::experimental::gate;
use codex_app_server_protocol::message::Incoming;
use codex_app_server_protocol::{ClientRequest, ServerNotification, ServerRequest};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    // The other side's messages are read by our own client.
    let _ = serde_json::from_value::<ServerNotification>(value.clone());
    let _ = serde_json::from_value::<ServerRequest>(value.clone());
    if let Some(Incoming::Request { message, .. }) = Incoming::sort(value)
        && let Ok(request) = serde_json::from_value::<ClientRequest>(message)
    {
        let _ = gate(&request);
        let spelt = serde_json::to_value(&request).unwrap();
        assert_eq!(spelt["method"], request.method());
        assert_eq!(serde_json::from_value::<ClientRequest>(spelt).unwrap(), request);
    }
});
