//! Frames: requests, responses and notifications around the methods.
//!
//! JSON-RPC without its version member: it is never written, and ignored when it is there.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Names a request; echoed with the kind it came as. Scoped to the side that made it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, TS)]
#[serde(untagged)]
pub enum RequestId {
    Text(String),
    Number(i64),
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// For methods that take nothing: whatever stands in `params` is passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema, TS)]
#[ts(type = "undefined")]
pub struct NoParams;

impl<'de> Deserialize<'de> for NoParams {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An option, because only that may be absent.
        Option::<serde::de::IgnoredAny>::deserialize(deserializer).map(|_| Self)
    }
}

/// The `error` member of a response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ErrorBody {
    pub code: i64,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// The request was not understood or cannot be served as it is.
pub const INVALID_REQUEST: i64 = -32600;
/// The frame is no JSON.
pub const PARSE_ERROR: i64 = -32700;
/// The method is known but not built.
pub const METHOD_NOT_FOUND: i64 = -32601;
/// Options contradict each other or are out of range.
pub const INVALID_PARAMS: i64 = -32602;
/// The system said no.
pub const INTERNAL_ERROR: i64 = -32603;
/// Too much is waiting already.
pub const OVERLOADED: i64 = -32001;

/// A message from the other side, as far as it can be told apart without knowing methods.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// Wants an answer. The whole message, for the tables of methods to read.
    Request { id: RequestId, message: Value },
    /// Wants none.
    Notification { method: String, params: Value },
    /// Answers a question of ours.
    Response { id: RequestId, result: Result<Value, ErrorBody> },
}

impl Incoming {
    /// Reads a message; `None` for a blank one.
    ///
    /// # Errors
    /// What its sender is told, when it makes no sense.
    pub fn read(text: &[u8]) -> Result<Option<Self>, ErrorBody> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Ok(None);
        }
        let error = |code, message| ErrorBody { code, message, data: None };
        let message = serde_json::from_slice(text).map_err(|cause| error(PARSE_ERROR, format!("Parse error: {cause}")))?;
        let none = || error(INVALID_REQUEST, "Invalid request: neither request nor notification nor response".to_owned());
        Self::sort(message).ok_or_else(none).map(Some)
    }

    /// Sorts a message; `None` for what is neither request nor notification nor response.
    pub fn sort(message: Value) -> Option<Self> {
        let object = message.as_object()?;
        let id = match object.get("id") {
            None => None,
            Some(id) => Some(RequestId::deserialize(id).ok()?),
        };
        if let Some(method) = object.get("method") {
            let method = method.as_str()?.to_owned();
            return match id {
                Some(id) => Some(Self::Request { id, message }),
                None => Some(Self::Notification { method, params: object.get("params").cloned().unwrap_or(Value::Null) }),
            };
        }
        let id = id?;
        let result = match (object.get("result"), object.get("error")) {
            (_, Some(error)) => Err(ErrorBody::deserialize(error).ok()?),
            (Some(result), None) => Ok(result.clone()),
            (None, None) => return None,
        };
        Some(Self::Response { id, result })
    }
}

/// A response as it goes out.
#[derive(Debug, Serialize)]
pub struct Response<'a, T> {
    pub id: &'a RequestId,
    pub result: T,
}

/// An error as it goes out.
#[derive(Debug, Serialize)]
pub struct ErrorResponse<'a> {
    pub error: ErrorBody,
    pub id: &'a RequestId,
}
