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
