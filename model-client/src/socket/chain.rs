//! What a server knows of a conversation through one socket, and what it has to be told.
//!
//! Pure. A request goes on from the last answer only if nothing but the input changed, and the input only by what
//! follows the last input and the items of the last answer.

use serde_json::{Map, Value, json};

/// What the server knows.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    /// The last body without its input.
    shape: Map<String, Value>,
    /// The last input and the items of its answer.
    known: Vec<Value>,
    response_id: String,
}

/// A request, whole.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    shape: Map<String, Value>,
    input: Vec<Value>,
    metadata: Option<String>,
}

impl Request {
    /// Takes an HTTP body apart; `None` when it is no Responses body.
    pub(crate) fn of_body(body: &[u8], metadata: Option<&str>) -> Option<Self> {
        let mut shape: Map<String, Value> = serde_json::from_slice(body).ok()?;
        let Some(Value::Array(input)) = shape.get_mut("input").map(Value::take) else { return None };
        Some(Self { shape, input, metadata: metadata.map(str::to_owned) })
    }

    /// The frame that asks for an answer.
    pub(crate) fn frame(&self, chain: Option<&Chain>) -> String {
        let goes_on = chain.filter(|chain| chain.shape == self.shape && self.input.starts_with(&chain.known));
        let (earlier, input) = match goes_on {
            Some(chain) => (Some(chain.response_id.as_str()), &self.input[chain.known.len()..]),
            None => (None, &self.input[..]),
        };
        let mut frame = Map::new();
        frame.insert("type".to_owned(), json!("response.create"));
        for (key, value) in &self.shape {
            if key == "input" {
                if let Some(id) = earlier {
                    frame.insert("previous_response_id".to_owned(), json!(id));
                }
                frame.insert("input".to_owned(), json!(input));
            } else {
                frame.insert(key.clone(), value.clone());
            }
        }
        if let Some(metadata) = &self.metadata {
            frame.insert("client_metadata".to_owned(), json!({"x-codex-turn-metadata": metadata}));
        }
        Value::Object(frame).to_string()
    }

    /// What the server knows after an answer with these items.
    pub(crate) fn answered(self, items: Vec<Value>, response_id: &str) -> Option<Chain> {
        if response_id.is_empty() {
            return None;
        }
        let mut known = self.input;
        known.extend(items);
        Some(Chain { shape: self.shape, known, response_id: response_id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn request(model: &str, input: &[&str]) -> Request {
        let body = json!({"model": model, "instructions": "i", "input": input, "stream": true}).to_string();
        Request::of_body(body.as_bytes(), Some("{}")).unwrap()
    }

    fn sent(request: &Request, chain: Option<&Chain>) -> Value {
        serde_json::from_str(&request.frame(chain)).unwrap()
    }

    #[test]
    fn only_what_is_new_is_sent_and_all_of_it_where_anything_else_changed() {
        let chain = request("m", &["a"]).answered(vec![json!("b")], "resp_1").unwrap();
        let next = sent(&request("m", &["a", "b", "c"]), Some(&chain));
        assert_eq!((&next["previous_response_id"], &next["input"]), (&json!("resp_1"), &json!(["c"])));
        for other in [request("n", &["a", "b", "c"]), request("m", &["a", "x", "c"]), request("m", &["a"])] {
            let frame = sent(&other, Some(&chain));
            assert_eq!((frame.get("previous_response_id"), &frame["input"]), (None, &json!(other.input)));
        }
        assert!(request("m", &["a"]).answered(Vec::new(), "").is_none());
    }

    #[test]
    fn the_keys_of_a_frame_come_in_the_order_of_the_body() {
        let chain = request("m", &["a"]).answered(Vec::new(), "r").unwrap();
        let frame = sent(&request("m", &["a", "b"]), Some(&chain));
        let keys: Vec<&String> = frame.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["type", "model", "instructions", "previous_response_id", "input", "stream", "client_metadata"]);
    }
}
