//! What a client asked.

use serde_json::Value;

/// One request as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// Path with its query.
    pub path: String,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body as JSON, decompressed; `Null` when it is none.
    pub body: Value,
    /// The body as it was sent.
    pub raw: Vec<u8>,
    /// The body decompressed, byte for byte.
    pub text: Vec<u8>,
    /// Which connection it came on, from 0.
    pub connection: usize,
}

impl Request {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The items of `input`.
    pub fn input(&self) -> &[Value] {
        self.body["input"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The output that was sent for a call, as text; `None` when there is none.
    pub fn output_of(&self, call_id: &str) -> Option<String> {
        let item = self.input().iter().find(|item| item["call_id"] == call_id && item.get("output").is_some())?;
        Some(match &item["output"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// Every output that was sent, as text, in order.
    pub fn outputs(&self) -> Vec<String> {
        self.input()
            .iter()
            .filter_map(|item| item.get("output"))
            .map(|output| output.as_str().map_or_else(|| output.to_string(), str::to_owned))
            .collect()
    }

    /// The texts of every message of a role, in order.
    pub fn texts_of(&self, role: &str) -> Vec<String> {
        self.input()
            .iter()
            .filter(|item| item["role"] == role)
            .flat_map(|item| item["content"].as_array().cloned().unwrap_or_default())
            .filter_map(|part| part["text"].as_str().map(str::to_owned))
            .collect()
    }

    /// Names of the offered tools, in order.
    pub fn tool_names(&self) -> Vec<String> {
        let tools = self.body["tools"].as_array().map_or(&[][..], Vec::as_slice);
        tools.iter().map(|tool| tool["name"].as_str().or(tool["type"].as_str()).unwrap_or_default().to_owned()).collect()
    }
}
