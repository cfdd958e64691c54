//! Makes sure that every call in a prompt has exactly one output, and every output a call.
//!
//! Pure. A session that was killed between call and output, or was written by another program,
//! is mended here and nowhere else.

use std::collections::{HashMap, HashSet};

use codex_protocol::ResponseItem;
use codex_protocol::response_item::ToolOutputBody;

/// What the model reads for a call that never got an answer.
const NO_OUTPUT: &str = "aborted";

/// Returns the items with every call paired: outputs without a call and second outputs are
/// dropped, calls without an output get one that says `aborted`, right behind the calls of their answer.
pub(crate) fn paired(items: &[ResponseItem]) -> Vec<ResponseItem> {
    // The last place of each output: a call is answered when its output stands behind it.
    let mut outputs: HashMap<&str, usize> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        if let Some(id) = item.output_of() {
            outputs.insert(id, at);
        }
    }
    let mut paired = Vec::with_capacity(items.len());
    let mut seen_calls: HashSet<&str> = HashSet::new();
    let mut written: HashSet<&str> = HashSet::new();
    let mut missing: Vec<ResponseItem> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if let Some(id) = item.call_id() {
            // A second call under the same id cannot be told apart from the first: it is dropped.
            if seen_calls.insert(id) {
                paired.push(item.clone());
                if outputs.get(id).is_none_or(|place| *place < at) {
                    missing.push(aborted_output(item, id));
                }
            }
            continue;
        }
        if let Some(id) = item.output_of() {
            if seen_calls.contains(id) && written.insert(id) {
                paired.append(&mut missing);
                paired.push(item.clone());
            }
            continue;
        }
        if matches!(item, ResponseItem::Message { role, .. } if role != "assistant") {
            paired.append(&mut missing);
        }
        paired.push(item.clone());
    }
    paired.append(&mut missing);
    paired
}

/// The output of a call that got none.
pub(crate) fn aborted_output(call: &ResponseItem, id: &str) -> ResponseItem {
    output_for(call, id, ToolOutputBody::Text(NO_OUTPUT.to_owned()))
}

/// Wraps an output in the item that belongs to the kind of call.
pub(crate) fn output_for(call: &ResponseItem, id: &str, output: ToolOutputBody) -> ResponseItem {
    match call {
        ResponseItem::CustomToolCall { .. } => ResponseItem::CustomToolCallOutput { call_id: id.to_owned(), output },
        _ => ResponseItem::FunctionCallOutput { call_id: id.to_owned(), output },
    }
}

#[cfg(test)]
mod tests {
    use codex_protocol::response_item::ToolOutputBody;
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn call(id: &str) -> ResponseItem {
        ResponseItem::FunctionCall {
            id: None,
            name: "f".into(),
            namespace: None,
            arguments: "{}".into(),
            call_id: id.into(),
            wire_state: None,
        }
    }

    fn output(id: &str, text: &str) -> ResponseItem {
        ResponseItem::FunctionCallOutput { call_id: id.into(), output: ToolOutputBody::Text(text.into()) }
    }

    #[test]
    fn a_call_without_output_gets_one_before_the_next_message() {
        let got = paired(&[call("a"), ResponseItem::user_text("go on")]);
        assert_eq!(got, vec![call("a"), output("a", "aborted"), ResponseItem::user_text("go on")]);
    }

    #[test]
    fn an_output_without_call_and_a_second_output_are_dropped() {
        let got = paired(&[output("z", "1"), call("a"), output("a", "1"), output("a", "2")]);
        assert_eq!(got, vec![call("a"), output("a", "1")]);
    }

    fn any_item() -> impl Strategy<Value = ResponseItem> {
        let id = prop_oneof![Just("a"), Just("b"), Just("c")];
        prop_oneof![
            id.clone().prop_map(call),
            id.prop_map(|id| output(id, "out")),
            Just(ResponseItem::user_text("hi")),
            Just(ResponseItem::input_message("assistant", Vec::new())),
        ]
    }

    proptest! {
        #[test]
        fn every_call_has_exactly_one_output_behind_it(items in prop::collection::vec(any_item(), 0..24)) {
            let got = paired(&items);
            for (at, item) in got.iter().enumerate() {
                if let Some(id) = item.call_id() {
                    let places: Vec<usize> = (0..got.len()).filter(|place| got[*place].output_of() == Some(id)).collect();
                    prop_assert_eq!(places.len(), 1);
                    prop_assert!(places[0] > at);
                }
                if let Some(id) = item.output_of() {
                    prop_assert_eq!(got.iter().filter(|other| other.call_id() == Some(id)).count(), 1);
                }
            }
            prop_assert_eq!(paired(&got), got);
        }
    }
}
