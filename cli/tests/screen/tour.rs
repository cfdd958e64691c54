//! A first day with the program: from the first start to the way back.

use serde_json::{Value, json};

use crate::{check, holds, in_tmux};

#[test]
fn redraw_shows_the_conversation_at_the_new_width() {
    let words = "word ".repeat(30);
    if !in_tmux() {
        return;
    }
    let check = json!({
        "scenario": [[{ "message": words.trim() }]],
        "cols": 60,
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "go" }, { "keys": ["Enter"] },
            { "expect": "^• (word ){10}" },
            { "resize": [120, 30] },
            { "type": "/redraw" }, { "keys": ["Enter"] },
            { "expect": "^• (word ){22}" },
            { "count": ["^› go$", 1] },
        ],
    });
    check::run(&check).or_else(|_| check::run(&check)).unwrap_or_else(|why| panic!("{why}"));
}
