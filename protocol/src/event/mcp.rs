//! Events about MCP servers themselves: how they come up, what they log, how far their calls are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::CallId;

/// How far an MCP server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum McpStartupStatus {
    /// It was started and does not answer yet.
    Starting,
    /// Its tools are there.
    Ready,
    /// It cannot be used.
    Failed {
        /// Why, for people; the last lines it wrote to standard error included.
        error: String,
    },
    /// Nobody waits for it any more.
    Cancelled,
}

/// An MCP server starts, is ready, or failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct McpStartupUpdate {
    /// Server name in the configuration.
    pub server: String,
    /// How far it is.
    pub status: McpStartupStatus,
}

/// An MCP server that could not be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct McpStartupFailure {
    /// Server name in the configuration.
    pub server: String,
    /// Why, for people.
    pub error: String,
}

/// Every MCP server of the thread is ready or has failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct McpStartupComplete {
    /// Servers whose tools are there, by name.
    pub ready: Vec<String>,
    /// Servers that cannot be used.
    pub failed: Vec<McpStartupFailure>,
    /// Servers nobody waits for any more.
    pub cancelled: Vec<String>,
}

/// A running call of an MCP tool told how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct McpToolCallProgress {
    /// The call.
    pub call_id: CallId,
    /// How much is done.
    pub progress: f64,
    /// How much there is in all, where the server knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// What it says to that; at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// An MCP server logged something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct McpServerLog {
    /// Server name in the configuration.
    pub server: String,
    /// `debug`, `info`, `notice`, `warning`, `error`, `critical`, `alert` or `emergency`.
    pub level: String,
    /// Which part of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logger: Option<String>,
    /// A text as it is, anything else as the server sent it; bounded.
    pub data: Value,
}

/// What of an MCP server's lists changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum McpList {
    /// Its tools; they were listed anew, and what is new or changed is asked about.
    Tools,
    /// Its resources and their templates.
    Resources,
    /// Its prompts.
    Prompts,
}

/// An MCP server offers something else than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct McpListChanged {
    /// Server name in the configuration.
    pub server: String,
    /// Which of its lists.
    pub list: McpList,
}
