//! The interactive screen through a real terminal: the checks of `checks.json`, each in a tmux window of its own against a
//! scripted model server.
//!
//! A check names what is set up, what is typed and what has to be seen; its keys are those of the file, see [`check`].
//! Without tmux this prints `skipped`; where `CI` is set it fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod back;
mod check;
mod clipboard;
mod commands;
mod context;
mod elsewhere;
mod hostile;
mod leaving;
mod notifications;
mod pane;
mod prompts;
mod remote;
mod resumed;
mod script;
mod settings;
mod skills;
mod surroundings;
mod tour;
mod update;

use std::sync::Mutex;
use std::thread;

use serde_json::Value;

/// Checks that run at the same time.
const AT_ONCE: usize = 3;

/// Whether there is a tmux to run in; said where there is none, and a fault in CI.
fn in_tmux() -> bool {
    let has_tmux = pane::has_tmux();
    if !has_tmux {
        #[expect(clippy::disallowed_methods, reason = "whether tmux may be missing is a fact of the machine the test runs on")]
        let in_ci = std::env::var_os("CI").is_some();
        assert!(!in_ci, "tmux is missing");
        println!("skipped: there is no tmux");
    }
    has_tmux
}

/// Runs a check where there is a tmux; what fails gets one more try.
fn holds(check: &Value) {
    if in_tmux() {
        check::run(check).or_else(|_| check::run(check)).unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn the_checks_of_the_screen_pass() {
    let checks: Vec<Value> = serde_json::from_str(include_str!("checks.json")).unwrap();
    assert_eq!(checks.len(), 36);
    if !in_tmux() {
        return;
    }
    let waiting = Mutex::new(checks.iter());
    let failed: Mutex<Vec<String>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(check) = waiting.lock().unwrap().next() else { return };
                    // A loaded machine is slow, not wrong: what fails gets one more try.
                    if let Err(why) = check::run(check).or_else(|_| check::run(check)) {
                        failed.lock().unwrap().push(format!("{}: {why}", check["id"]));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
