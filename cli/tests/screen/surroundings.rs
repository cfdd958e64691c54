//! The screen in surroundings that are not the usual ones: very small and very large terminals, GNU screen, no colours, no terminal.

use serde_json::{Value, json};

use crate::pane::has_program;
use crate::{holds, in_tmux};

fn ready() -> Value {
    json!({ "expect": "› ", "timeout": 20 })
}

fn turn() -> Value {
    let call = json!({ "call": "exec_command", "args": { "cmd": "for i in $(seq 1 40); do echo row $i; done" } });
    let ask = json!({ "call": "exec_command", "args": { "cmd": "touch made-it", "sandbox_permissions": "require_escalated", "justification": "May I?" } });
    let said = (0..30).map(|n| format!("para {n}")).collect::<Vec<_>>().join("\n\n");
    json!([[call], [ask], [{ "message": said }]])
}

/// A turn with a command, a question and a long answer; then the transcript, and away.
fn whole_turn(columns: u64, rows: u64, question: &str) {
    holds(&json!({
        "cols": columns, "rows": rows, "scenario": turn(), "args": ["-a", "on-request", "-s", "workspace-write"],
        "steps": [
            ready(),
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": question, "timeout": 20 },
            { "sleep": 0.5 },
            { "type": "y" },
            { "file": ["made-it", "\\A\\Z"] },
            { "expect": "para 29", "timeout": 20 },
            { "sleep": 0.5 },
            { "count": ["^ *(• )?para \\d+$", 30] },
            { "absent": "^[╮╯│]\\s*$" },
            { "keys": ["C-t"] },
            { "expect": "T R A N" },
            { "keys": ["q"] },
            { "gone": "T R A N" },
            { "count": ["^ *(• )?para \\d+$", 30] },
            { "type": "a draft" },
            { "expect": "› a draft" },
            { "keys": ["C-c"] },
            { "keys": ["C-d"] },
            { "sleep": 0.3 },
            { "keys": ["C-d"] },
            { "exited": 0 },
            { "count": ["^ *(• )?para \\d+$", 30] },
        ],
    }));
}

#[test]
fn twenty_columns_and_five_rows_are_enough_for_a_turn() {
    whole_turn(20, 5, "\\$ touch made-it\\s*\n.*1\\. Yes");
}

#[test]
fn two_hundred_columns_and_sixty_rows_are_not_too_many() {
    whole_turn(200, 60, "\\$ touch made-it\n.*1\\. Yes, proceed \\(y\\)");
}

/// Whether there is a GNU screen; a fault in CI where there is none.
fn in_screen() -> bool {
    if !in_tmux() {
        return false;
    }
    let there = has_program("screen", "--version");
    #[expect(clippy::disallowed_methods, reason = "whether screen may be missing is a fact of the machine the test runs on")]
    let in_ci = std::env::var_os("CI").is_some();
    assert!(there || !in_ci, "screen is missing");
    if !there {
        println!("skipped: there is no screen");
    }
    there
}

#[test]
fn gnu_screen_shows_overlays_on_its_main_screen_and_draws_on_over_changes_of_size() {
    if !in_screen() {
        return;
    }
    let said = (0..60).map(|n| format!("para {n}")).collect::<Vec<_>>().join("\n\n");
    // A socket has a short name; a folder of sockets is its owner's alone.
    let shell = "export SCREENDIR=$(mktemp -d -p /tmp); \
                 screen -c /dev/null -h 2000 -S s -m sh -c '{BIN}; echo status $? > status'; \
                 rm -rf $SCREENDIR";
    holds(&json!({
        "shell": shell,
        "cols": 80, "rows": 20, "scenario": [[{ "message": said, "chunks": 30 }]],
        "steps": [
            ready(),
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "para 59", "timeout": 30 },
            { "sleep": 0.5 },
            { "resize": [60, 16] },
            { "expect": "para 59", "timeout": 20 },
            { "type": "a draft" },
            { "expect": "› a draft" },
            { "resize": [100, 24] },
            { "expect": "› a draft" },
            { "keys": ["C-t"] },
            { "expect": "T R A N" },
            { "keys": ["q"] },
            { "gone": "T R A N" },
            { "expect": "› a draft" },

            { "keys": ["C-c"] },
            { "keys": ["C-d"] },
            { "sleep": 0.3 },
            { "keys": ["C-d"] },
            { "file": ["status", "status 0"] },
        ],
    }));
}

#[test]
fn no_color_leaves_no_colour_in_anything() {
    let call = json!({ "call": "exec_command", "args": { "cmd": "printf '\\033[31mred\\033[0m\\n'" } });
    let patch = json!({ "custom": "apply_patch", "input": "*** Begin Patch\n*** Add File: a.rs\n+fn main() {}\n*** End Patch\n" });
    holds(&json!({
        "env": { "NO_COLOR": "1" }, "args": ["--full-auto"],
        "scenario": [[call], [patch], [{ "message": "# Head\n\n```rust\nfn main() { let x = 1; }\n```\n\n`code` and **bold**" }]],
        "steps": [
            ready(),
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "code and bold", "timeout": 20 },
            { "keys": ["C-t"] },
            { "expect": "T R A N" },
            { "keys": ["q"] },
            { "type": "/model" },
            { "keys": ["Enter"] },
            { "expect": "Select Model" },
            // Foreground and background colours by number, 256 and 24 bits; bold and dim remain.
            { "bytes": "\\A(?!\u{1b}\\[[0-9;]*(?:;|\\[)(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m)" },
            { "bytes": "\u{1b}\\[0;1m" },
        ],
    }));
}

#[test]
fn a_dumb_terminal_is_used_when_the_user_says_so() {
    holds(&json!({
        "env": { "TERM": "dumb" },
        "steps": [
            { "expect": "Continue anyway\\? \\[y/N\\]", "timeout": 20 },
            { "type": "y" },
            { "keys": ["Enter"] },
            { "expect": "% left", "timeout": 20 },
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "• ok" },
        ],
    }));
}

#[test]
fn without_a_terminal_to_write_to_nothing_starts() {
    holds(&json!({
        "shell": "{BIN} | cat; echo \"status ${PIPESTATUS[0]}\"",
        "steps": [{ "expect": "Error: stdout is not a terminal\n.*status 1", "timeout": 20 }],
    }));
}

#[test]
fn a_screen_reader_hears_flat_lines_from_the_first_question_on_and_finds_the_cursor_there() {
    holds(&json!({
        "trust": false, "args": ["--screen-reader"], "scenario": [[{ "sleep": 3 }, { "message": "done" }]],
        "steps": [
            { "expect": "^1 of 2, selected: Yes, continue", "timeout": 20 },
            { "absent": "[›╭│•]" },
            { "cursor": "^1 of 2, selected" },
            { "keys": ["Down"] },
            { "cursor": "^2 of 2, selected" },
            { "keys": ["Up"] },
            { "keys": ["Enter"] },
            { "expect": "% left", "timeout": 20 },
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "^Working \\(esc to interrupt\\)" },
            { "expect": "^done", "timeout": 20 },
            { "type": "/permissions" },
            { "keys": ["Enter"] },
            { "expect": "1 of 3: Default|1 of 3, selected: Default" },
            { "cursor": "^\\d of 3, selected: " },
        ],
    }));
}
