//! What the user is told, and can do, while the conversation goes on: room in the window, messages to the running turn.

use serde_json::json;

use crate::holds;

#[test]
fn little_room_is_told_of_once_at_each_mark() {
    let usage = |total: u64| {
        json!({ "input_tokens": total - 10, "input_tokens_details": { "cached_tokens": 0 }, "output_tokens": 10,
                "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": total })
    };
    holds(&json!({
        "config_top": "model_context_window = 100000\nmodel_auto_compact_token_limit = 99000\n",
        "scenario": [
            [{ "message": "one", "usage": usage(40_000) }],
            [{ "message": "two", "usage": usage(80_000) }],
            [{ "message": "three", "usage": usage(81_000) }],
            [{ "message": "four", "usage": usage(89_000) }],
        ],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "first" }, { "keys": ["Enter"] }, { "expect": "• one" },
            { "absent": "of the context window is left" },
            { "type": "second" }, { "keys": ["Enter"] }, { "expect": "⚠ 1\\d% of the context window is left\\..*/compact" },
            { "type": "third" }, { "keys": ["Enter"] }, { "expect": "• three" },
            { "count": ["of the context window is left", 1] },
            { "type": "fourth" }, { "keys": ["Enter"] }, { "expect": "⚠ Only \\d% of the context window is left" },
        ],
    }));
}

#[test]
fn esc_sends_what_waits_to_join_the_turn_at_once() {
    holds(&json!({
        "scenario": [[{ "sleep": 60 }, { "message": "never" }], [{ "message": "on it" }]],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "begin" }, { "keys": ["Enter"] },
            { "expect": "esc to interrupt" },
            { "type": "do this instead" }, { "keys": ["Enter"] },
            { "expect": "↳ do this instead" },
            { "type": "and later this" }, { "keys": ["Tab"] },
            { "expect": "↳ and later this" },
            { "keys": ["Escape"] },
            { "expect": "› do this instead", "timeout": 15 },
            { "expect": "• on it" },
            { "expect": "Turn interrupted to send your message" },
            { "request": { "n": 1, "contains": "do this instead" } },
            // What was queued goes on by itself behind it.
            { "expect": "› and later this" },
            { "count": ["do this instead", 1] },
        ],
    }));
}

#[test]
fn the_queue_is_edited_and_reordered() {
    holds(&json!({
        "scenario": [[{ "sleep": 25 }, { "message": "done" }], [{ "message": "two" }], [{ "message": "three" }]],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "begin" }, { "keys": ["Enter"] },
            { "expect": "esc to interrupt" },
            { "type": "queued a" }, { "keys": ["Tab"] },
            { "type": "queued b" }, { "keys": ["Tab"] },
            { "expect": "↳ queued a\\s+↳ queued b" },
            { "type": "/queue" }, { "keys": ["Enter"] },
            { "expect": "Queued messages" },
            { "type": "2" },
            { "expect": "Send first" },
            { "type": "2" },
            { "expect": "↳ queued b\\s+↳ queued a" },
            { "type": "/queue" }, { "keys": ["Enter"] },
            { "expect": "Queued messages" },
            { "type": "2" },
            { "expect": "Send first" },
            { "type": "1" },
            { "expect": "› queued a" },
            { "type": " edited" },
            { "keys": ["Tab"] },
            { "expect": "↳ queued b\\s+↳ queued a edited" },
            { "expect": "• two", "timeout": 40 },
            { "expect": "› queued a edited", "timeout": 15 },
            { "absent": "› queued a$" },
        ],
    }));
}
