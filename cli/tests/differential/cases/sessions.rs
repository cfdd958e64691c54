//! `exec_command` and `write_stdin`: commands that overlap, stay, and are talked to.
//!
//! The reference tells the end of such a command from a watcher, a little late; the pause before the last message gives it the time.

use std::time::Duration;

use codex_test_support::{Reply, Request, Scenario};
use serde_json::{Value, json};

use crate::case::Case;

fn done() -> Reply {
    Reply::new().delay(Duration::from_millis(500)).say("done")
}

fn exec(command: &str) -> Value {
    json!({"cmd": command, "login": false})
}

/// The session a command was left running in.
fn session(request: &Request) -> i64 {
    let outputs = request.outputs().join("\n");
    let digits = outputs.rsplit("session ID ").next().unwrap_or_default();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().unwrap_or(-1)
}

fn write(characters: &'static str) -> impl Fn(&Request) -> Reply {
    move |request| Reply::new().call("write_stdin", json!({"session_id": session(request), "chars": characters, "yield_time_ms": 2000}))
}

fn one(name: &'static str, arguments: Value) -> Case {
    Case::new(name, Scenario::new().reply(Reply::new().call("exec_command", arguments)).reply(done())).in_any_order()
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = lived_through();
    cases.extend(over_at_once());
    cases
}

fn lived_through() -> Vec<Case> {
    vec![
        Case::new(
            "a_terminal_is_talked_to",
            Scenario::new()
                .reply(Reply::new().call(
                    "exec_command",
                    json!({"cmd": "read a; echo got $a; read b; echo and $b", "login": false, "tty": true, "yield_time_ms": 300}),
                ))
                .reply_with(write("one\n"))
                .reply_with(write("two\n"))
                .reply(done()),
        )
        .in_any_order(),
        Case::new(
            "interrupt_by_control_c",
            Scenario::new()
                .reply(Reply::new().call("exec_command", json!({"cmd": "cat", "login": false, "tty": true, "yield_time_ms": 300})))
                .reply_with(write("\u{3}"))
                .reply(done()),
        )
        .in_any_order(),
        Case::new(
            "a_poll_gets_the_rest",
            Scenario::new()
                .reply(Reply::new().call(
                    "exec_command",
                    json!({"cmd": "sleep 0.2; echo first; sleep 1; echo second; exit 4", "login": false, "yield_time_ms": 600}),
                ))
                .reply_with(write(""))
                .reply(done()),
        )
        .in_any_order(),
        Case::new(
            "a_session_without_terminal_takes_no_input",
            Scenario::new()
                .reply(Reply::new().call("exec_command", json!({"cmd": "sleep 1", "login": false, "yield_time_ms": 300})))
                .reply_with(write("x"))
                .reply_with(write(""))
                .reply(done()),
        )
        .in_any_order(),
        one("a_command_is_left_running", json!({"cmd": "echo begun; sleep 30", "login": false, "yield_time_ms": 300})),
    ]
}

fn over_at_once() -> Vec<Case> {
    vec![
        Case::new(
            "parallel_exec_commands",
            Scenario::new()
                .reply(Reply::new().call("exec_command", exec("sleep 0.3; echo one")).call("exec_command", exec("echo two; exit 2")))
                .reply(done()),
        )
        .in_any_order(),
        one("exec_command_of_another_shell", json!({"cmd": "echo $0", "login": false, "shell": "/bin/sh"})),
        one("exec_command_in_a_folder", json!({"cmd": "pwd; echo $TERM $NO_COLOR $PAGER $CODEX_CI", "login": false, "workdir": "sub"}))
            .file("sub/f", b""),
        one("environment_of_exec_command", exec("env | cut -d= -f1 | sort")),
        one("exec_command_output_budget", json!({"cmd": "seq 3000", "login": false, "max_output_tokens": 50})),
        one("exec_command_bad_workdir", json!({"cmd": "pwd", "login": false, "workdir": "/no/such/folder"})),
        one("exec_command_escalation_refused", json!({"cmd": "echo x", "login": false, "sandbox_permissions": "require_escalated"})),
        one("exec_command_force_removal_declined", exec("rm -rf zz")),
        one("exec_command_denied_by_the_sandbox", exec("echo x > /codex-differential-probe")),
        one("exec_command_missing_program", exec("no-such-program-anywhere")),
        one("write_to_an_unknown_session", json!({"cmd": "true", "login": false})),
        Case::calls("write_stdin_without_session", [("write_stdin", json!({"session_id": 12345, "chars": "x"}))]),
    ]
}
