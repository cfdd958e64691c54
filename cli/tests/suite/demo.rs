//! `codex demo`: it keeps its word, and notices when it cannot.

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::process::{Run, codex};

const RECORDING: &str = include_str!("../../src/cmd/demo/recording.jsonl");

fn demo(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    let all: Vec<&str> = ["demo"].iter().chain(args).copied().collect();
    Run::of(codex(home, workspace, &all).env("TMPDIR", workspace.path()))
}

#[test]
fn the_demo_mends_the_example_and_says_how() {
    // A configuration that would stop any real run: the demo must not read it.
    let (home, place) = (TestHome::with_raw_config("model = 5\n"), TestWorkspace::new());
    let run = demo(&home, &place, &[]);
    run.assert_code(0);
    let stdout = &run.stdout;
    let order = [
        "The model is a recording",
        "(exit code 1)",
        "command  ",
        "patch    ",
        "(exit code 0)",
        "passes now",
        "saved in",
        "OPENAI_API_KEY=",
        "--oss",
    ];
    let mut from = 0;
    for part in order {
        let at = stdout[from..].find(part).unwrap_or_else(|| panic!("`{part}` is missing in: {stdout}"));
        from += at + part.len();
    }
    assert_eq!(run.stderr, "");

    let session = home.last_session();
    let path = home.session_files().pop().unwrap();
    assert!(stdout.contains(path.to_str().unwrap()), "{stdout}");
    let text = serde_json::to_string(&session).unwrap();
    assert!(text.contains("*** Update File: sum.sh") && text.contains("sh test.sh") && text.contains("task_complete"));
}

#[test]
fn own_instructions_neither_reach_the_demo_nor_stop_it() {
    let (home, place) = (TestHome::with_raw_config(""), TestWorkspace::new());
    std::fs::write(home.path().join("AGENTS.md"), "Speak Latin.\n").unwrap();
    demo(&home, &place, &[]).assert_code(0);
    assert_eq!(home.session_files().len(), 0, "the session is kept beside the workspace");
}

#[test]
fn a_recording_that_was_changed_makes_the_demo_fail() {
    let changes: [(&str, &str); 3] =
        [("sum=$((sum + number))", "sum=$((sum - number))"), ("sh test.sh", "sh tset.sh"), ("\"call_id\":\"call_", "\"call_id\":\"other_")];
    for (from, to) in &changes[..2] {
        let (home, place) = (TestHome::with_raw_config(""), TestWorkspace::new());
        assert!(RECORDING.contains(from), "the recording has `{from}` in it");
        let changed = place.file("changed.jsonl", RECORDING.replace(from, to));
        let run = demo(&home, &place, &["--recording", changed.to_str().unwrap()]);
        run.assert_code(1);
        assert!(run.stderr.starts_with("Error: "), "{}", run.stderr);
        assert!(!run.stdout.contains("passes now"), "{}", run.stdout);
    }
    let (home, place) = (TestHome::with_raw_config(""), TestWorkspace::new());
    let lines: Vec<&str> = RECORDING.lines().collect();
    let short = place.file("short.jsonl", lines[..lines.len() - 2].join("\n"));
    demo(&home, &place, &["--recording", short.to_str().unwrap()]).assert_code(1);
}

/// What is built in is what this script gives. After a change of the example or of what is said to the model it is made anew:
/// `CODEX_REWRITE_RECORDING=1 cargo test -p codex-cli --test suite the_recording_is_that_of_this_script`
#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the test says whether to write")]
fn the_recording_is_that_of_this_script() {
    let command = |line: &str| json!({"cmd": line, "login": false});
    let patch = "*** Begin Patch\n*** Update File: sum.sh\n@@ for number in \"$@\"; do\n-    sum=$number\n+    sum=$((sum + number))\n done\n*** End Patch";
    let server = Scenario::new()
        .reply(Reply::new().say("I run the test first, to see it fail.").call_with_id("call_1", "exec_command", command("sh test.sh")))
        .reply(Reply::new().say("Every sum is its last number. I look at the program.").call_with_id(
            "call_2",
            "exec_command",
            command("cat sum.sh"),
        ))
        .reply(Reply::new().say("The loop overwrites the sum where it should add to it.").custom("apply_patch", patch))
        .reply(Reply::new().call_with_id("call_4", "exec_command", command("sh test.sh")))
        .reply(Reply::new().say("Mended: `sum.sh` replaced the sum by each number in turn; now it adds them up. The test passes."))
        .start();
    let (home, place) = (TestHome::with_raw_config(""), TestWorkspace::new());
    let path = place.path().join("new.jsonl");
    let run = demo(&home, &place, &["--recording", path.to_str().unwrap(), "--live", &server.base_url()]);
    run.assert_code(0);
    let lines = place.read("new.jsonl").unwrap();
    let kept: Vec<String> = lines.lines().map(without_prose).collect();
    if std::env::var_os("CODEX_REWRITE_RECORDING").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/cmd/demo/recording.jsonl"), kept.join("\n") + "\n").unwrap();
    } else {
        assert_eq!(kept, RECORDING.lines().collect::<Vec<_>>());
    }
}

/// What the program says to every model is not the demo's matter: better prompts must not break it.
fn without_prose(line: &str) -> String {
    let mut exchange: Value = serde_json::from_str(line).unwrap();
    if let Some(request) = exchange.get_mut("request").and_then(Value::as_object_mut) {
        for key in ["instructions", "tools"] {
            request.remove(key);
        }
    }
    exchange.to_string()
}
