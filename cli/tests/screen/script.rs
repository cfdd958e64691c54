//! The replies of a check as replies of the scripted model server.

use std::time::Duration;

use codex_test_support::{ModelServer, Reply, Scenario};
use serde_json::{Value, json};

/// Starts a server with the replies of a check; the usual one says `ok` to everything.
pub(crate) fn serve(scenario: &Value) -> ModelServer {
    let (replies, repeats) = match scenario {
        Value::Null => (vec![json!([{ "message": "ok" }])], true),
        Value::Array(replies) => (replies.clone(), false),
        object => (object["replies"].as_array().unwrap().clone(), object["repeat_last"] == true),
    };
    let scripted = replies.iter().fold(Scenario::new(), |scenario, steps| scenario.reply(reply(steps)));
    if repeats { scripted.repeat_last().start() } else { scripted.start() }
}

fn reply(steps: &Value) -> Reply {
    let mut reply = Reply::new();
    let mut usage = json!({
        "input_tokens": 100, "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens": 10, "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 110,
    });
    for step in steps.as_array().unwrap() {
        let text = |key: &str| step[key].as_str().map(str::to_owned);
        if let Some(seconds) = step["sleep"].as_f64() {
            reply = reply.delay(Duration::from_secs_f64(seconds));
        }
        if step["usage"].is_object() {
            usage = step["usage"].clone();
        }
        if let Some(message) = text("message") {
            let pieces = step["chunks"].as_u64().map_or(1, |pieces| usize::try_from(pieces).unwrap());
            reply = reply.say_in(message, pieces);
        } else if let Some(name) = text("call") {
            reply = reply.call(&name, step["args"].clone());
        } else if let Some(name) = text("custom") {
            reply = reply.custom(&name, text("input").unwrap());
        }
    }
    reply.usage(usage)
}
