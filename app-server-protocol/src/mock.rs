//! A method that only tests the gate of experimental methods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Params of `mock/experimentalMethod`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct MockExperimentalMethodParams {
    #[serde(default)]
    pub value: Option<String>,
}

/// Result of `mock/experimentalMethod`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct MockExperimentalMethodResponse {
    #[serde(default)]
    pub echoed: Option<String>,
}
