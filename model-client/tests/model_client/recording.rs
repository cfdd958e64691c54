//! Recording a run and playing it back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use codex_model_client::{
    ErrorKind, ModelClient, Prompt, Recording, RecordingClient, ReplayClient, ReplayMode, ResponseEvent, Surroundings,
};
use codex_protocol::ResponseItem;
use codex_protocol::response_item::ToolOutputBody;
use codex_test_support::{Reply, Scenario, TestWorkspace};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::harness::{ask, client, items, prompt, text};

fn around(cwd: &str) -> Surroundings {
    Surroundings { cwd: cwd.into(), codex_home: "/home/u/.codex".into(), temp_dir: None, secrets: vec!["top-secret-key".into()] }
}

/// Two requests, as a turn with one tool call makes them in `cwd`.
struct Turn {
    first: Prompt,
    cwd: String,
}

impl Turn {
    fn new(cwd: &str) -> Self {
        let mut first = prompt();
        first.cache_key = codex_protocol::ThreadId::generate().to_string();
        let environment =
            format!("<environment_context>\n  <cwd>{cwd}</cwd>\n  <current_date>2026-11-20</current_date>\n</environment_context>");
        first.input = vec![ResponseItem::user_text(environment), ResponseItem::user_text("go")];
        Self { first, cwd: cwd.to_owned() }
    }

    async fn run(&self, client: &dyn ModelClient, session: u32) -> Result<(Vec<ResponseItem>, String), codex_model_client::ModelError> {
        let first = ask(client, &self.first).await?;
        let calls = items(&first);
        let mut second = self.first.clone();
        second.input.extend(calls.clone());
        let call_id = calls.iter().find_map(ResponseItem::call_id).unwrap().to_owned();
        let output = format!(
            "Chunk ID: {session:06x}\nWall time: 0.{session} seconds\nProcess running with session ID {session}\nOutput:\n{}/a.txt top-secret-key\n",
            self.cwd
        );
        second.input.push(ResponseItem::FunctionCallOutput { call_id, output: ToolOutputBody::Text(output) });
        let events = ask(client, &second).await?;
        let mut done = calls;
        done.extend(items(&events));
        Ok((done, text(&events)))
    }
}

fn script() -> Scenario {
    Scenario::new()
        .reply(Reply::new().reasoning("hm").call("exec_command", json!({"cmd": "cat /proj/old/a.txt"})))
        .reply(Reply::new().say("read /proj/old/a.txt of it").call("write_stdin", json!({"session_id": 111, "chars": ""})))
}

async fn record(file: &Path) -> (Vec<ResponseItem>, String) {
    let server = script().start();
    let recorder = RecordingClient::create(file, client(&server.base_url()).into(), &around("/proj/old")).unwrap();
    Turn::new("/proj/old").run(&recorder, 111).await.unwrap()
}

#[tokio::test]
async fn a_recording_answers_another_run_elsewhere_and_later_the_same_way() {
    let folder = TestWorkspace::new();
    let file = folder.path().join("run.jsonl");
    let (live, _) = record(&file).await;
    assert_eq!(live.len(), 4);
    let replay = ReplayClient::new(Recording::read(&file).unwrap(), &around("/elsewhere"), ReplayMode::Strict);
    let (items, said) = Turn::new("/elsewhere").run(&replay, 999).await.unwrap();
    assert_eq!(said, "read /elsewhere/a.txt of it");
    let arguments: Vec<Value> = items
        .iter()
        .filter_map(
            |item| if let ResponseItem::FunctionCall { arguments, .. } = item { serde_json::from_str(arguments).ok() } else { None },
        )
        .collect();
    assert_eq!(arguments, [json!({"cmd": "cat /elsewhere/a.txt"}), json!({"session_id": 999, "chars": ""})]);
    assert_eq!(replay.remaining(), 0);
}

#[tokio::test]
async fn a_recording_is_private_whole_lines_and_holds_no_secret() {
    let folder = TestWorkspace::new();
    let file = folder.path().join("run.jsonl");
    record(&file).await;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(text.ends_with('\n'));
    assert_eq!(lines[0], json!({"format": "codex-recording", "version": 1}));
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["request"]["model"], "some-model");
    assert_eq!(lines[1]["request"]["prompt_cache_key"], "[uuid-1]");
    assert_eq!((lines[2]["kept"].clone(), lines[2]["request"]["input"].as_array().unwrap().len()), (json!(2), 3));
    for absent in ["top-secret-key", "Bearer", "authorization", "ENC", "/proj/old", "be good", "2026-11-20"] {
        assert!(!text.contains(absent), "{absent} is in {text}");
    }
}

#[tokio::test]
async fn the_first_difference_is_named_and_a_lenient_replay_goes_on() {
    let folder = TestWorkspace::new();
    let file = folder.path().join("run.jsonl");
    record(&file).await;
    let mut turn = Turn::new("/elsewhere");
    turn.first.input[1] = ResponseItem::user_text("go on");
    let strict = ReplayClient::new(Recording::read(&file).unwrap(), &around("/elsewhere"), ReplayMode::Strict);
    let error = turn.run(&strict, 5).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Replay);
    assert_eq!(error.message, r#"request 1 is not the recorded one: `input[1].content[0].text`: recorded "go", now "go on""#);
    let lenient = ReplayClient::new(Recording::read(&file).unwrap(), &around("/elsewhere"), ReplayMode::Lenient);
    assert_eq!(turn.run(&lenient, 5).await.unwrap().1, "read /elsewhere/a.txt of it");
}

#[tokio::test]
async fn changed_instructions_and_a_longer_run_are_named() {
    let folder = TestWorkspace::new();
    let file = folder.path().join("run.jsonl");
    record(&file).await;
    let recording = Recording::read(&file).unwrap();
    assert_eq!(recording.requests(), 2);
    let mut turn = Turn::new("/w");
    turn.first.instructions = "be bad".into();
    let error = turn.run(&ReplayClient::new(recording.clone(), &around("/w"), ReplayMode::Strict), 1).await.unwrap_err();
    assert_eq!(error.message, "request 1 is not the recorded one: the base instructions are not the recorded ones");
    let replay = ReplayClient::new(recording, &around("/w"), ReplayMode::Strict);
    Turn::new("/w").run(&replay, 1).await.unwrap();
    let error = ask(&replay, &prompt()).await.unwrap_err();
    assert_eq!(error.message, "the recording has only 2 requests, and this run makes another");
}

#[tokio::test]
async fn errors_are_recorded_where_they_happened() {
    let folder = TestWorkspace::new();
    let file = folder.path().join("run.jsonl");
    let server = Scenario::new()
        .reply(Reply::status(429).header("retry-after", "2"))
        .reply(Reply::new().say("half").cut())
        .reply(Reply::new().say("whole"))
        .start();
    let recorder = RecordingClient::create(&file, client(&server.base_url()).into(), &around("/w")).unwrap();
    let replay = || async { ReplayClient::new(Recording::read(&file).unwrap(), &around("/w"), ReplayMode::Strict) };
    let mut outcomes = Vec::new();
    for client in [&recorder as &dyn ModelClient] {
        for _ in 0..3 {
            outcomes.push(ask(client, &prompt()).await.map_err(|error| format!("{error:?}")).map(|events| text(&events)));
        }
    }
    let replay = replay().await;
    for outcome in outcomes {
        let again = ask(&replay, &prompt()).await.map_err(|error| format!("{error:?}")).map(|events| text(&events));
        assert_eq!(again, outcome);
    }
}

#[tokio::test]
async fn an_embedded_recording_may_leave_out_what_is_not_to_be_compared() {
    let embedded = concat!(
        "{\"format\":\"codex-recording\",\"version\":1}\n",
        r#"{"n":1,"events":[{"event":"text","item_id":"m","delta":"in {CWD}"},{"event":"completed","response_id":"r"}]}"#,
        "\n",
    );
    let replay = ReplayClient::new(embedded.parse().unwrap(), &around("/demo"), ReplayMode::Strict);
    let events = ask(&replay, &prompt()).await.unwrap();
    assert_eq!(events[0], ResponseEvent::TextDelta { item_id: "m".into(), delta: "in /demo".into() });
}

#[test]
fn what_is_no_recording_is_said_to_be_none() {
    let cases = [
        ("", "this is no recording"),
        ("{\"format\":\"x\",\"version\":1}", "this is no recording"),
        ("{\"format\":\"codex-recording\",\"version\":9}", "the recording has version 9"),
        ("{\"format\":\"codex-recording\",\"version\":1}\n{\"n\":1", "line 2 of the recording cannot be read"),
    ];
    for (text, wanted) in cases {
        let error = text.parse::<Recording>().unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
}

#[tokio::test]
async fn a_recording_that_cannot_be_written_fails_at_once() {
    let server = Scenario::new().start();
    let inner: Arc<dyn ModelClient> = client(&server.base_url()).into();
    let error = RecordingClient::create(Path::new("/proc/none/x"), inner, &around("/w")).err().unwrap();
    assert!(error.to_string().starts_with("cannot write the recording `/proc/none/x`: "), "{error}");
}
