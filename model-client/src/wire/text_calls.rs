//! Reads tool calls that a model wrote as text: tags around JSON, tags around parameters, `[TOOL_CALLS]`.
//!
//! Pure. Says of a text that begins with one of the openers whether it is calls and nothing else, is no call, or may
//! yet become either.

use serde_json::{Map, Value};

use super::tools::Offered;

/// What a block of calls can begin with.
pub(super) const OPENERS: [&str; 3] = ["<tool_call>", "<function=", "[TOOL_CALLS]"];

const CLOSER: &str = "</tool_call>";

/// A call found in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextCall {
    pub(super) name: String,
    pub(super) arguments: String,
}

/// What a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It may become a call.
    Open,
    /// It is text up to here, at least one byte.
    Text(usize),
    /// It is calls and white space, nothing else.
    Calls(Vec<TextCall>),
}

/// What one block is.
enum Block {
    Open,
    None,
    Calls(Vec<TextCall>, usize),
}

/// Reads a text that begins with an opener.
pub(super) fn read(text: &str, offered: &Offered) -> Reading {
    let mut calls = Vec::new();
    let mut at = 0;
    loop {
        let (found, length) = match block(&text[at..], offered) {
            Block::Open => return Reading::Open,
            Block::None => return Reading::Text(at.max(1)),
            Block::Calls(found, length) => (found, length),
        };
        calls.extend(found);
        let rest = text[at + length..].trim_start();
        at = text.len() - rest.len();
        if rest.is_empty() {
            return Reading::Calls(calls);
        }
        if OPENERS.iter().any(|opener| opener.starts_with(rest)) {
            return Reading::Open;
        }
        if !OPENERS.iter().any(|opener| rest.starts_with(opener)) {
            return Reading::Text(at);
        }
    }
}

fn block(text: &str, offered: &Offered) -> Block {
    if let Some(rest) = text.strip_prefix("[TOOL_CALLS]") {
        return bracketed(text, rest, offered);
    }
    if text.starts_with("<function=") {
        return function(text, text, offered);
    }
    let Some(rest) = text.strip_prefix("<tool_call>") else { return Block::None };
    let rest = rest.trim_start();
    if rest.is_empty() || "<function=".starts_with(rest) {
        return Block::Open;
    }
    if rest.starts_with("<function=") {
        return function(text, rest, offered);
    }
    match json(rest) {
        Json::Open => Block::Open,
        Json::None => Block::None,
        Json::Value(value, after) => match (call_of(&value, offered), closing(after)) {
            (None, _) | (_, Closing::Other) => Block::None,
            (Some(_), Closing::Open) => Block::Open,
            (Some(call), Closing::Whole(after)) => Block::Calls(vec![call], text.len() - after.len()),
        },
    }
}

/// `[TOOL_CALLS]name[ARGS]{…}` or `[TOOL_CALLS][{…}]`.
fn bracketed(text: &str, rest: &str, offered: &Offered) -> Block {
    let rest = rest.trim_start();
    if rest.is_empty() {
        return Block::Open;
    }
    if rest.starts_with('[') {
        return match json(rest) {
            Json::Open => Block::Open,
            Json::Value(Value::Array(list), after) if !list.is_empty() => {
                let calls: Option<Vec<TextCall>> = list.iter().map(|value| call_of(value, offered)).collect();
                calls.map_or(Block::None, |calls| Block::Calls(calls, text.len() - after.len()))
            }
            Json::Value(..) | Json::None => Block::None,
        };
    }
    let end = rest.find(|letter: char| !is_name(letter)).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let Some(rest) = rest.strip_prefix("[ARGS]") else {
        return if "[ARGS]".starts_with(rest) { Block::Open } else { Block::None };
    };
    match json(rest.trim_start()) {
        Json::Open => Block::Open,
        Json::Value(arguments @ Value::Object(_), after) if offered.has(name) => {
            let call = TextCall { name: name.to_owned(), arguments: arguments.to_string() };
            Block::Calls(vec![call], text.len() - after.len())
        }
        Json::Value(..) | Json::None => Block::None,
    }
}

/// `<function=name><parameter=key>value</parameter>…</function>`, with or without the closing tag around it.
fn function(text: &str, rest: &str, offered: &Offered) -> Block {
    let rest = &rest["<function=".len()..];
    let end = rest.find(|letter: char| !is_name(letter)).unwrap_or(rest.len());
    let (name, mut rest) = rest.split_at(end);
    rest = match rest.strip_prefix('>') {
        Some(rest) => rest.trim_start(),
        None if rest.is_empty() => return Block::Open,
        None => return Block::None,
    };
    if !offered.has(name) {
        return Block::None;
    }
    let mut arguments = Map::new();
    loop {
        if let Some(after) = rest.strip_prefix("</function>") {
            let call = TextCall { name: name.to_owned(), arguments: Value::Object(arguments).to_string() };
            return match closing(after) {
                Closing::Open if !after.trim_start().is_empty() => Block::Open,
                Closing::Open | Closing::Other => Block::Calls(vec![call], text.len() - after.len()),
                Closing::Whole(after) => Block::Calls(vec![call], text.len() - after.len()),
            };
        }
        let Some(parameter) = rest.strip_prefix("<parameter=") else {
            let open = "<parameter=".starts_with(rest) || "</function>".starts_with(rest);
            return if open { Block::Open } else { Block::None };
        };
        let Some((key, value)) = parameter.split_once('>') else { return Block::Open };
        let Some((value, after)) = value.split_once("</parameter>") else { return Block::Open };
        arguments.insert(key.to_owned(), value_of(value, offered.is_text(name, key)));
        rest = after.trim_start();
    }
}

fn value_of(text: &str, is_text: bool) -> Value {
    let bare = text.strip_prefix('\n').unwrap_or(text);
    let bare = bare.strip_suffix('\n').unwrap_or(bare);
    if is_text {
        return Value::String(bare.to_owned());
    }
    serde_json::from_str(bare).unwrap_or_else(|_| Value::String(bare.to_owned()))
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

fn call_of(value: &Value, offered: &Offered) -> Option<TextCall> {
    let name = value.get("name")?.as_str()?;
    if !offered.has(name) {
        return None;
    }
    let arguments = match value.get("arguments").or_else(|| value.get("parameters")) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(keys)) => Value::Object(keys.clone()).to_string(),
        None => "{}".to_owned(),
        Some(_) => return None,
    };
    Some(TextCall { name: name.to_owned(), arguments })
}

enum Json<'a> {
    Open,
    None,
    Value(Value, &'a str),
}

/// The JSON value at the start of a text, and what follows.
fn json(text: &str) -> Json<'_> {
    if text.is_empty() {
        return Json::Open;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) => {
            let after = &text[values.byte_offset()..];
            Json::Value(value, after)
        }
        Some(Err(error)) if error.is_eof() => Json::Open,
        _ => Json::None,
    }
}

enum Closing<'a> {
    Open,
    Other,
    Whole(&'a str),
}

/// What stands where a closing tag may stand.
fn closing(text: &str) -> Closing<'_> {
    let rest = text.trim_start();
    match rest.strip_prefix(CLOSER) {
        Some(after) => Closing::Whole(after),
        None if !rest.is_empty() && CLOSER.starts_with(rest) => Closing::Open,
        None if rest.is_empty() => Closing::Open,
        None => Closing::Other,
    }
}
