//! What messages of a recording are, and which of them say the same.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Notifications that are compared for their values alone.
const BESIDE: [&str; 3] = ["thread/tokenUsage/updated", "account/rateLimits/updated", "turn/diff/updated"];

/// Learns ids from two answers to the same request.
pub(crate) fn learn(recorded: &Value, own: &Value, ids: &mut BTreeMap<String, String>) {
    match (recorded, own) {
        (Value::Object(theirs), Value::Object(ours)) => {
            if let (Some(Value::String(cursor)), Some(Value::String(own))) = (theirs.get("nextCursor"), ours.get("nextCursor")) {
                ids.insert(cursor.clone(), own.clone());
            }
            theirs.iter().for_each(|(key, value)| ours.get(key).into_iter().for_each(|own| learn(value, own, ids)));
        }
        (Value::String(theirs), Value::String(ours)) => {
            let names_one = ["<thread-id-", "<turn-id-", "<uuid-"].iter().any(|start| theirs.starts_with(start));
            if names_one && theirs.ends_with('>') && !ids.contains_key(theirs) {
                ids.insert(theirs.clone(), ours.clone());
            }
        }
        _ => {}
    }
}

pub(crate) fn is_question(message: &Value) -> bool {
    message.get("method").is_some() && message.get("id").is_some()
}

/// What is waited for: everything but what comes whenever something else does.
pub(crate) fn is_awaited(message: &Value) -> bool {
    let method = message["method"].as_str().unwrap_or_default();
    !BESIDE.contains(&method)
        && method != "configWarning"
        && !(method == "item/completed" && message["params"]["item"]["status"] == "declined")
}

/// What a message is, without what it says.
pub(crate) fn kind(message: &Value) -> String {
    let Some(method) = message["method"].as_str() else { return format!("answer {}", message["id"]) };
    let params = &message["params"];
    let item = &params["item"];
    let own = |id: &Value| id.as_str().filter(|id| id.starts_with("call_")).map(str::to_owned);
    let id = own(&item["id"]).or_else(|| own(&params["itemId"])).or_else(|| own(&params["callId"]));
    let status = params["status"]["type"].as_str().or(params["status"].as_str()).or(item["status"].as_str());
    let parts =
        [item["type"].as_str().map(str::to_owned), id, status.map(str::to_owned), params["turn"]["status"].as_str().map(str::to_owned)];
    std::iter::once(method.to_owned()).chain(parts.into_iter().flatten()).collect::<Vec<_>>().join(" ")
}

pub(crate) fn thread_of(message: &Value) -> String {
    let params = &message["params"];
    let id = params["threadId"].as_str().or(params["thread"]["id"].as_str());
    id.unwrap_or_default().to_owned()
}

/// A thread's messages without repetitions: pieces joined, of two ends of an item the last; and beside them values of messages
/// that are sent again and again.
pub(crate) fn canonical<'m>(messages: impl Iterator<Item = &'m Value>) -> (Vec<Value>, BTreeMap<&'m str, Vec<Value>>) {
    let mut line: Vec<Value> = Vec::new();
    let mut beside: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for message in messages {
        let Some(method) = message["method"].as_str() else { continue };
        if method == "configWarning" {
            continue;
        }
        let params = &message["params"];
        if BESIDE.contains(&method) {
            let values = beside.entry(method).or_default();
            let value = ["tokenUsage", "rateLimits", "diff"].iter().find_map(|key| params.get(key)).unwrap();
            if values.last() != Some(value) {
                values.push(value.clone());
            }
            continue;
        }
        if let Some(delta) = params["delta"].as_str()
            && let Some(last) = line.iter_mut().rev().find(|last| last["method"] == method && last["params"]["itemId"] == params["itemId"])
        {
            last["params"]["delta"] = json!(format!("{}{delta}", last["params"]["delta"].as_str().unwrap_or_default()));
            continue;
        }
        if method == "item/completed" {
            line.retain(|earlier| earlier["method"] != method || earlier["params"]["item"]["id"] != params["item"]["id"]);
        }
        line.push(message.clone());
    }
    (line, beside)
}

/// Whether a text is the recorded one, in which `<name>` stands for anything that was left out.
pub(crate) fn fits(recorded: &str, own: &str) -> bool {
    let Some(start) = recorded.find('<') else { return recorded == own };
    let name = recorded[start..].split_once('>').map(|(name, _)| &name[1..]).filter(|name| {
        !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == ' ')
    });
    let Some(name) = name else { return recorded == own };
    let (before, behind) = (&recorded[..start], &recorded[start + name.len() + 2..]);
    let Some(rest) = own.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| fits(behind, &rest[at..]))
}
