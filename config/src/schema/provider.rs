//! `[model_providers.ID]`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Ids a file cannot define.
pub(crate) const RESERVED_IDS: [&str; 3] = ["lmstudio", "ollama", "openai"];

/// One provider of the table. `Debug` shows only what is no secret.
#[derive(Clone, Deserialize)]
pub struct ProviderToml {
    /// Name for people.
    pub name: String,
    /// Where paths are appended.
    pub base_url: Option<String>,
    /// Variable that holds the key.
    pub env_key: Option<String>,
    /// What to tell a person when that variable is missing.
    pub env_key_instructions: Option<String>,
    /// A key in the file itself.
    pub experimental_bearer_token: Option<String>,
    /// Which wire the provider speaks.
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
    pub request_max_retries: Option<u64>,
    /// How often an answer that broke off is asked for again.
    pub stream_max_retries: Option<u64>,
    /// How long a stream may stay silent, milliseconds.
    pub stream_idle_timeout_ms: Option<u64>,
    /// Longest wait for a WebSocket, milliseconds.
    pub websocket_connect_timeout_ms: Option<u64>,
    /// Whether the stored login belongs to this provider.
    pub requires_openai_auth: Option<bool>,
    /// Whether the server speaks Responses over WebSocket.
    pub supports_websockets: Option<bool>,
    /// Whether request bodies are compressed with zstd.
    pub request_compression: Option<bool>,
}

impl fmt::Debug for ProviderToml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderToml").field("name", &self.name).field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// `wire_api`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
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
