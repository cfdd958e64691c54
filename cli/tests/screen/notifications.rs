//! Notifications while the terminal has lost the focus: the bytes that are sent, and the program that is started.

use serde_json::{Value, json};

use crate::holds;

const UNFOCUSED: &str = "\u{1b}[O";
const FOCUSED: &str = "\u{1b}[I";

/// One turn while nobody looks; then `seen`.
fn after_a_turn(config: &str, env: Value, seen: Value) -> Value {
    json!({
        "config": config,
        "env": env,
        "programs": { "tellme": "#!/bin/sh\nprintf '%s|' \"$@\" >> \"$CODEX_HOME/told\"\n" },
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": UNFOCUSED },
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "• ok" },
            seen,
        ],
    })
}

#[test]
fn the_end_of_a_turn_is_told_as_the_settings_say() {
    holds(&after_a_turn(
        "\n[tui]\nnotification_method = \"osc9\"\n",
        json!({}),
        json!({ "bytes": "[^\u{1b}]\u{1b}\\]9;Agent turn complete\u{7}" }),
    ));
    holds(&after_a_turn(
        "\n[tui]\nnotification_method = \"osc777\"\n",
        json!({}),
        json!({ "bytes": "[^\u{1b}]\u{1b}\\]777;notify;Codex;Agent turn complete\u{7}" }),
    ));
    // The bell is the usual way here.
    holds(&after_a_turn("", json!({}), json!({ "bytes": "\u{7}" })));
}

#[test]
fn tmux_is_asked_to_hand_a_notification_on() {
    holds(&after_a_turn(
        "\n[tui]\nnotification_method = \"osc9\"\n",
        json!({ "TMUX": "/tmp/tmux-1/default,1,0" }),
        json!({ "bytes": "\u{1b}Ptmux;\u{1b}\u{1b}\\]9;Agent turn complete\u{7}\u{1b}\\\\\u{7}" }),
    ));
}

#[test]
fn a_program_of_the_users_own_is_told() {
    holds(&after_a_turn(
        "\n[tui]\nnotification_method = \"command\"\nnotification_command = [\"tellme\", \"-t\", \"codex\"]\n",
        json!({}),
        json!({ "file": ["HOME/told", "^-t\\|codex\\|Agent turn complete\\|$"] }),
    ));
}

#[test]
fn a_program_that_is_not_there_is_told_of_once() {
    holds(&after_a_turn(
        "\n[tui]\nnotification_method = \"command\"\nnotification_command = [\"no-such-program\"]\n",
        json!({}),
        json!({ "expect": "`tui.notification_command` did not work" }),
    ));
}

#[test]
fn the_method_command_needs_a_command() {
    holds(&json!({
        "config": "\n[tui]\nnotification_method = \"command\"\n",
        "steps": [{ "exited": 1 }, { "expect": "`tui.notification_method` is `command`: name the program in" }],
    }));
}

#[test]
fn only_what_is_named_is_told_and_only_while_nobody_looks() {
    let told = "\u{1b}\\]9;";
    holds(&json!({
        "config": "\n[tui]\nnotification_method = \"osc9\"\nnotifications = [\"approval-requested\"]\n",
        "args": ["-s", "read-only", "-a", "on-request"],
        "scenario": [
            [{ "message": "first" }],
            [{ "call": "exec_command", "args": { "cmd": "touch made", "sandbox_permissions": "require_escalated", "justification": "May I?" } }],
            [{ "call": "exec_command", "args": { "cmd": "touch more", "sandbox_permissions": "require_escalated", "justification": "May I?" } }],
            [{ "message": "done" }],
        ],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": UNFOCUSED },
            { "type": "go" },
            { "keys": ["Enter"] },
            { "expect": "• first" },
            { "bytes": format!("\\A(?!{told})") },
            { "type": FOCUSED },
            { "type": "go on" },
            { "keys": ["Enter"] },
            { "expect": "touch made" },
            { "bytes": format!("\\A(?!{told})") },
            { "type": UNFOCUSED },
            { "sleep": 0.5 },
            { "type": "y" },
            { "expect": "touch more" },
            { "bytes": format!("{told}Approval requested: touch more\u{7}") },
        ],
    }));
}

#[test]
fn a_name_that_is_no_notification_is_told_at_the_start() {
    holds(&json!({
        "config": "\n[tui]\nnotifications = [\"agent-turn-compleet\"]\n",
        "steps": [{ "expect": "⚠ `tui.notifications` names what is none: `agent-turn-compleet`", "timeout": 15 }],
    }));
}
