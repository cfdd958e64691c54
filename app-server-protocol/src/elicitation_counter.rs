//! The counter of questions asked outside the protocol.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Params of `thread/increment_elicitation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadIncrementElicitationParams {
    pub thread_id: String,
}

/// Result of `thread/increment_elicitation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ThreadIncrementElicitationResponse {
    pub count: u64,
    pub paused: bool,
}

/// Params of `thread/decrement_elicitation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadDecrementElicitationParams {
    pub thread_id: String,
}

/// Result of `thread/decrement_elicitation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ThreadDecrementElicitationResponse {
    pub count: u64,
    pub paused: bool,
}
