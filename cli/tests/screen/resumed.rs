//! A session that is gone on with shows what was done in it, not only what was said.

use serde_json::{Value, json};

use crate::holds;

fn session() -> Value {
    json!([
        [{ "call": "exec_command", "args": { "cmd": "echo one; echo two" } }],
        [{ "custom": "apply_patch", "input": "*** Begin Patch\n*** Update File: notes.txt\n@@\n first\n-second\n+changed\n*** End Patch" }],
        [{ "call": "update_plan", "args": { "plan": [{ "step": "Look around", "status": "completed" }, { "step": "Go on", "status": "in_progress" }] } }],
        [{ "message": "All done." }],
        [{ "message": "again" }],
    ])
}

fn seen() -> [Value; 6] {
    [
        json!({ "expect": "• Ran echo one; echo two\\s+└ one\\s+two", "timeout": 15 }),
        json!({ "expect": "• Edited notes.txt \\(\\+1 -1\\)" }),
        json!({ "expect": "\\-second\\s+\\+changed" }),
        json!({ "expect": "• Updated Plan\\s+└ ✔ Look around\\s+□ Go on" }),
        json!({ "expect": "• All done\\." }),
        json!({ "expect": "› work" }),
    ]
}

fn begin() -> Vec<Value> {
    vec![
        json!({ "expect": "\\d+% left", "timeout": 15 }),
        json!({ "type": "work" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "• All done\\.", "timeout": 15 }),
        json!({ "keys": ["C-d"] }),
        json!({ "sleep": 0.3 }),
        json!({ "keys": ["C-d"] }),
        json!({ "exited": 0 }),
    ]
}

#[test]
fn resume_on_the_command_line_shows_commands_patches_and_plans() {
    let mut steps = begin();
    steps.push(json!({ "restart": ["resume", "--last"] }));
    steps.extend(seen());
    holds(&json!({ "rows": 60, "files": { "notes.txt": "first\nsecond\n" }, "scenario": session(), "steps": steps }));
}

#[test]
fn resume_by_the_command_shows_the_same() {
    let mut steps = begin();
    steps.extend([
        json!({ "restart": [] }),
        json!({ "expect": "\\d+% left", "timeout": 15 }),
        json!({ "type": "/resume" }),
        json!({ "keys": ["Enter"] }),
        json!({ "expect": "Resume a previous session" }),
        json!({ "expect": "> .*work" }),
        json!({ "keys": ["Enter"] }),
    ]);
    steps.extend(seen());
    holds(&json!({ "rows": 60, "files": { "notes.txt": "first\nsecond\n" }, "scenario": session(), "steps": steps }));
}
