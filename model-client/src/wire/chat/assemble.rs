//! Puts the pieces of tool calls together, however a server numbers and repeats them.

use serde_json::{Value, json};

use crate::wire::arguments::LONGEST;
use crate::wire::calls::{RawCall, Repairs};

/// A call whose pieces are coming.
#[derive(Debug)]
struct Partial {
    choice: i64,
    index: Option<i64>,
    call: RawCall,
}

/// The calls of an answer, in the order in which they first came.
#[derive(Debug, Default)]
pub(super) struct Calls {
    list: Vec<Partial>,
}

/// One piece, as far as it was there.
struct Piece<'a> {
    index: Option<i64>,
    id: &'a str,
    name: &'a str,
}

impl Calls {
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All calls, whole or not.
    pub(super) fn take(&mut self) -> Vec<RawCall> {
        self.list.drain(..).map(|partial| partial.call).collect()
    }

    /// Adds a piece of `tool_calls`; false when the arguments are too long.
    pub(super) fn add(&mut self, choice: i64, piece: &Value, repairs: &mut Repairs) -> bool {
        let text = |path: &str| piece.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let index = piece.get("index").and_then(Value::as_i64);
        if index.is_none() {
            repairs.insert("missing_index");
        }
        let name = if text("/function/name").is_empty() { text("/name") } else { text("/function/name") };
        let at = self.place(choice, &Piece { index, id: text("/id"), name });
        let Some(partial) = self.list.get_mut(at) else { return true };
        if partial.call.id.is_empty() {
            partial.call.id = text("/id").to_owned();
        }
        add_name(&mut partial.call, name);
        if let Some(extra) = piece.get("extra_content").filter(|extra| extra.is_object()) {
            partial.call.wire_state = Some(json!({"wire": "chat", "extra_content": extra}));
        }
        add_arguments(&mut partial.call, piece.pointer("/function/arguments").or_else(|| piece.get("arguments")), repairs)
    }

    /// Adds a piece of the older `function_call`; false when the arguments are too long.
    pub(super) fn add_legacy(&mut self, choice: i64, piece: &Value, repairs: &mut Repairs) -> bool {
        repairs.insert("legacy_function_call");
        if !self.list.iter().any(|partial| partial.choice == choice) {
            self.list.push(Partial { choice, index: None, call: RawCall::default() });
        }
        let Some(partial) = self.list.iter_mut().rfind(|partial| partial.choice == choice) else { return true };
        add_name(&mut partial.call, piece.get("name").and_then(Value::as_str).unwrap_or_default());
        add_arguments(&mut partial.call, piece.get("arguments"), repairs)
    }

    /// The call that a piece belongs to; a new one where it belongs to none.
    fn place(&mut self, choice: i64, piece: &Piece<'_>) -> usize {
        let last =
            self.list.iter().rposition(|partial| partial.choice == choice && (piece.index.is_none() || partial.index == piece.index));
        let goes_on = last.is_some_and(|last| {
            let call = &self.list[last].call;
            let other_id = !piece.id.is_empty() && !call.id.is_empty() && piece.id != call.id;
            let whole = !call.name.is_empty() && !call.arguments.is_empty();
            match piece.index {
                Some(_) => !other_id || piece.name.is_empty(),
                None => !(other_id || (whole && !piece.name.is_empty() && (piece.id.is_empty() || piece.id != call.id))),
            }
        });
        match last {
            Some(last) if goes_on => last,
            _ => {
                self.list.push(Partial { choice, index: piece.index, call: RawCall::default() });
                self.list.len() - 1
            }
        }
    }
}

/// Names come whole, repeated, or in pieces before any argument.
fn add_name(call: &mut RawCall, name: &str) {
    if call.name.is_empty() {
        name.clone_into(&mut call.name);
    } else if call.arguments.is_empty() && name != call.name {
        call.name.push_str(name);
    }
}

fn add_arguments(call: &mut RawCall, arguments: Option<&Value>, repairs: &mut Repairs) -> bool {
    match arguments {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => call.arguments.push_str(text),
        Some(other) => {
            repairs.insert("arguments_object");
            call.arguments.push_str(&other.to_string());
        }
    }
    call.arguments.len() <= LONGEST
}
