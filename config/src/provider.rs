//! One row of the provider table.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use crate::dialect::Dialect;
pub use crate::schema::provider::{CapabilitiesToml as Capabilities, ReasoningEcho};

/// Which wire a provider speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WireApi {
    /// Responses.
    #[default]
    Responses,
    /// Chat Completions.
    Chat,
    /// Anthropic Messages.
    Messages,
}

/// How a key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthScheme {
    /// `authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    XApiKey,
    /// `api-key: KEY`.
    ApiKey,
    /// Not at all.
    None,
}

/// A program that prints a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthCommand {
    /// The program: a path, or a name that is looked for in the absolute folders of `PATH`.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// How long a key is used before the program is asked again. Zero: until the server refuses it.
    pub refresh_interval: Duration,
    /// Where it runs. Never a folder of a repository.
    pub cwd: PathBuf,
}

/// One provider, resolved. `Debug` leaves out what may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    /// Key in the table.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Where paths are appended; without a trailing slash.
    pub base_url: String,
    /// Variable that holds the key.
    pub env_key: Option<String>,
    /// What to tell a person when that variable is missing.
    pub env_key_instructions: Option<String>,
    /// A key in the configuration itself.
    pub experimental_bearer_token: Option<String>,
    /// A program that prints a key.
    pub auth_command: Option<AuthCommand>,
    /// How the key is sent.
    pub auth_scheme: AuthScheme,
    /// Which wire.
    pub wire_api: WireApi,
    /// Which kind of server.
    pub dialect: Dialect,
    /// What the server can and cannot do, where that differs from the dialect.
    pub capabilities: Capabilities,
    /// Most tokens of an answer; sent as the wire's limit.
    pub max_output_tokens: Option<u64>,
    /// Further query parameters.
    pub query_params: BTreeMap<String, String>,
    /// Further headers.
    pub http_headers: BTreeMap<String, String>,
    /// Further headers whose values come from variables; unset or empty ones are left out.
    pub env_http_headers: BTreeMap<String, String>,
    /// How often a request that got no answer is sent again.
    pub request_max_retries: u64,
    /// How often an answer that broke off is asked for again.
    pub stream_max_retries: u64,
    /// How long a stream may stay silent.
    pub stream_idle_timeout: Duration,
    /// Whether the stored login belongs to this provider.
    pub requires_openai_auth: bool,
    /// Whether the server speaks Responses over WebSocket.
    pub supports_websockets: bool,
    /// How long a WebSocket may take to open.
    pub websocket_connect_timeout: Duration,
    /// Compress request bodies with zstd (`request_compression`).
    pub request_compression: bool,
    /// Whether it is the built-in `openai`.
    pub is_builtin_openai: bool,
}

/// Where the built-in `openai` provider and providers without `base_url` are.
pub const OPENAI_BASE_URL: &str = "https://api.openai.com/v1";
/// Default of `request_max_retries`.
pub const DEFAULT_REQUEST_MAX_RETRIES: u64 = 4;
/// Default of `stream_max_retries`.
pub const DEFAULT_STREAM_MAX_RETRIES: u64 = 5;
/// Default of `stream_idle_timeout_ms`.
pub const DEFAULT_STREAM_IDLE_TIMEOUT: Duration = Duration::from_millis(300_000);
/// Default of `websocket_connect_timeout_ms`.
pub const DEFAULT_WEBSOCKET_CONNECT_TIMEOUT: Duration = Duration::from_millis(15_000);
/// Default of `auth.timeout_ms`.
pub const DEFAULT_AUTH_TIMEOUT: Duration = Duration::from_millis(5_000);
/// Default of `auth.refresh_interval_ms`.
pub const DEFAULT_AUTH_REFRESH_INTERVAL: Duration = Duration::from_millis(300_000);

impl ProviderInfo {
    /// A provider that speaks Responses at `base_url`, without a key and with the usual patience.
    pub fn at(id: &str, name: &str, base_url: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            base_url: base_url.trim_end_matches('/').to_owned(),
            env_key: None,
            env_key_instructions: None,
            experimental_bearer_token: None,
            auth_command: None,
            auth_scheme: AuthScheme::Bearer,
            wire_api: WireApi::default(),
            dialect: Dialect::of_address(base_url),
            capabilities: Capabilities::default(),
            max_output_tokens: None,
            query_params: BTreeMap::new(),
            http_headers: BTreeMap::new(),
            env_http_headers: BTreeMap::new(),
            request_max_retries: DEFAULT_REQUEST_MAX_RETRIES,
            stream_max_retries: DEFAULT_STREAM_MAX_RETRIES,
            stream_idle_timeout: DEFAULT_STREAM_IDLE_TIMEOUT,
            requires_openai_auth: false,
            supports_websockets: false,
            websocket_connect_timeout: DEFAULT_WEBSOCKET_CONNECT_TIMEOUT,
            request_compression: false,
            is_builtin_openai: false,
        }
    }

    /// How a key is sent to a server of this dialect over this wire, when the table does not say.
    pub fn default_auth_scheme(wire: WireApi, dialect: Dialect) -> AuthScheme {
        let bearer = matches!(dialect, Dialect::Vertex | Dialect::Bedrock | Dialect::Openrouter | Dialect::Copilot | Dialect::Github);
        match (wire, dialect) {
            (WireApi::Responses | WireApi::Chat, Dialect::Azure) => AuthScheme::ApiKey,
            (WireApi::Messages, _) if !bearer => AuthScheme::XApiKey,
            _ => AuthScheme::Bearer,
        }
    }

    /// The built-in `openai` provider.
    pub fn openai() -> Self {
        Self {
            requires_openai_auth: true,
            supports_websockets: true,
            request_compression: true,
            is_builtin_openai: true,
            dialect: Dialect::Openai,
            ..Self::at("openai", "OpenAI", OPENAI_BASE_URL)
        }
    }
}

impl fmt::Debug for ProviderInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header_names: Vec<&String> = self.http_headers.keys().collect();
        f.debug_struct("ProviderInfo")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .field("env_key", &self.env_key)
            .field("has_bearer_token", &self.experimental_bearer_token.is_some())
            .field("auth_command", &self.auth_command.as_ref().map(|auth| &auth.command))
            .field("wire_api", &self.wire_api)
            .field("dialect", &self.dialect)
            .field("http_headers", &header_names)
            .field("env_http_headers", &self.env_http_headers)
            .field("request_max_retries", &self.request_max_retries)
            .field("stream_max_retries", &self.stream_max_retries)
            .field("stream_idle_timeout", &self.stream_idle_timeout)
            .field("requires_openai_auth", &self.requires_openai_auth)
            .field("request_compression", &self.request_compression)
            .field("is_builtin_openai", &self.is_builtin_openai)
            .finish_non_exhaustive()
    }
}
