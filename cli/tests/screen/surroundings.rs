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

/// tmux puts into its scrollback what a program erases from the first row on: nothing of an overlay may get there.
#[test]
fn behind_an_overlay_without_a_screen_of_its_own_the_last_lines_stand_again_and_once() {
    let said = (0..40).map(|n| format!("para {n}")).collect::<Vec<_>>().join("\n\n");
    let mut steps = vec![ready(), json!({ "type": "go" }), json!({ "keys": ["Enter"] }), json!({ "expect": "para 39", "timeout": 20 })];
    for (columns, rows) in [(80, 24), (60, 20), (100, 28), (20, 28)] {
        steps.extend([
            json!({ "resize": [columns, rows] }),
            json!({ "expect": "para 38\n\n  para 39\n\n+› " }),
            json!({ "keys": ["C-t"] }),
            json!({ "expect": "T R A N" }),
            json!({ "keys": ["q"] }),
            json!({ "expect": "para 37\n\n  para 38\n\n  para 39\n\n+› " }),
            json!({ "count": ["^ *(• )?para \\d+$", 40] }),
            json!({ "count": ["T R A N", 0] }),
        ]);
    }
    holds(&json!({ "args": ["--no-alt-screen"], "cols": 80, "rows": 24, "scenario": [[{ "message": said }]], "steps": steps }));
}

#[test]
fn rows_of_a_question_that_fills_the_screen_do_not_get_into_the_scrollback() {
    let ask = json!({ "call": "exec_command", "args": { "cmd": "touch made-it", "sandbox_permissions": "require_escalated", "justification": "May I?" } });
    holds(&json!({
        "cols": 30, "rows": 8, "args": ["-s", "read-only", "-a", "on-request"], "scenario": [[ask], [{ "message": "done" }]],
        "steps": [
            ready(),
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "touch made-it", "timeout": 20 },
            { "resize": [28, 8] },
            { "resize": [29, 8] },
            { "resize": [30, 8] },
            { "sleep": 0.5 },
            { "type": "y" },
            { "expect": "• done", "timeout": 20 },
            { "count": ["Yes, proceed", 0] },
        ],
    }));
}

#[test]
fn clearing_leaves_the_head_and_the_conversation_goes_on() {
    let said = (0..40).map(|n| format!("para {n}")).collect::<Vec<_>>().join("\n\n");
    holds(&json!({
        "scenario": [[{ "message": said }], [{ "message": "more" }]],
        "steps": [
            ready(),
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "para 39", "timeout": 20 },
            { "gone": "esc to interrupt" },
            { "type": "a draft" },
            { "keys": ["C-l"] },
            { "expect": "\\A╭─.*model: +gpt-5\\.4.*╯\n+› a draft" },
            { "count": ["para \\d+$", 0] },
            { "keys": ["C-t"] },
            { "expect": "T R A N.*para 39" },
            { "keys": ["q"] },
            { "keys": ["Enter"] },
            { "expect": "╯\n+› a draft\n+• more", "timeout": 20 },
            { "request": { "n": 1, "matches": "para 39.*a draft" } },
        ],
    }));
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

/// Runs the program in GNU screen. A socket has a short name, and a folder of sockets is its owner's alone: the folder is named in the file `sockets`.
const IN_SCREEN: &str = "export SCREENDIR=$(mktemp -d -p /tmp); echo $SCREENDIR > sockets; \
                         screen -c /dev/null -h 2000 -S s -m sh -c '{BIN}; echo status $? > status'; \
                         rm -rf $SCREENDIR";

/// Whether GNU screen has the paragraphs once and in order, on the screen and above it, to the last, and one status line. While its
/// window is low it leaves out the first few rows when it tells; higher again, it tells them.
const ONCE: &str = "rm -f copy; SCREENDIR=$(cat sockets) screen -S s -X hardcopy -h \"$PWD/copy\"; sleep 0.3; \
                    grep -a -o 'para [0-9]*' copy > told; seq -f 'para %g' 0 59 > wanted; test $(wc -l < told) -gt 50 && \
                    tail -n $(wc -l < told) wanted | cmp told - && \
                    test $(grep -a -c '% left' copy) -eq 1 && test $(grep -a -c 'T R A N' copy) -eq 0";

#[test]
fn gnu_screen_keeps_every_line_once_and_in_order_over_changes_of_size_and_overlays() {
    if !in_screen() {
        return;
    }
    let said = (0..60).map(|n| format!("para {n}")).collect::<Vec<_>>().join("\n\n");
    let mut steps = vec![ready(), json!({ "type": "go" }), json!({ "keys": ["Enter"] }), json!({ "expect": "para 59", "timeout": 30 })];
    steps.push(json!({ "run": ONCE }));
    for (columns, rows) in [(60, 16), (100, 24), (40, 10), (80, 30), (120, 20)] {
        steps.extend([
            json!({ "resize": [columns, rows] }),
            // GNU screen hears of it later than tmux.
            json!({ "run": format!("rm -f seen; SCREENDIR=$(cat sockets) screen -S s -X hardcopy \"$PWD/seen\"; sleep 0.3; test $(wc -l < seen) -eq {rows}") }),
            json!({ "run": ONCE }),
            json!({ "keys": ["C-t"] }),
            json!({ "expect": "T R A N" }),
            json!({ "keys": ["q"] }),
            json!({ "gone": "T R A N" }),
            json!({ "expect": "› " }),
            json!({ "run": ONCE }),
        ]);
    }
    steps.extend([
        json!({ "keys": ["C-d"] }),
        json!({ "sleep": 0.3 }),
        json!({ "keys": ["C-d"] }),
        json!({ "file": ["status", "status 0"] }),
    ]);
    holds(&json!({ "shell": IN_SCREEN, "cols": 80, "rows": 20, "scenario": [[{ "message": said, "chunks": 30 }]], "steps": steps }));
}

#[test]
fn gnu_screen_shows_overlays_on_its_main_screen_and_draws_on_over_changes_of_size() {
    if !in_screen() {
        return;
    }
    let said = (0..60).map(|n| format!("para {n}")).collect::<Vec<_>>().join("\n\n");
    holds(&json!({
        "shell": IN_SCREEN,
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
