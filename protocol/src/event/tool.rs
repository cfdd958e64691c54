//! Events about tools other than commands and patches.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::CallId;
use crate::response_item::WebSearchAction;

/// The server searches the web.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebSearchBegin {
    /// The server's id of the search.
    pub call_id: CallId,
}

/// The server searched the web.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebSearchEnd {
    /// The server's id of the search.
    pub call_id: CallId,
    /// Query, URL, or `'pattern' in URL`.
    pub query: String,
    /// What it did.
    pub action: WebSearchAction,
}

/// The model looked at an image file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ViewImageToolCall {
    /// The call.
    pub call_id: CallId,
    /// The file.
    pub path: PathBuf,
}

/// The server made an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageGenerationEnd {
    /// The server's id.
    pub call_id: CallId,
    /// How it ended.
    pub status: String,
    /// The prompt as the server rewrote it.
    #[serde(default)]
    pub revised_prompt: Option<String>,
    /// Base64 of the image.
    pub result: String,
    /// Where it was saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_path: Option<PathBuf>,
}

/// Which tool of which server, with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct McpInvocation {
    /// Server name in the configuration.
    pub server: String,
    /// Tool name as the server spells it.
    pub tool: String,
    /// Arguments.
    pub arguments: Option<Value>,
}

/// A tool of an MCP server was called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct McpToolCallBegin {
    /// The call.
    pub call_id: CallId,
    /// What is called.
    pub invocation: McpInvocation,
}

/// A tool of an MCP server answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct McpToolCallEnd {
    /// The call.
    pub call_id: CallId,
    /// What was called.
    pub invocation: McpInvocation,
    /// How long it took.
    pub duration: Duration,
    /// The server's result object, or why there is none.
    pub result: Result<Value, String>,
}
