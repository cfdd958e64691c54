//! What commands leave behind ends when they do, however that comes. S5.
//!
//! Each command starts a process in a session of its own, one that ignores SIGHUP and one whose parents are gone, and stays itself.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::process::{attentive, ended, eventually, running_with};

/// How many processes the line starts that have the mark among their words.
const STARTED: usize = 5;

fn line(mark: &str) -> String {
    format!(
        "setsid sleep {mark} > /dev/null 2>&1 & nohup sleep {mark} > /dev/null 2>&1 & \
         (setsid sh -c 'trap \"\" HUP TERM; sleep \"$0\" & sleep \"$0\"' {mark} > /dev/null 2>&1 &) ; sleep {mark}"
    )
}

/// A mark that no other test of any run uses.
fn mark(test: u32) -> String {
    format!("{test}{}", std::process::id())
}

fn all_run(mark: &str) {
    eventually("all of them run", || (running_with(mark).len() >= STARTED).then_some(()));
}

fn all_are_gone(mark: &str) {
    eventually("all of them are gone", || running_with(mark).is_empty().then_some(()));
}

#[test]
fn a_command_that_takes_too_long_takes_along_what_it_started_while_the_turn_goes_on() {
    let mark = mark(771);
    let server = Scenario::new()
        .reply(Reply::new().call("shell", json!({"command": ["sh", "-c", line(&mark)], "timeout_ms": 3000})))
        .reply(Reply::new().hold().say("went on"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let child = attentive(&home, &workspace, &["exec", "-s", "workspace-write", "go"]).spawn().unwrap();
    all_run(&mark);
    server.wait_for_requests(2);
    all_are_gone(&mark);
    server.release();
    ended(child).assert_code(0);
}

/// Starts one command by a tool call and ends the program, in this way, while it runs.
fn ended_by(test: u32, call: &str, arguments: impl Fn(&str) -> Value, flags: &[&str], signal: Option<Signal>) {
    let mark = mark(test);
    let server = Scenario::new().reply(Reply::new().call(call, arguments(&line(&mark)))).reply(Reply::new().say("went on")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let args: Vec<&str> = ["exec", "-s", "workspace-write"].iter().chain(flags).chain(&["go"]).copied().collect();
    let child = attentive(&home, &workspace, &args).spawn().unwrap();
    all_run(&mark);
    if let Some(signal) = signal {
        kill_process(Pid::from_child(&child), signal).unwrap();
    }
    ended(child);
    all_are_gone(&mark);
}

#[test]
fn a_killed_program_takes_along_its_commands_and_what_they_started() {
    let shell = |line: &str| json!({"command": ["sh", "-c", line], "timeout_ms": 300_000});
    ended_by(772, "shell", shell, &[], Some(Signal::KILL));
}

#[test]
fn a_killed_program_takes_along_its_live_terminals() {
    let terminal = |line: &str| json!({"cmd": line, "login": false, "tty": true, "yield_time_ms": 60_000});
    ended_by(773, "exec_command", terminal, &[], Some(Signal::KILL));
}

#[test]
fn an_interrupted_program_takes_along_what_was_started() {
    let session = |line: &str| json!({"cmd": line, "login": false, "yield_time_ms": 60_000});
    ended_by(774, "exec_command", session, &[], Some(Signal::INT));
}

#[test]
fn a_run_out_of_time_takes_along_what_was_started() {
    let shell = |line: &str| json!({"command": ["sh", "-c", line], "timeout_ms": 300_000});
    ended_by(775, "shell", shell, &["--timeout", "4s"], None);
}
