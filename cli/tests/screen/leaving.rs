//! Whatever ends the program or takes the terminal away from it: the terminal is as it was before.

use serde_json::{Value, json};

use crate::holds;

/// What puts every mode back: update, colours, title, keys, marked pastes, focus, cursor.
const RESTORED: &str =
    "\u{1b}\\[\\?2026l\u{1b}\\[0m\u{1b}\\]0;\u{1b}\\\\\u{1b}\\[<1u\u{1b}\\[>4;0m\u{1b}\\[\\?2004l\u{1b}\\[\\?1004l\u{1b}\\[\\?25h";

/// Runs the program, sends it a signal once the file `go` is there, and compares the line discipline before and after.
fn signalled(name: &str) -> String {
    format!(
        "stty -g > before; (until [ -e go ]; do sleep 0.1; done; kill -{name} $(cat pid)) & \
         sh -c \"echo \\$\\$ > pid; exec {{BIN}}\"; echo \"status $?\"; stty -g > after; cmp before after && echo same line"
    )
}

/// A turn, and then more.
fn after_a_turn(then: Value) -> Value {
    let mut steps = vec![
        json!({ "expect": "\\d+% left", "timeout": 20 }),
        json!({ "type": "hello there" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "• ok" }),
    ];
    steps.extend(then.as_array().unwrap().iter().cloned());
    Value::Array(steps)
}

#[test]
fn a_signal_that_ends_the_program_leaves_the_terminal_whole_and_says_how_to_go_on() {
    for (name, status) in [("TERM", 143), ("HUP", 129)] {
        holds(&json!({
            "shell": signalled(name),
            "steps": after_a_turn(json!([
                { "touch": "go" },
                { "expect": format!("status {status}"), "timeout": 20 },
                { "expect": "To continue this session, run codex resume [0-9a-f-]{36}" },
                { "expect": "^same line" },
                { "bytes": RESTORED },
            ])),
        }));
    }
}

#[test]
fn a_signal_while_the_transcript_is_shown_leaves_the_alternate_screen_too() {
    holds(&json!({
        "shell": signalled("TERM"),
        "steps": after_a_turn(json!([
            { "keys": ["C-t"] },
            { "expect": "T R A N S C R I P T" },
            { "touch": "go" },
            { "expect": "status 143", "timeout": 20 },
            { "bytes": format!("\u{1b}\\[\\?1049l.*{RESTORED}") },
            { "expect": "^same line" },
        ])),
    }));
}

#[test]
fn a_signal_before_the_first_thread_leaves_the_terminal_whole_too() {
    for (name, status) in [("TERM", 143), ("HUP", 129)] {
        holds(&json!({
            "shell": signalled(name),
            "trust": false,
            "steps": [
                { "expect": "1\\. Yes, continue", "timeout": 20 },
                { "touch": "go" },
                { "expect": format!("status {status}"), "timeout": 20 },
                { "expect": "^same line" },
                { "bytes": RESTORED },
            ],
        }));
    }
}

#[test]
fn a_stop_gives_the_terminal_back_and_the_way_back_draws_again() {
    let shell = "set -m; stty -g > before; {BIN}; echo \"stopped $?\"; stty -g > mid; cmp before mid && echo same line; read -r x; \
                 fg > /dev/null; echo \"status $?\"; stty -g > after; cmp before after && echo same end";
    holds(&json!({
        "shell": shell,
        "steps": [
            { "expect": "\\d+% left", "timeout": 20 },
            { "type": "hello there" },
            { "keys": ["Enter"] },
            { "expect": "• ok" },
            { "type": "a draft" },
            { "keys": ["C-z"] },
            { "expect": "stopped 148" },
            { "expect": "^same line" },
            { "gone": "a draft" },
            { "bytes": RESTORED },
            { "keys": ["Enter"] },
            { "expect": "› a draft" },
            { "expect": "\\d+% left" },
            { "keys": ["Enter"] },
            { "count": ["• ok", 2] },
            { "keys": ["C-d"] },
            { "sleep": 0.3 },
            { "keys": ["C-d"] },
            { "expect": "status 0", "timeout": 20 },
            { "expect": "^same end" },
        ],
    }));
}

#[test]
fn a_stop_from_outside_is_got_over() {
    let shell = "set -m; (until [ -e go ]; do sleep 0.1; done; kill -STOP $(cat pid)) & \
                 sh -c \"echo \\$\\$ > pid; exec {BIN}\"; code=$?; stty sane; clear; echo \"stopped $code\"; \
                 read -r x; fg %2 > /dev/null; echo \"status $?\"";
    holds(&json!({
        "shell": shell,
        "steps": after_a_turn(json!([
            { "touch": "go" },
            { "expect": "stopped 147", "timeout": 20 },
            { "keys": ["Enter"] },
            { "expect": "\\d+% left", "timeout": 20 },
            { "type": "typed after" },
            { "expect": "› typed after" },
            { "keys": ["C-c"] },
            { "gone": "typed after" },
            { "keys": ["C-d"] },
            { "sleep": 0.3 },
            { "keys": ["C-d"] },
            { "expect": "status 0", "timeout": 20 },
            { "bytes": RESTORED },
        ])),
    }));
}
