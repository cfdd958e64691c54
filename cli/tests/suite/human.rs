//! The log on standard error and the message on standard output.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::process::{Run, codex, eventually};

const EVIL: &str = "\u{1b}[31mred\u{1b}]0;title\u{7} \u{202e}end";

#[test]
fn the_log_goes_to_stderr_and_the_message_to_stdout() {
    if crate::process::without_namespaces("a command makes a file at the top of its folder") {
        return;
    }
    let server = Scenario::new()
        .reply(Reply::new().reasoning("**Looking**").call("shell", json!({"command": ["sh", "-c", "printf 'a\\033[2Jb\\n'"]})))
        .reply(Reply::new().say(EVIL))
        .start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "-o", "last.txt", "do it"]));
    run.assert_code(0);
    // A pipe gets the message as it is, a log never does.
    assert_eq!(run.stdout, format!("{EVIL}\n"));
    assert_eq!(workspace.read("last.txt").as_deref(), Some(EVIL));
    let log: Vec<&str> = run.stderr.lines().collect();
    let folder = workspace.path().display();
    assert_eq!(
        &log[1..8],
        &[
            "--------",
            &format!("workdir: {folder}"),
            "model: gpt-5.1-codex",
            "provider: mock",
            "approval: never",
            "sandbox: read-only",
            "reasoning effort: none"
        ]
    );
    let start = log.iter().position(|line| *line == "user").unwrap();
    let ended = log[start + 5];
    assert!(ended.starts_with(" succeeded in ") && ended.ends_with("ms:"), "{ended}");
    let mut rest = log[start..].to_vec();
    rest[5] = " succeeded in [time]:";
    assert_eq!(
        rest,
        [
            "user",
            "do it",
            "**Looking**",
            "exec",
            &format!("sh -c \"printf 'a\\\\033[2Jb\\\\n'\" in {folder}"),
            " succeeded in [time]:",
            "ab",
            "",
            "codex",
            "red <U+202E>end",
            "tokens used",
            "220"
        ]
    );
}

#[test]
fn on_one_screen_the_message_is_shown_once_and_without_sequences() {
    let server = Scenario::new().reply(Reply::new().say(EVIL)).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let master = rustix::pty::openpt(rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY).unwrap();
    rustix::pty::grantpt(&master).unwrap();
    rustix::pty::unlockpt(&master).unwrap();
    let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
    let screen = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut command = codex(&home, &workspace, &["exec", "--color", "never", "do it"]);
    command.stdout(screen.try_clone().unwrap()).stderr(screen);
    let mut child = command.spawn().unwrap();
    // The command holds the screen too; without this the reader never sees its end.
    drop(command);
    let shown = read_screen(master);
    assert_eq!(eventually("the program ends", || child.try_wait().unwrap()).code(), Some(0));
    assert_eq!(shown.matches("red <U+202E>end").count(), 1, "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

/// Everything on the screen until the last program has left it.
fn read_screen(master: OwnedFd) -> String {
    let mut bytes = Vec::new();
    // The end of a terminal is an error to its reader.
    let _ = File::from(master).read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_turn_without_a_message_leaves_an_empty_file_and_says_so() {
    let server = Scenario::new().reply(Reply::status(400)).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "-o", "last.txt", "go"]));
    run.assert_code(1);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.ends_with("Warning: no last agent message; wrote empty content to last.txt\n"), "{}", run.stderr);
    assert_eq!(workspace.read("last.txt").as_deref(), Some(""));
}

#[test]
fn a_message_file_that_cannot_be_written_does_not_fail_the_run() {
    let server = Scenario::new().reply(Reply::new().say("ok")).start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let run = Run::of(&mut codex(&home, &workspace, &["exec", "-o", "sub/last.txt", "go"]));
    run.assert_code(0);
    assert!(
        run.stderr.ends_with("Failed to write last message file \"sub/last.txt\": No such file or directory (os error 2)\n"),
        "{}",
        run.stderr
    );
    assert_eq!(run.stdout, "ok\n");
}

#[test]
fn colour_is_a_choice() {
    for (flag, coloured) in [("always", true), ("never", false), ("auto", false)] {
        let server = Scenario::new().reply(Reply::new().say("ok")).start();
        let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
        let run = Run::of(&mut codex(&home, &workspace, &["exec", "--color", flag, "go"]));
        assert_eq!(run.stderr.contains("\u{1b}[35m\u{1b}[3mcodex\u{1b}[0m\nok\n"), coloured, "{}", run.stderr);
    }
}
