//! What `docs/app-server.md` says to type is typed, and the session it shows is held.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use codex_test_support::{Reply, Scenario, TestHome, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::session::{LONG, Running, Session, command, ended};
use crate::snippets::{blocks, document};

/// A block of the document; all are without a language.
fn block(at: usize) -> String {
    let blocks = blocks(&document("app-server.md"));
    assert!(blocks.iter().all(|block| block.language.is_empty()), "a block that nobody tries");
    assert_eq!(blocks.len(), 2);
    blocks.into_iter().nth(at).unwrap().text
}

/// The lines of the first block: what is typed, without what is said of it.
fn command_lines() -> Vec<String> {
    block(0).lines().map(|line| line.split("   ").next().unwrap().trim().to_owned()).collect()
}

#[test]
fn each_way_to_start_a_server_is_as_the_document_says() {
    let server = Scenario::new().start();
    let (home, workspace) = (TestHome::new(&server), TestWorkspace::git());
    let out = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for line in command_lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["codex", "app-server"] => {
                let session = Session::start(&home, &workspace);
                assert_eq!(session.end(), Some(0));
            }
            ["codex", "app-server", "--listen", "ws://127.0.0.1:4500"] => {
                let running = Running::listening(&home, &workspace, &["--listen", "ws://127.0.0.1:0"]);
                assert!(running.address.starts_with("ws://127.0.0.1:"), "{}", running.address);
            }
            ["codex", "app-server", "--listen", "unix://"] => {
                let running = Running::listening(&home, &workspace, &["--listen", "unix://"]);
                let documented = home.path().join("app-server/app-server.sock");
                assert_eq!(running.address, format!("unix://{}", documented.display()));
                let mut bridged = Session::bridged(&running);
                bridged.request("initialize", json!({"clientInfo": {"name": "b", "version": "1"}}));
            }
            // Just tried.
            ["codex", "stdio-to-uds", "SOCKET"] => {}
            ["codex", "app-server", what @ ("generate-json-schema" | "generate-ts"), "-o", "DIR"] => {
                let folder = out.path().join(what);
                let mut generator =
                    command(&home, &workspace, &[what, "-o", folder.to_str().unwrap()]).stdin(Stdio::null()).spawn().unwrap();
                assert_eq!(ended(&mut generator), Some(0));
                assert!(std::fs::read_dir(folder).unwrap().count() > 10, "{what}");
            }
            _ => panic!("a line that nobody tries: {line}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 6);
}

#[test]
fn the_session_of_the_document_can_be_held() {
    let escalated = json!({"cmd": "touch made", "sandbox_permissions": "require_escalated", "justification": "to make it"});
    let server = Scenario::new().reply(Reply::new().say("I look.").call("exec_command", escalated)).reply(Reply::new().say("done")).start();
    let (home, workspace) = (TestHome::with_config(&server, "[features]\nunified_exec = true\n", ""), TestWorkspace::git());
    let mut session = Session::bare(&home, &workspace);
    let shown = block(1);
    // What the document shortens, as it was said.
    let mut known = BTreeMap::from([("/home/me/project".to_owned(), workspace.path().display().to_string())]);
    let put = |line: &str, known: &BTreeMap<String, String>| known.iter().fold(line.to_owned(), |line, (from, to)| line.replace(from, to));
    let mut told = 0;
    for line in shown.lines() {
        if let Some(sent) = line.strip_prefix("-> ") {
            let message: Value = serde_json::from_str(&put(sent, &known)).unwrap_or_else(|error| panic!("{error}: {sent}"));
            session.send(&message);
            continue;
        }
        let Some(line) = line.strip_prefix("<- ") else { panic!("neither sent nor told: {line}") };
        // Several of a line stand two spaces apart; what stands further right is said to the reader.
        for shown in line.split("  ").map(str::trim).filter(|shown| shown.starts_with('{')) {
            let pattern: Value =
                serde_json::from_str(&shown.replace(",...", "").replace("{...}", "{}")).unwrap_or_else(|error| panic!("{error}: {shown}"));
            let same = |message: &Value| {
                pattern.get("id") == message.get("id").filter(|_| pattern.get("id").is_some())
                    && pattern.get("method") == message.get("method")
            };
            let message = session.wait(same);
            for (pointer, name) in [("/result/thread/id", "01a1..."), ("/result/turn/id", "01a2...")] {
                if let Some(id) = message.pointer(pointer) {
                    known.insert(name.to_owned(), id.as_str().unwrap().to_owned());
                }
            }
            let members =
                |value: &Value| value.get("result").or(value.get("params")).and_then(Value::as_object).cloned().unwrap_or_default();
            for (member, value) in members(&pattern) {
                let ours = &members(&message)[&member];
                assert_eq!(std::mem::discriminant(ours), std::mem::discriminant(&value), "{member} of {shown}");
                if let Some(status) = value.get("status") {
                    assert_eq!(ours.get("status"), Some(status), "{shown}");
                }
            }
            told += 1;
        }
    }
    assert_eq!(told, 8);
    assert!(workspace.path().join("made").exists());
    assert!(session.next_message(LONG).is_some(), "more was told than the document shows");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn a_bridge_without_a_server_says_so() {
    let workspace = TestWorkspace::new();
    #[expect(clippy::disallowed_methods, reason = "a test starts the program as an editor would")]
    let run = Command::new(env!("CARGO_BIN_EXE_codex"))
        .args(["stdio-to-uds", "nothing-here.sock"])
        .current_dir(workspace.path())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stderr).contains("nothing-here.sock"));
}
