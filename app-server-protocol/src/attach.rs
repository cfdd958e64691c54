//! Ours: front ends of this program that show a thread of a server elsewhere. They hand in what a thread in process is handed
//! in, and hear what it tells, word for word; other clients use the methods of turns and items.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Params of `thread/attach`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadAttachParams {
    /// What was said and done before is told first: as far as it is kept, and the running turn so far.
    #[serde(default)]
    pub history: bool,
    pub thread_id: String,
}

/// Result of `thread/attach`; the thread's events follow as `thread/event`, from those of its beginning on.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ThreadAttachResponse {
    /// How many of the first events are history.
    #[serde(default)]
    pub past: u32,
}

/// Params of `thread/submit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadSubmitParams {
    /// What is asked of the thread.
    pub op: Value,
    /// The client's name for it; events that answer it carry it.
    pub submission_id: String,
    pub thread_id: String,
}

/// Result of `thread/submit`: it is handed in, not done.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ThreadSubmitResponse {}

/// Notification `thread/event`, to those who attached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadEventNotification {
    /// The event as session files spell it.
    pub event: Value,
    /// The item that pieces of this message named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// The parts of a summary, when there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    pub submission_id: String,
    pub thread_id: String,
}

/// Params of `thread/delete`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadDeleteParams {
    pub thread_id: String,
}

/// Result of `thread/delete`: its file is gone.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ThreadDeleteResponse {}
