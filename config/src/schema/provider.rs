//! `[model_providers.ID]`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::dialect::Dialect;

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
    #[schemars(extend("default" = 15000))]
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
    /// Which kind of server; by the address when absent.
    pub dialect: Option<Dialect>,
    /// How the key is sent, or a program that prints it.
    pub auth: Option<AuthToml>,
    /// What the server can and cannot do, where that differs from its kind.
    pub capabilities: Option<CapabilitiesToml>,
    /// Most tokens of an answer.
    pub max_output_tokens: Option<u64>,
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

/// `auth`: a word, or a table with a command.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum AuthToml {
    /// How the key is sent.
    Scheme(AuthSchemeToml),
    /// Which program prints the key.
    Command(AuthCommandToml),
}

impl<'de> Deserialize<'de> for AuthToml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const FIELDS: &[&str] = &["command", "args", "timeout_ms", "refresh_interval_ms", "cwd", "scheme"];
        deserializer.deserialize_struct("Auth", FIELDS, AuthVisitor)
    }
}

/// Written by hand so that the message says which word or key was wrong.
struct AuthVisitor;

impl<'de> Visitor<'de> for AuthVisitor {
    type Value = AuthToml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`bearer`, `x-api-key`, `api-key`, `none`, or a table with a `command`")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
        let word: StrDeserializer<'_, E> = word.into_deserializer();
        AuthSchemeToml::deserialize(word).map(AuthToml::Scheme)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        AuthCommandToml::deserialize(MapAccessDeserializer::new(map)).map(AuthToml::Command)
    }
}

/// How a key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthSchemeToml {
    /// `authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    XApiKey,
    /// `api-key: KEY`.
    ApiKey,
    /// No key is sent.
    None,
}

/// A program that prints the key, alone on its standard output.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct AuthCommandToml {
    /// The program: a path, or a name that is looked for in `PATH`.
    pub command: String,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// How long it may take, milliseconds.
    #[schemars(extend("default" = 5000))]
    pub timeout_ms: Option<u64>,
    /// How long a key is used before the program is asked again, milliseconds; 0: until the server refuses it.
    #[schemars(extend("default" = 300000))]
    pub refresh_interval_ms: Option<u64>,
    /// Where it runs; `$CODEX_HOME` when absent, and where a relative path starts.
    pub cwd: Option<PathBuf>,
    /// How the key is sent.
    pub scheme: Option<AuthSchemeToml>,
}

/// Which earlier reasoning goes back to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReasoningEcho {
    /// That of messages with tool calls.
    #[default]
    Calls,
    /// All of it.
    All,
    /// None.
    None,
}

/// `capabilities`: what the server takes. What is absent is as its dialect has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct CapabilitiesToml {
    /// The role `developer`.
    pub developer_role: Option<bool>,
    /// System or developer messages after the first user message.
    pub late_system: Option<bool>,
    /// Roles have to alternate: neighbouring messages of one role are merged.
    pub alternation: Option<bool>,
    /// `parallel_tool_calls`.
    pub parallel_tool_calls: Option<bool>,
    /// `tool_choice`.
    pub tool_choice: Option<bool>,
    /// `stream_options`, which asks for token counts.
    pub stream_options: Option<bool>,
    /// `prompt_cache_key`.
    pub prompt_cache_key: Option<bool>,
    /// Reasoning options.
    pub reasoning_effort: Option<bool>,
    /// A JSON schema for the final message.
    pub output_schema: Option<bool>,
    /// Images.
    pub images: Option<bool>,
    /// Cache marks of the Messages wire.
    pub cache_control: Option<bool>,
    /// How long the server keeps what a cache mark marks: `5m` or `1h`.
    pub cache_ttl: Option<CacheTtl>,
    /// Encrypted reasoning of the Responses wire.
    pub encrypted_reasoning: Option<bool>,
    /// Tools that are no functions, on the Responses wire.
    pub tool_types: Option<bool>,
    /// Tool calls written as text are calls.
    pub text_tool_calls: Option<bool>,
    /// Call ids have to be nine letters and digits.
    pub short_call_ids: Option<bool>,
    /// Key of the output limit on the Chat wire: `max_completion_tokens` rather than `max_tokens`.
    pub max_completion_tokens: Option<bool>,
    /// Which earlier reasoning goes back on the Chat wire.
    pub reasoning_echo: Option<ReasoningEcho>,
}

/// `cache_ttl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum CacheTtl {
    /// Five minutes.
    #[serde(rename = "5m")]
    FiveMinutes,
    /// An hour.
    #[serde(rename = "1h")]
    OneHour,
}

pub(super) fn without_reserved_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, ProviderToml>, D::Error> {
    let providers = BTreeMap::<String, ProviderToml>::deserialize(deserializer)?;
    refuse_reserved(|id| providers.contains_key(id)).map_err(D::Error::custom)?;
    Ok(providers)
}

/// Refuses a table that defines a built-in provider, before anybody misses a key in it.
pub(crate) fn refuse_reserved_ids(table: Option<&toml::Value>) -> Result<(), String> {
    refuse_reserved(|id| table.and_then(|table| table.get(id)).is_some())
}

fn refuse_reserved(is_defined: impl Fn(&str) -> bool) -> Result<(), String> {
    let reserved: Vec<String> = RESERVED_IDS.iter().filter(|id| is_defined(id)).map(|id| format!("`{id}`")).collect();
    if reserved.is_empty() {
        return Ok(());
    }
    Err(format!(
        "model_providers contains reserved built-in provider IDs: {}. Built-in providers cannot be overridden. \
         Rename your custom provider (for example, `openai-custom`).",
        reserved.join(", ")
    ))
}
