//! Ctrl-V: the image on the clipboard, by the program of the desktop.

use serde_json::json;

use crate::holds;

/// A picture of one dot.
const DOT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

#[test]
fn an_image_on_the_clipboard_is_attached_and_sent() {
    holds(&json!({
        "env": { "WAYLAND_DISPLAY": "wayland-0" },
        "programs": { "wl-paste": format!("#!/bin/sh\n[ \"$2\" = --type ] && echo {DOT} | base64 -d\n") },
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "keys": ["C-v"] },
            { "expect": "› \\[Image #1\\]" },
            { "type": "what is this" },
            { "keys": ["Enter"] },
            { "expect": "• ok" },
            { "request": { "contains": "data:image/png;base64," } },
            { "request": { "contains": "[Image #1] what is this" } },
        ],
    }));
}

#[test]
fn what_cannot_be_pasted_says_why() {
    holds(&json!({
        "env": { "DISPLAY": ":9" },
        "programs": { "xclip": "#!/bin/sh\necho no image here\n" },
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "keys": ["C-v"] },
            { "expect": "■ Failed to paste image: there is no image on the clipboard" },
        ],
    }));
    holds(&json!({
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "keys": ["C-v"] },
            { "expect": "■ Failed to paste image: no desktop is known here" },
        ],
    }));
}

fn copying(env: &serde_json::Value, programs: &serde_json::Value, ends: &[serde_json::Value]) {
    let start = [
        json!({ "expect": "\\d+% left", "timeout": 15 }),
        json!({ "type": "go" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "• ok" }),
        json!({ "type": "/copy" }),
        json!({ "keys": ["Enter"] }),
    ];
    let steps: Vec<_> = start.iter().chain(ends).collect();
    holds(&json!({ "env": env, "programs": programs, "steps": steps }));
}

#[test]
fn the_first_way_to_the_clipboard_that_works_is_taken_and_named() {
    let both = json!({ "WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":9" });
    let takes = "#!/bin/sh\ncat > taken\n";
    copying(
        &both,
        &json!({ "wl-copy": "#!/bin/sh\nexit 3\n", "xclip": takes }),
        &[json!({ "expect": "• Copied with `xclip`" }), json!({ "file": ["taken", "\\Aok\\Z"] })],
    );
    copying(&both, &json!({ "wl-copy": takes }), &[json!({ "expect": "• Copied with `wl-copy`" })]);
}

#[test]
fn where_no_program_can_copy_the_terminal_is_asked_and_the_failure_told() {
    copying(
        &json!({ "DISPLAY": ":9" }),
        &json!({ "xclip": "#!/bin/sh\nexit 1\n", "xsel": "#!/bin/sh\nexit 2\n" }),
        &[
            json!({ "expect": "⚠ `xclip` ended with exit status: 1; `xsel` ended with exit status: 2\\. Handed" }),
            json!({ "bytes": "\u{1b}\\]52;c;b2s=" }),
        ],
    );
}
