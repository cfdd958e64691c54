//! The screen attached to a server: it behaves as in process, and survives the end of the connection.

use pretty_assertions::assert_eq;
use regex::Regex;
use serde_json::{Value, json};

use crate::{check, in_tmux};

fn seen(check: &Value) -> String {
    check::run_to_the_end(check).or_else(|_| check::run_to_the_end(check)).unwrap_or_else(|why| panic!("{why}"))
}

fn escalated(line: &str) -> Value {
    json!([{ "call": "exec_command", "args": { "cmd": line, "sandbox_permissions": "require_escalated", "justification": "May I?" } }])
}

fn conversation(attached: bool) -> Value {
    json!({
        "attached": attached,
        "args": ["-s", "read-only", "-a", "on-request"],
        "scenario": [
            [{ "message": "A **first** answer" }],
            escalated("echo made > made.txt"),
            [{ "message": "done with it" }],
            escalated("echo no > other.txt"),
            [{ "sleep": 2 }, { "message": "slow one" }],
            [{ "message": "steered" }],
            [{ "sleep": 30 }, { "message": "never" }],
            [{ "message": "after the interrupt" }],
        ],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "hi" }, { "keys": ["Enter"] },
            { "expect": "A first answer" },
            { "type": "go" }, { "keys": ["Enter"] },
            { "expect": "Would you like to run" },
            { "sleep": 1.2 },
            { "keys": ["y"] },
            { "expect": "done with it" },
            { "file": ["made.txt", "made"] },
            { "type": "again" }, { "keys": ["Enter"] },
            { "expect": "other.txt" },
            { "sleep": 1.2 },
            { "keys": ["Escape"] },
            { "expect": "Conversation interrupted" },
            { "nofile": "other.txt" },
            { "type": "slowly" }, { "keys": ["Enter"] },
            { "expect": "esc to interrupt" },
            { "type": "steer me" }, { "keys": ["Enter"] },
            { "expect": "• steered" },
            { "type": "wait for ever" }, { "keys": ["Enter"] },
            { "expect": "esc to interrupt" },
            { "keys": ["Escape"] },
            { "expect": "(?s)Conversation interrupted.*Conversation interrupted" },
            { "type": "!echo mine" }, { "keys": ["Enter"] },
            { "expect": "You ran echo mine" },
            { "type": "last" }, { "keys": ["Enter"] },
            { "expect": "after the interrupt" },
            { "gone": "esc to interrupt" },
            { "type": "/quit" }, { "keys": ["Enter"] },
            { "exited": 0 },
        ],
    })
}

/// What is on the screen, without what differs from run to run.
fn transcript(screen: &str) -> String {
    let ids = Regex::new("(?s)To continue this session, run codex .*$").unwrap();
    let paths = Regex::new("(?m)^│ directory:.*$").unwrap();
    let tips = Regex::new("(?m)^  Tip:.*(\\n  \\S.*)*$").unwrap();
    let text = ids.replace_all(screen, "To continue").into_owned();
    let text = tips.replace_all(&text, "  Tip").into_owned();
    let boxes = Regex::new("(?m)^[╭╰]─+[╮╯]$").unwrap();
    boxes.replace_all(&paths.replace_all(&text, "│ directory"), "box").trim().to_owned()
}

#[test]
fn a_conversation_at_a_server_looks_like_one_in_process() {
    if in_tmux() {
        assert_eq!(transcript(&seen(&conversation(true))), transcript(&seen(&conversation(false))));
    }
}

#[test]
fn a_question_that_another_front_end_answers_is_asked_no_more() {
    if !in_tmux() {
        return;
    }
    seen(&json!({
        "attached": true,
        "args": ["-s", "read-only", "-a", "on-request"],
        "scenario": [escalated("echo made > made.txt"), [{ "message": "done with it" }]],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "go" }, { "keys": ["Enter"] },
            { "expect": "Would you like to run" },
            { "elsewhere": "approve" },
            { "gone": "Would you like to run" },
            { "expect": "The question was answered elsewhere" },
            { "expect": "done with it" },
            { "file": ["made.txt", "made"] },
        ],
    }));
}

#[test]
fn a_lost_connection_is_told_once_loses_nothing_and_can_be_made_again() {
    if !in_tmux() {
        return;
    }
    let screen = seen(&json!({
        "attached": true,
        "scenario": [[{ "message": "first answer" }], [{ "message": "second answer" }]],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "hi" }, { "keys": ["Enter"] },
            { "expect": "first answer" },
            { "type": "my next words" },
            { "elsewhere": "end" },
            { "expect": "The connection to unix://\\S+ is lost" },
            { "expect": "› my next words" },
            { "keys": ["Enter"] },
            { "expect": "Not sent" },
            { "elsewhere": "begin" },
            { "keys": ["C-u"] },
            { "type": "/reconnect" }, { "keys": ["Enter"] },
            { "expect": "(?s)OpenAI Codex.*› hi.*first answer" },
            { "gone": "connecting to" },
            { "keys": ["C-y"] },
            { "expect": "› my next words" },
            { "keys": ["Enter"] },
            { "expect": "second answer" },
            { "type": "/quit" }, { "keys": ["Enter"] },
            { "exited": 0 },
        ],
    }));
    assert_eq!(screen.matches("is lost").count(), 1, "{screen}");
    assert!(screen.contains("codex --remote unix://"), "the way back is named: {screen}");
}

#[test]
fn earlier_conversations_of_a_server_are_chosen_from_its_list() {
    if !in_tmux() {
        return;
    }
    seen(&json!({
        "attached": true,
        "scenario": [[{ "message": "first answer" }], [{ "message": "second answer" }]],
        "steps": [
            { "expect": "\\d+% left", "timeout": 15 },
            { "type": "find me" }, { "keys": ["Enter"] },
            { "expect": "first answer" },
            { "type": "/rename my-name" }, { "keys": ["Enter"] },
            { "expect": "Thread renamed to my-name" },
            { "type": "/new" }, { "keys": ["Enter"] },
            { "expect": "To continue this session" },
            { "type": "/resume" }, { "keys": ["Enter"] },
            { "expect": "Resume a previous session" },
            { "type": "my-n" },
            { "expect": "my-name" },
            { "keys": ["Enter"] },
            { "expect": "(?s)› find me.*first answer" },
            { "type": "go on" }, { "keys": ["Enter"] },
            { "expect": "second answer" },
            { "request": { "contains": "find me" } },
        ],
    }));
}

#[test]
fn a_server_that_is_not_there_is_named_and_what_was_typed_stays() {
    if !in_tmux() {
        return;
    }
    seen(&json!({
        "args": ["--remote", "unix:///nowhere/s", "my words"],
        "steps": [
            { "expect": "cannot connect to the app server" },
            { "expect": "/reconnect tries again" },
            { "expect": "› my words" },
        ],
    }));
}

/// The same, in process and at a server.
#[test]
fn what_needs_files_and_what_ends_a_turn_is_the_same_at_a_server() {
    if !in_tmux() {
        return;
    }
    for attached in [true, false] {
        seen(&json!({
            "attached": attached, "git": true,
            "files": { "src/main.rs": "fn main() {}\n", "AGENTS.md": "mine\n" },
            "scenario": [[{ "message": "first" }], [{ "sleep": 30 }, { "message": "never" }], [{ "message": "at once" }]],
            "steps": [
                { "expect": "\\d+% left", "timeout": 15 },
                { "type": "see @ma.r" },
                { "expect": "^\\s+src/main\\.rs" },
                { "keys": ["Tab", "Enter"] },
                { "expect": "• first" },
                { "request": { "contains": "see src/main.rs" } },
                { "type": "/diff" }, { "keys": ["Enter"] },
                { "expect": "D I F F.*fn main" }, { "type": "q" }, { "gone": "D I F F" },
                { "type": "/init" }, { "keys": ["Enter"] },
                { "expect": "AGENTS\\.md is there already" },
                { "type": "slowly" }, { "keys": ["Enter"] },
                { "expect": "esc to interrupt" },
                { "requests": 2 },
                { "type": "now this" }, { "keys": ["Enter"] },
                { "expect": "↳ now this" },
                // Esc ends the turn for what waits.
                { "keys": ["Escape"] },
                { "expect": "› now this\\n+• at once" },
            ],
        }));
    }
}
