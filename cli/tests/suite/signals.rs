//! SIGINT, SIGTERM and a reader that goes away: the run ends, its commands with it, and the file says so.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};

use codex_test_support::{ModelServer, Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::process::{attentive, bare, binary, ended, eventually, running_with};

/// Seconds to sleep, a number no other test of any run uses. Processes are known by it, since the ids they
/// see are those of a namespace of their own.
fn mark() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("66{}{}", NEXT.fetch_add(1, Ordering::Relaxed), std::process::id())
}

/// Stays until it is killed; `trap` says which signals it does not mind.
fn lingering(trap: &str, mark: &str) -> Reply {
    let line = format!("{trap} while :; do sleep {mark} & wait $!; done");
    Reply::new().call("exec_command", json!({"cmd": line, "login": false, "yield_time_ms": 60000}))
}

fn server(trap: &str, mark: &str) -> ModelServer {
    Scenario::new().reply(lingering(trap, mark)).reply(Reply::new().say("went on")).start()
}

fn running(command: &mut Command, mark: &str) -> Child {
    let child = command.spawn().unwrap();
    eventually("the command runs", || (!running_with(mark).is_empty()).then_some(()));
    child
}

fn is_gone(mark: &str) {
    eventually("the command is gone", || running_with(mark).is_empty().then_some(()));
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_signal_ends_the_run_its_commands_and_the_turn_in_the_file() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        for json in [true, false] {
            let mark = mark();
            let server = server("", &mark);
            let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
            let args = if json { &["exec", "--json", "-s", "workspace-write", "go"][..] } else { &["exec", "-s", "workspace-write", "go"] };
            let child = running(&mut attentive(&home, &workspace, args), &mark);
            send(&child, signal);
            let run = ended(child);
            run.assert_code(code);
            is_gone(&mark);
            assert!(!run.stdout.contains("turn.completed") && !run.stdout.contains("turn.failed"), "{}", run.stdout);
            assert_eq!(run.stderr.contains("turn interrupted\n"), !json, "{}", run.stderr);
            let session = home.last_session();
            assert_eq!(session.last().unwrap()["payload"]["type"], "turn_aborted");
            let outputs = session.iter().filter(|line| line["payload"]["type"] == "function_call_output").count();
            assert_eq!(outputs, 1, "every call has its output");
            assert_eq!(server.requests().len(), 1);
        }
    }
}

#[test]
fn a_second_signal_does_not_wait_for_commands_that_will_not_go() {
    let mark = mark();
    let server = server("trap '' INT TERM HUP;", &mark);
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let child = running(&mut attentive(&home, &workspace, &["exec", "-s", "workspace-write", "go"]), &mark);
    send(&child, Signal::INT);
    send(&child, Signal::TERM);
    let run = ended(child);
    assert!(matches!(run.code, Some(130 | 143)), "{:?}", run.code);
    is_gone(&mark);
}

#[test]
fn a_signal_while_the_model_thinks_ends_the_run() {
    let server = Scenario::new().reply(Reply::new().hold().say("late")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let child = attentive(&home, &workspace, &["exec", "--json", "go"]).spawn().unwrap();
    server.wait_for_requests(1);
    send(&child, Signal::INT);
    ended(child).assert_code(130);
    assert_eq!(home.last_session().last().unwrap()["payload"]["type"], "turn_aborted");
}

#[test]
fn a_signal_that_was_ignored_from_the_start_stays_ignored() {
    let server = Scenario::new().reply(Reply::new().hold().say("done")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let line = format!("trap '' INT; exec {} exec go", binary().display());
    let child = bare("/bin/sh", workspace.path()).envs(home.env()).args(["-c", &line]).spawn().unwrap();
    server.wait_for_requests(1);
    send(&child, Signal::INT);
    server.release();
    let run = ended(child);
    run.assert_code(0);
    assert_eq!(run.stdout, "done\n");
}

#[test]
fn a_reader_of_events_that_goes_away_ends_the_run_without_a_word() {
    let server = Scenario::new()
        .reply(Reply::new().hold().say("one").call("exec_command", json!({"cmd": "echo x > made", "login": false})))
        .reply(Reply::new().hold().say("two"))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let mut child = attentive(&home, &workspace, &["exec", "--json", "-s", "workspace-write", "go"]).spawn().unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    assert!(first.contains("thread.started"));
    server.wait_for_requests(1);
    drop(stdout);
    server.release();
    let mut told = String::new();
    let mut stderr = child.stderr.take().unwrap();
    let status = eventually("the program ends", || child.try_wait().unwrap());
    stderr.read_to_string(&mut told).unwrap();
    assert_eq!((status.code(), told.as_str()), (Some(141), ""));
}

#[test]
fn a_reader_of_the_message_that_goes_away_changes_nothing() {
    let server = Scenario::new().reply(Reply::new().hold().say("done")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let mut child = attentive(&home, &workspace, &["exec", "go"]).spawn().unwrap();
    server.wait_for_requests(1);
    drop(child.stdout.take());
    server.release();
    let run = ended(child);
    run.assert_code(0);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

#[test]
fn a_reader_that_reads_nothing_does_not_keep_the_run_from_ending() {
    let mark = mark();
    let line = "head -c 500000 /dev/zero | tr '\\0' x";
    let server = Scenario::new()
        .reply(Reply::new().call("exec_command", json!({"cmd": line, "login": false, "yield_time_ms": 20000})))
        .reply(lingering("", &mark))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let mut child = running(&mut attentive(&home, &workspace, &["exec", "--json", "-s", "workspace-write", "go"]), &mark);
    send(&child, Signal::TERM);
    // Its output is not read before it has ended, and does not fit into a pipe.
    let status = eventually("the program ends", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(143));
    is_gone(&mark);
    assert_eq!(home.last_session().last().unwrap()["payload"]["type"], "turn_aborted");
}
