//! Whole command lines by both programs: the same exit code and the same effect.
//!
//! An effect is what is left behind and what was asked of a model: the settings, the credentials, files of the workspace,
//! the number of requests and the words of the last one. What is printed is compared where programs read it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};

use crate::from_environment;
use crate::normalise::Names;
use crate::run::{Folders, command, finished};
use crate::turn;

/// One command line.
struct Line {
    words: &'static [&'static str],
    input: &'static str,
    /// Whether standard output is for programs.
    printed: bool,
    /// The row of `docs/compatibility.md` that tells of the difference; empty where there is none.
    differs: &'static str,
}

const fn line(words: &'static [&'static str]) -> Line {
    Line { words, input: "", printed: false, differs: "" }
}

const fn given(input: &'static str, words: &'static [&'static str]) -> Line {
    Line { words, input, printed: false, differs: "" }
}

const fn printed(words: &'static [&'static str]) -> Line {
    Line { words, input: "", printed: true, differs: "" }
}

const fn differs(differs: &'static str, words: &'static [&'static str]) -> Line {
    Line { words, input: "", printed: false, differs }
}

const LINES: &[Line] = &[
    line(&["--version"]),
    line(&["-V"]),
    line(&["--help"]),
    line(&["help"]),
    line(&["help", "exec"]),
    line(&["exec", "--help"]),
    line(&["exec", "resume", "-h"]),
    line(&["review", "--help"]),
    line(&["completion"]),
    line(&["completion", "zsh"]),
    line(&["completion", "fish"]),
    line(&["completion", "elvish"]),
    line(&["completion", "powershell"]),
    line(&["completion", "tcsh"]),
    line(&[]),
    line(&["--nope"]),
    line(&["a prompt of several words"]),
    differs("typos", &["exce"]),
    line(&["resume", "--last"]),
    line(&["fork", "--last"]),
    line(&["-a", "sometimes", "exec", "go"]),
    line(&["exec", "--nope"]),
    line(&["exec", "go"]),
    line(&["e", "go"]),
    line(&["-m", "o3", "exec", "go"]),
    line(&["exec", "-m", "o3", "go"]),
    line(&["-c", "model=o3", "exec", "go"]),
    line(&["-c", "model=a", "exec", "-c", "model=\"b\"", "go"]),
    line(&["exec", "-c", "nokey", "go"]),
    line(&["--enable", "undo", "exec", "go"]),
    line(&["--enable", "nope", "exec", "go"]),
    line(&["-a", "on-request", "exec", "go"]),
    line(&["exec", "-a", "never", "go"]),
    line(&["--yolo", "exec", "go"]),
    line(&["exec", "--full-auto", "--yolo", "go"]),
    line(&["exec", "-p", "nope", "go"]),
    line(&["exec", "--color", "sometimes", "go"]),
    line(&["exec", "-o", "last.txt", "go"]),
    line(&["exec", "--output-schema", "schema.json", "go"]),
    line(&["exec", "--output-schema", "none.json", "go"]),
    line(&["exec", "-C", "sub", "go"]),
    line(&["exec", "-C", "none", "go"]),
    line(&["exec", "--ephemeral", "--json", "go"]),
    line(&["exec", "resume", "--last", "go"]),
    line(&["exec", "resume", "01a1fb44-3968-7ef3-b54b-de943b8674a4", "go"]),
    line(&["exec", "resume", "-C", "/", "--last", "go"]),
    given("the task\n", &["exec"]),
    given("the task\n", &["exec", "-"]),
    given(" \n", &["exec", "-"]),
    line(&["review"]),
    line(&["review", "--uncommitted", "--base", "main"]),
    line(&["review", "--title", "T"]),
    line(&["exec", "review", "--json", "--commit", "abc", "--uncommitted"]),
    line(&["features", "list"]),
    line(&["features", "enable", "undo"]),
    line(&["features", "disable", "shell_tool"]),
    line(&["features", "enable", "nope"]),
    printed(&["mcp", "list"]),
    printed(&["mcp", "list", "--json"]),
    printed(&["mcp", "add", "one", "--env", "A=1", "--", "npx", "-y", "pkg"]),
    printed(&["mcp", "add", "web", "--url", "https://example.com/mcp", "--bearer-token-env-var", "WEB_TOKEN"]),
    line(&["mcp", "add", "bad name", "--", "x"]),
    line(&["mcp", "get", "nope"]),
    printed(&["mcp", "remove", "nope"]),
    printed(&["execpolicy", "check", "--rules", "some.rules", "git", "status"]),
    line(&["execpolicy", "check", "--rules", "none.rules", "git", "status"]),
    line(&["sandbox", "linux", "--", "sh", "-c", "exit 3"]),
    line(&["apply"]),
    line(&["debug"]),
];

/// What one program does with a line.
fn observe(program: &Path, line: &Line) -> Vec<String> {
    let server = Scenario::new().reply(Reply::new().say("done")).repeat_last().start();
    let home = TestHome::for_base_url(&server.base_url(), "", "request_max_retries = 0\nstream_max_retries = 0\n");
    let (workspace, scratch) = (TestWorkspace::git(), TestWorkspace::new());
    workspace.file("sub/file.txt", "one\n");
    workspace.file("schema.json", r#"{"type":"object"}"#);
    workspace.file("some.rules", "prefix_rule(pattern=[\"git\", \"status\"], decision=\"allow\")\n");
    let names = Names::new(home.path(), workspace.path(), &server.base_url());
    let _turn = turn::of(program);
    let mut command = command(program, &Folders { home: &home, workspace: &workspace, scratch: scratch.path() });
    let mut child = command.args(line.words).stdin(Stdio::piped()).spawn().expect("the program can be started");
    let mut input = child.stdin.take().expect("a pipe");
    // A program that reads nothing has closed it by now.
    let _ = input.write_all(line.input.as_bytes());
    drop(input);
    let output = finished(child, &line.words.join(" "));
    let mut seen = vec![format!("exit {:?}", output.status.code())];
    if line.printed {
        seen.extend(String::from_utf8_lossy(&output.stdout).lines().map(|text| format!("stdout {}", names.text(text.trim_end()))));
    }
    for name in ["config.toml", "auth.json"] {
        let text = std::fs::read_to_string(home.path().join(name)).ok();
        seen.push(format!("{name} {:?}", text.map(|text| names.text(&text))));
    }
    seen.push(format!("last.txt {:?}", workspace.read("last.txt")));
    seen.push(format!("sessions {}", home.session_files().len()));
    let requests: Vec<_> = server.requests().into_iter().filter(|request| request.path.ends_with("/responses")).collect();
    seen.push(format!("requests {}", requests.len()));
    if let Some(last) = requests.last() {
        seen.push(format!("model {} text {}", last.body["model"], last.body["text"]));
        seen.push(format!("said {:?}", last.texts_of("user").last()));
    }
    seen
}

#[test]
fn command_lines_end_alike_and_leave_the_same_behind() {
    let Some(reference) = from_environment("CODEX_REFERENCE_BIN").map(PathBuf::from) else {
        println!("skipped: CODEX_REFERENCE_BIN names no reference binary to compare with (.ci/run installs one)");
        return;
    };
    let mut reports = Vec::new();
    for line in LINES {
        let ours = observe(Path::new(env!("CARGO_BIN_EXE_codex")), line);
        let theirs = observe(&reference, line);
        if (ours == theirs) != line.differs.is_empty() {
            let only = |these: &[String], those: &[String]| these.iter().filter(|seen| !those.contains(seen)).cloned().collect::<Vec<_>>();
            reports.push(format!("{:?}\n  theirs: {:?}\n  ours:   {:?}", line.words, only(&theirs, &ours), only(&ours, &theirs)));
        }
    }
    assert!(reports.is_empty(), "differences that nobody expected, or none where one is listed:\n\n{}", reports.join("\n"));
}

#[test]
fn there_are_enough_of_them_and_each_difference_is_documented() {
    assert!(LINES.len() >= 40, "{}", LINES.len());
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md")).unwrap();
    for line in LINES.iter().filter(|line| !line.differs.is_empty()) {
        assert!(document.contains(&format!("| {} |", line.differs)), "docs/compatibility.md has no row `{}`", line.differs);
    }
}
