//! Going back to an earlier message, with the conversation alone or with the files too.

use serde_json::{Value, json};

use crate::{check, in_tmux};

/// A turn that makes a file, then Esc Esc and Enter on its message.
fn going_back(attached: bool, more: &[Value]) -> Value {
    let patch = "*** Begin Patch\n*** Add File: made.txt\n+made\n*** End Patch\n";
    let mut steps = vec![
        json!({ "expect": "\\d+% left", "timeout": 15 }),
        json!({ "type": "make it" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "• done" }),
        json!({ "file": ["made.txt", "made"] }),
        json!({ "gone": "esc to interrupt" }),
        json!({ "keys": ["Escape"] }),
        json!({ "expect": "esc again to edit previous message" }),
        json!({ "keys": ["Escape"] }),
        json!({ "expect": "enter to edit message" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "made\\.txt \\(removed\\)" }),
    ];
    steps.extend_from_slice(more);
    json!({
        "attached": attached,
        "args": ["-s", "workspace-write", "-a", "on-request"],
        "scenario": [[{ "custom": "apply_patch", "input": patch }], [{ "message": "done" }]],
        "steps": steps,
    })
}

fn holds(check: &Value) {
    if in_tmux() {
        check::run(check).or_else(|_| check::run(check)).unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn going_back_takes_files_along_when_that_is_wanted() {
    for attached in [false, true] {
        holds(&going_back(
            attached,
            &[
                json!({ "keys": ["2"] }),
                json!({ "expect": "Taken back in files: made\\.txt \\(removed\\)" }),
                json!({ "nofile": "made.txt" }),
                json!({ "expect": "› make it" }),
            ],
        ));
    }
}

#[test]
fn going_back_leaves_files_alone_when_the_conversation_is_meant() {
    holds(&going_back(false, &[json!({ "keys": ["1"] }), json!({ "expect": "› make it" }), json!({ "file": ["made.txt", "made"] })]));
}

#[test]
fn going_back_asks_again_where_somebody_changed_a_file_since() {
    holds(&going_back(
        false,
        &[
            json!({ "keys": ["3"] }),
            json!({ "gone": "Go back to before this message" }),
            json!({ "type": "!echo mine > made.txt" }),
            json!({ "keys": ["Enter"] }),
            json!({ "file": ["made.txt", "mine"] }),
            json!({ "type": "/undo" }),
            json!({ "keys": ["Enter"] }),
            json!({ "expect": "Take back what the last turn changed" }),
            json!({ "keys": ["2"] }),
            json!({ "gone": "Take back what the last turn changed" }),
            json!({ "file": ["made.txt", "mine"] }),
        ],
    ));
}
