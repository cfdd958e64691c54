//! News of a newer version.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::json;

use crate::holds;

/// A server that names a version to whoever asks; its address.
fn releases(version: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/latest", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let body = format!("{{\"tag_name\":\"rust-v{version}\",\"assets\":[]}}");
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    address
}

#[test]
fn a_newer_version_is_told_of_and_asked_for_in_the_background() {
    holds(&json!({
        "checks_for_update": true,
        "config_top": format!("update_check_url = \"{}\"\n", releases("77.1.0")),
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "absent": "Update available" },
            { "file": ["HOME/version.json", "\"latest_version\":\"77.1.0\",\"last_checked_at\":\"\\d{4}-[^\"]+Z\",\"dismissed_version\":null"] },
            { "restart": [] },
            { "expect": "✨ Update available! [\\d.]+ -> 77.1.0", "timeout": 15 },
            { "expect": "\\d+% left" },
            { "keys": ["C-d"] }, { "sleep": 0.3 }, { "keys": ["C-d"] }, { "exited": 0 },
            { "restart": ["-c", "check_for_update_on_startup=false"] },
            { "expect": "\\d+% left", "timeout": 15 },
            { "absent": "Update available" },
        ],
    }));
}

#[test]
fn an_update_can_be_run_put_off_or_skipped() {
    let known = "{\"latest_version\":\"77.1.0\",\"last_checked_at\":\"2026-01-01T00:00:00Z\",\"dismissed_version\":null}";
    holds(&json!({
        "checks_for_update": true,
        "env": { "CODEX_MANAGED_BY_NPM": "1" },
        "home": { "version.json": known },
        "programs": { "npm": "#!/bin/sh\necho \"updating: $*\"\n" },
        "steps": [
            { "expect": "✨ Update available! [\\d.]+ -> 77.1.0", "timeout": 15 },
            { "expect": "› 1\\. Update now \\(runs `npm install -g @openai/codex`\\)\\s+2\\. Skip\\s+3\\. Skip until next version" },
            { "type": "2" },
            { "expect": "Run npm install -g @openai/codex to update\\." },
            { "expect": "\\d+% left" },
            { "keys": ["C-d"] }, { "sleep": 0.3 }, { "keys": ["C-d"] }, { "exited": 0 },
            { "restart": [] },
            { "expect": "2\\. Skip", "timeout": 15 },
            { "keys": ["Enter"] },
            { "expect": "updating: install -g @openai/codex" },
            { "exited": 0 },
            { "restart": [] },
            { "expect": "2\\. Skip", "timeout": 15 },
            { "type": "3" },
            { "expect": "\\d+% left" },
            { "file": ["HOME/version.json", "\"dismissed_version\":\"77.1.0\""] },
            { "keys": ["C-d"] }, { "sleep": 0.3 }, { "keys": ["C-d"] }, { "exited": 0 },
            { "restart": [] },
            { "expect": "\\d+% left", "timeout": 15 },
            { "absent": "Skip until next version" },
        ],
    }));
}
