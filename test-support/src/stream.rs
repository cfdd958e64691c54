//! Turns the steps of a reply into the events that a Responses server sends for them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::reply::{Reply, Step};

/// What the server does next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    Send(Vec<u8>),
    Wait(Duration),
    Hold,
    Cut,
}

/// The acts for the `index`-th reply of a script.
pub(crate) fn acts(reply: &Reply, steps: &[Step], index: usize) -> Vec<Act> {
    let id = format!("resp_{index}");
    let mut acts = Vec::new();
    let mut output = Vec::new();
    let mut usage = json!({"input_tokens": 100, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 110});
    if !reply.bare {
        acts.push(event(&json!({"type": "response.created", "response": {"id": id, "status": "in_progress"}})));
    }
    for (at, step) in steps.iter().enumerate() {
        let place = Place { reply: index, step: at + 1 };
        match step {
            Step::Delay(time) => acts.push(Act::Wait(*time)),
            Step::Hold => acts.push(Act::Hold),
            Step::Event(value) => acts.push(event(value)),
            Step::Bytes(bytes) => acts.push(Act::Send(bytes.clone())),
            Step::Usage(keys) => merge_usage(&mut usage, keys),
            Step::Cut => {
                acts.push(Act::Cut);
                return acts;
            }
            Step::Failed(error) => {
                acts.push(event(&json!({"type": "response.failed", "response": {"id": id, "status": "failed", "error": error}})));
                return acts;
            }
            Step::Incomplete(reason) => {
                acts.push(event(&json!({"type": "response.incomplete", "response": {"id": id, "status": "incomplete",
                    "incomplete_details": {"reason": reason}, "usage": usage}})));
                return acts;
            }
            item => {
                let (events, done) = item_events(item, &place);
                acts.extend(events.iter().map(event));
                output.push(done);
            }
        }
    }
    if !reply.bare {
        acts.push(event(
            &json!({"type": "response.completed", "response": {"id": id, "status": "completed", "output": output, "usage": usage}}),
        ));
    }
    acts
}

fn event(value: &Value) -> Act {
    let name = value["type"].as_str().map(|name| format!("event: {name}\n")).unwrap_or_default();
    Act::Send(format!("{name}data: {value}\n\n").into_bytes())
}

fn merge_usage(usage: &mut Value, keys: &Value) {
    match keys.as_object() {
        Some(keys) => {
            for (key, value) in keys {
                usage[key] = value.clone();
            }
        }
        None => *usage = keys.clone(),
    }
}

/// Where an item stands in the script; its ids are made of it.
struct Place {
    reply: usize,
    step: usize,
}

impl Place {
    fn id(&self, prefix: &str) -> String {
        format!("{prefix}_{}_{}", self.reply, self.step)
    }
}

fn item_events(step: &Step, place: &Place) -> (Vec<Value>, Value) {
    match step {
        Step::Say { text, pieces } => message_events(text, *pieces, place),
        Step::Reasoning { text, encrypted } => reasoning_events(text, encrypted.as_deref(), place),
        Step::Call { name, arguments, id } => {
            let call_id = id.clone().unwrap_or_else(|| place.id("call"));
            let done = json!({"type": "function_call", "id": place.id("fc"), "call_id": call_id, "name": name,
                "arguments": arguments, "status": "completed"});
            call_events(done, "arguments", place)
        }
        Step::Custom { name, input, id } => {
            let call_id = id.clone().unwrap_or_else(|| place.id("call"));
            let done = json!({"type": "custom_tool_call", "id": place.id("ctc"), "call_id": call_id, "name": name,
                "input": input, "status": "completed"});
            call_events(done, "input", place)
        }
        Step::LocalShell { command } => {
            let done = json!({"type": "local_shell_call", "id": place.id("ls"), "call_id": place.id("call"), "status": "completed",
                "action": {"type": "exec", "command": command, "env": {}}});
            (vec![item_done(&done, place)], done)
        }
        Step::Event(_)
        | Step::Bytes(_)
        | Step::Usage(_)
        | Step::Delay(_)
        | Step::Hold
        | Step::Cut
        | Step::Failed(_)
        | Step::Incomplete(_) => unreachable!("handled by the caller"),
    }
}

fn item_added(item: &Value, place: &Place) -> Value {
    json!({"type": "response.output_item.added", "output_index": place.step, "item": item})
}

fn item_done(item: &Value, place: &Place) -> Value {
    json!({"type": "response.output_item.done", "output_index": place.step, "item": item})
}

fn call_events(done: Value, payload: &str, place: &Place) -> (Vec<Value>, Value) {
    let mut begun = done.clone();
    begun[payload] = json!("");
    begun["status"] = json!("in_progress");
    (vec![item_added(&begun, place), item_done(&done, place)], done)
}

fn message_events(text: &str, pieces: usize, place: &Place) -> (Vec<Value>, Value) {
    let id = place.id("msg");
    let begun = json!({"type": "message", "role": "assistant", "id": id, "content": [], "status": "in_progress"});
    let mut events = vec![item_added(&begun, place)];
    let letters: Vec<char> = text.chars().collect();
    for piece in letters.chunks(letters.len().div_ceil(pieces.max(1)).max(1)) {
        let delta: String = piece.iter().collect();
        events.push(json!({"type": "response.output_text.delta", "item_id": id, "output_index": place.step,
            "content_index": 0, "delta": delta}));
    }
    let done = json!({"type": "message", "role": "assistant", "id": id, "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}]});
    events.push(item_done(&done, place));
    (events, done)
}

fn reasoning_events(text: &str, encrypted: Option<&str>, place: &Place) -> (Vec<Value>, Value) {
    let id = place.id("rs");
    let begun = json!({"type": "reasoning", "id": id, "summary": []});
    let done = json!({"type": "reasoning", "id": id, "summary": [{"type": "summary_text", "text": text}], "encrypted_content": encrypted});
    let events = vec![
        item_added(&begun, place),
        json!({"type": "response.reasoning_summary_part.added", "item_id": id, "summary_index": 0,
            "part": {"type": "summary_text", "text": ""}}),
        json!({"type": "response.reasoning_summary_text.delta", "item_id": id, "summary_index": 0, "delta": text}),
        item_done(&done, place),
    ];
    (events, done)
}
