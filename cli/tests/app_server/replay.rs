//! Recorded exchanges: each request of the client is sent again, and the answer has to be the recorded one, but for ids, times,
//! paths and the differences that are listed with their reasons.

use codex_test_support::{Scenario, TestHome, TestWorkspace};
use serde_json::{Value, json};

use crate::session::Session;

/// Answers that differ: the file, the request's id, and why.
const DIFFERENCES: &[(&str, i64, &str)] = &[
    ("handshake-errors", 6, "the version in the user agent is ours"),
    ("handshake-errors", 9, "members that name our version"),
    ("handshake-errors", 10, "members that name our version"),
    ("handshake-errors", 15, "what is wrong with an id is told in the words of a newer library"),
    ("handshake-errors", 903, "params as a list may leave out members that have defaults"),
    ("utility-methods", 1, "the version in the user agent is ours"),
    ("utility-methods", 5, "a program that is not there is told in one clean line"),
    ("utility-methods", 15, "how `yes` complains depends on the machine"),
    ("utility-methods", 25, "the result is as long as the recorded one"),
    ("utility-methods", 57, "the folder of the recording held another file"),
    ("utility-methods", 74, "what is git's own is not searched, and scores are ours"),
    ("utility-methods", 77, "what is git's own is not searched, and scores are ours"),
    ("utility-methods", 80, "the catalogue is ours"),
    ("utility-methods", 81, "the catalogue is ours"),
    ("utility-methods", 82, "the catalogue is ours"),
    ("utility-methods", 85, "the catalogue is ours"),
    ("utility-methods", 86, "members without a value are left out"),
    ("utility-methods", 87, "members without a value are left out"),
    ("utility-methods", 88, "members without a value are left out"),
    ("utility-methods", 90, "members without a value are left out"),
    ("utility-methods", 92, "the file is another one than the recorded, and so is its version"),
    ("utility-methods", 107, "a part of a key in double quotes may hold dots"),
];

/// Requests that change as the recording's machine does, and are not sent.
const LEFT_OUT: &[(&str, &[i64])] = &[
    // The commands that stream are tested on their own.
    ("utility-methods", &[26, 27, 28, 29, 30, 31, 32, 33, 36, 37, 38, 39, 40, 41, 42, 43]),
];

struct Replay {
    file: &'static str,
    session: Session,
    home: TestHome,
    workspace: TestWorkspace,
    outside: TestWorkspace,
    ids: Vec<(String, Value)>,
    faults: Vec<String>,
}

impl Replay {
    fn start(file: &'static str) -> Self {
        let server = Scenario::new().start();
        let home = TestHome::new(&server);
        let workspace = TestWorkspace::git();
        workspace.file("README.md", "hi\n");
        workspace.file("src/main.rs", "");
        workspace.file(".hidden", "");
        let outside = TestWorkspace::new();
        std::fs::create_dir(outside.path().join("work")).unwrap();
        let session = Session::bare(&home, &workspace);
        Self { file, session, home, workspace, outside, ids: Vec::new(), faults: Vec::new() }
    }

    /// Placeholders of a recording as they are here.
    fn here(&self, text: &str) -> String {
        let path = |path: &std::path::Path| path.display().to_string();
        let mut text = text
            .replace("<cwd>", &path(self.workspace.path()))
            .replace("<codex-home>", &path(self.home.path()))
            .replace("<outside>", &path(self.outside.path()))
            .replace("<20971520 chars>", &"x".repeat(1 << 20))
            .replace("<thread-id-3>", "01a1fb44-3968-7ef3-b54b-de943b8674a4");
        for (name, id) in &self.ids {
            text = text.replace(name, id.as_str().unwrap_or_default());
        }
        text
    }

    fn exchange(&mut self, sent: &Value, recorded: Option<&Value>) {
        let text = self.here(&sent.to_string());
        self.session.send_raw(format!("{text}\n").as_bytes());
        let Some(recorded) = recorded else { return };
        let id = sent["id"].clone();
        let answer = self.session.answer(&id);
        if let Some(thread) = answer["result"]["thread"]["id"].as_str() {
            self.ids.push((format!("<thread-id-{}>", self.ids.len() + 1), json!(thread)));
        }
        let listed = DIFFERENCES.iter().any(|(file, number, _)| *file == self.file && json!(number) == id);
        let expected: Value = serde_json::from_str(&self.here(&recorded.to_string())).unwrap();
        let same = alike(&answer, &expected);
        if same == listed && id.is_number() {
            self.faults.push(format!(
                "{id}: {}\n  ours:     {answer}\n  recorded: {expected}",
                if same { "no longer differs" } else { "differs" }
            ));
        }
    }
}

/// Equal but for times, versions of files, and lists of all methods.
fn alike(ours: &Value, recorded: &Value) -> bool {
    match (ours, recorded) {
        (Value::Object(ours), Value::Object(recorded)) => {
            ours.len() == recorded.len()
                && recorded.iter().all(|(key, value)| match key.as_str() {
                    "createdAtMs" | "modifiedAtMs" | "version" | "watchId" => ours.contains_key(key),
                    _ => ours.get(key).is_some_and(|own| alike(own, value)),
                })
        }
        (Value::Array(ours), Value::Array(recorded)) => {
            // Folders are listed in the order of the disk.
            ours.len() == recorded.len() && recorded.iter().all(|value| ours.iter().any(|own| alike(own, value)))
        }
        (Value::String(ours), Value::String(recorded)) => match recorded.split_once("<all methods>") {
            Some((start, _)) => ours.starts_with(start),
            None => ours == recorded,
        },
        (ours, recorded) => ours == recorded,
    }
}

fn replay(file: &'static str, recording: &str) {
    let lines: Vec<Value> = recording.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut replay = Replay::start(file);
    let left_out = LEFT_OUT.iter().find(|(name, _)| *name == file).map_or(&[][..], |(_, ids)| *ids);
    for line in lines.iter().filter(|line| line["dir"] == "in") {
        let message = match &line["msg"] {
            Value::String(raw) => match serde_json::from_str::<Value>(raw) {
                Ok(message)
                    if message.get("method").is_some_and(Value::is_string) && message["id"].is_number() | message["id"].is_string() =>
                {
                    message
                }
                _ => {
                    replay.session.send_raw(raw.as_bytes());
                    continue;
                }
            },
            message => message.clone(),
        };
        if left_out.iter().any(|id| message["id"] == json!(id)) {
            continue;
        }
        let answers = |other: &&Value| other["dir"] == "out" && other["msg"]["id"] == message["id"] && other["msg"].get("method").is_none();
        let recorded = lines.iter().find(answers).map(|line| line["msg"].clone());
        let recorded = recorded.filter(|_| message.get("method").is_some() && message.get("id").is_some_and(|id| !id.is_f64()));
        replay.exchange(&message, recorded.as_ref());
    }
    assert!(replay.faults.is_empty(), "{}", replay.faults.join("\n"));
}

#[test]
fn the_handshake_and_its_errors_are_answered_as_recorded() {
    replay("handshake-errors", include_str!("fixtures/handshake-errors.jsonl"));
}

#[test]
fn the_methods_beside_threads_are_answered_as_recorded() {
    replay("utility-methods", include_str!("fixtures/utility-methods.jsonl"));
}
