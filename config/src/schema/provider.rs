//! `[model_providers.ID]`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// Ids a file cannot define.
pub(crate) const RESERVED_IDS: [&str; 3] = ["lmstudio", "ollama", "openai"];

/// One provider of the table. `Debug` shows only what is no secret.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct ProviderToml {
    /// Name for people.
    pub name: String,
    /// Where paths are appended.
    #[schemars(extend("default" = "https://api.openai.com/v1"))]
    pub base_url: Option<String>,
    /// Variable that holds the key.
    pub env_key: Option<String>,
    /// What to tell a person when that variable is missing.
    pub env_key_instructions: Option<String>,
    /// A key in the file itself.
    pub experimental_bearer_token: Option<String>,
    /// Which wire the provider speaks.
    #[schemars(extend("default" = "responses"))]
    pub wire_api: Option<WireApiToml>,
    /// Further query parameters.
    #[serde(default)]
    pub query_params: BTreeMap<String, String>,
    /// Further headers.
    #[serde(default)]
    pub http_headers: BTreeMap<String, String>,
    /// Further headers whose values come from variables.
    #[serde(default)]
    pub env_http_headers: BTreeMap<String, String>,
    /// How often a request that got no answer is sent again.
    #[schemars(extend("default" = 4))]
    pub request_max_retries: Option<u64>,
    /// How often an answer that broke off is asked for again.
    #[schemars(extend("default" = 5))]
    pub stream_max_retries: Option<u64>,
    /// How long a stream may stay silent, milliseconds.
    #[schemars(extend("default" = 300000))]
    pub stream_idle_timeout_ms: Option<u64>,
    /// Longest wait for a WebSocket, milliseconds.
    pub websocket_connect_timeout_ms: Option<u64>,
    /// Whether the stored login belongs to this provider.
    #[schemars(extend("default" = false))]
    pub requires_openai_auth: Option<bool>,
    /// Whether the server speaks Responses over WebSocket.
    #[schemars(extend("default" = false))]
    pub supports_websockets: Option<bool>,
    /// Whether request bodies are compressed with zstd.
    #[schemars(extend("default" = false))]
    pub request_compression: Option<bool>,
}

impl fmt::Debug for ProviderToml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderToml").field("name", &self.name).field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// `wire_api`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WireApiToml {
    /// Responses.
    #[default]
    Responses,
    /// Chat Completions.
    Chat,
    /// Anthropic Messages.
    Messages,
}

pub(super) fn without_reserved_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, ProviderToml>, D::Error> {
    let providers = BTreeMap::<String, ProviderToml>::deserialize(deserializer)?;
    let reserved: Vec<String> = RESERVED_IDS.iter().filter(|id| providers.contains_key(**id)).map(|id| format!("`{id}`")).collect();
    if reserved.is_empty() {
        return Ok(providers);
    }
    Err(D::Error::custom(format!(
        "model_providers contains reserved built-in provider IDs: {}. Built-in providers cannot be overridden. \
         Rename your custom provider (for example, `openai-custom`).",
        reserved.join(", ")
    )))
}
