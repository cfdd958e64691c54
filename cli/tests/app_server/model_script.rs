//! The model of a recording: its script is JSON, a list of answers by the key that the user's message names.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use codex_test_support::{Reply, Request, Scenario};
use serde_json::{Value, json};

/// What a model answers: by the key behind `SCN:` in the last message of the user that has one, one after the other.
pub(crate) fn model(script: &Value, cwd: &Path, outside: &Path) -> Scenario {
    let here = |text: String, name: &str, path: &Path| text.replace(name, &path.display().to_string());
    let text = here(here(script["replies"].to_string(), "<outside>", outside), "<cwd>", cwd);
    let replies: BTreeMap<String, Vec<Value>> = serde_json::from_str(&text).unwrap();
    let used: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let answer = move |request: &Request| {
        let texts = request.texts_of("user");
        let key = texts.iter().rev().find_map(|text| {
            let (_, behind) = text.split_once("SCN:")?;
            Some(behind.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default().to_owned())
        });
        let key = key.unwrap_or_else(|| "default".to_owned());
        let mut used = used.lock().unwrap();
        let count = used.entry(key.clone()).or_default();
        *count += 1;
        match replies.get(&key) {
            Some(list) => list.get(*count - 1).map_or_else(exhausted, |steps| reply(steps, request)),
            None => Reply::new().say("default reply"),
        }
    };
    Scenario::new().reply_with(answer).repeat_last()
}

fn exhausted() -> Reply {
    let text = r#"{"error": {"message": "scenario exhausted", "type": "invalid_request_error", "code": "exhausted"}}"#;
    Reply::status(400).body_text("application/json", text)
}

fn reply(steps: &Value, request: &Request) -> Reply {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    steps.as_array().unwrap().iter().fold(Reply::new(), |reply, step| {
        let id = text(&step["id"]);
        if step.get("say").is_some() {
            reply.say(text(&step["say"]))
        } else if step.get("reasoning").is_some() {
            reply.reasoning(text(&step["reasoning"]))
        } else if step.get("call").is_some() {
            let arguments = match &step["args"] {
                Value::String(text) => json!(text),
                other => json!(other.to_string().replace("\"<session>\"", &last_session(request))),
            };
            reply.call_with_id(&id, &text(&step["call"]), arguments)
        } else if step.get("custom").is_some() {
            reply.custom_with_id(&id, &text(&step["custom"]), text(&step["input"]))
        } else if step.get("usage").is_some() {
            reply.usage(step["usage"].clone())
        } else if step.get("raw").is_some() {
            reply.raw(step["raw"].clone())
        } else if step.get("failed").is_some() {
            reply.failed(step["failed"][0].as_str().unwrap(), step["failed"][1].as_str().unwrap())
        } else if step.get("status").is_some() {
            let status = u16::try_from(step["status"].as_u64().unwrap()).unwrap();
            Reply::status(status).body_text("application/json", text(&step["text"]))
        } else if step.get("hold").is_some() {
            reply.hold()
        } else {
            assert!(step.get("cut").is_some(), "no step of a model: {step}");
            reply.cut()
        }
    })
}

/// The number of the last live command that an output names.
fn last_session(request: &Request) -> String {
    let outputs = request.outputs();
    let named = outputs.iter().rev().find_map(|output| {
        let (_, behind) = output.split_once("session ID ")?;
        Some(behind.chars().take_while(char::is_ascii_digit).collect::<String>())
    });
    named.unwrap_or_else(|| "0".to_owned())
}
