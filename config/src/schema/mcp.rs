//! `[mcp_servers.NAME]`.
//!
//! One table serves two kinds of server, and which keys go together is checked while reading, so that the message names the
//! server. Whatever came through has exactly one of `command` and `url`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// One MCP server. `Debug` shows only what is no secret.
#[derive(Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct McpServerToml {
    /// Program of a server that speaks over its standard streams.
    pub command: Option<String>,
    /// Arguments of `command`.
    pub args: Option<Vec<String>>,
    /// Variables for `command`.
    pub env: Option<BTreeMap<String, String>>,
    /// Names of variables that `command` gets from ours.
    pub env_vars: Option<Vec<String>>,
    /// Folder `command` is started in; that of this program when absent.
    pub cwd: Option<PathBuf>,
    /// Address of a server that speaks streamable HTTP.
    pub url: Option<String>,
    /// Variable with the token that is sent to `url`.
    pub bearer_token_env_var: Option<String>,
    /// Further headers.
    pub http_headers: Option<BTreeMap<String, String>>,
    /// Further headers whose values come from variables; unset ones are left out.
    pub env_http_headers: Option<BTreeMap<String, String>>,
    /// What to ask for when signing in.
    pub scopes: Option<Vec<String>>,
    /// The resource to name when signing in.
    pub oauth_resource: Option<String>,
    /// Longest wait for the server to be ready, seconds.
    #[schemars(extend("default" = 10.0), range(min = 0))]
    pub startup_timeout_sec: Option<f64>,
    /// The same in milliseconds; `startup_timeout_sec` beats it.
    pub startup_timeout_ms: Option<u64>,
    /// Longest wait for a call, seconds.
    #[schemars(extend("default" = 60.0), range(min = 0))]
    pub tool_timeout_sec: Option<f64>,
    /// Whether it is used.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// Whether nothing starts without it.
    #[schemars(extend("default" = false))]
    pub required: Option<bool>,
    /// The only tools that are offered, by the server's own names.
    pub enabled_tools: Option<Vec<String>>,
    /// Tools that are not offered, whatever `enabled_tools` says.
    pub disabled_tools: Option<Vec<String>>,
    /// Details of single tools.
    #[serde(default)]
    pub tools: BTreeMap<String, McpToolToml>,
}

/// One tool of an MCP server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct McpToolToml {
    /// When a call is asked about; "always allow" in a question writes `approve`.
    #[schemars(extend("default" = "auto"))]
    pub approval_mode: Option<ToolApprovalMode>,
}

/// When a call of a tool is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolApprovalMode {
    /// By what the tool says of itself.
    #[default]
    Auto,
    /// Always.
    Prompt,
    /// Never.
    Approve,
}

impl McpServerToml {
    /// Longest wait for the server to be ready, seconds, as far as somebody said so.
    pub fn startup_timeout(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a wait of so many milliseconds is not to be had")]
        self.startup_timeout_sec.or_else(|| self.startup_timeout_ms.map(|ms| ms as f64 / 1000.0))
    }
}

impl fmt::Debug for McpServerToml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |map: &Option<BTreeMap<String, String>>| map.iter().flat_map(BTreeMap::keys).cloned().collect::<Vec<_>>();
        f.debug_struct("McpServerToml")
            .field("command", &self.command)
            .field("url", &self.url)
            .field("env", &names(&self.env))
            .field("http_headers", &names(&self.http_headers))
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// The table as it is written, with a key that only old files have.
#[derive(Deserialize)]
struct Written {
    command: Option<String>,
    args: Option<Vec<String>>,
    env: Option<BTreeMap<String, String>>,
    env_vars: Option<Vec<String>>,
    cwd: Option<PathBuf>,
    url: Option<String>,
    bearer_token: Option<String>,
    bearer_token_env_var: Option<String>,
    http_headers: Option<BTreeMap<String, String>>,
    env_http_headers: Option<BTreeMap<String, String>>,
    scopes: Option<Vec<String>>,
    oauth_resource: Option<String>,
    startup_timeout_sec: Option<f64>,
    startup_timeout_ms: Option<u64>,
    tool_timeout_sec: Option<f64>,
    enabled: Option<bool>,
    required: Option<bool>,
    enabled_tools: Option<Vec<String>>,
    disabled_tools: Option<Vec<String>>,
    #[serde(default)]
    tools: BTreeMap<String, McpToolToml>,
}

impl<'de> Deserialize<'de> for McpServerToml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        match written.fault() {
            Some(fault) => Err(D::Error::custom(fault)),
            None => Ok(written.into()),
        }
    }
}

impl Written {
    fn fault(&self) -> Option<String> {
        let misplaced = |keys: &[(&str, bool)], transport: &str| {
            keys.iter().find(|(_, set)| *set).map(|(key, _)| format!("{key} is not supported for {transport}"))
        };
        let transport = match (&self.command, &self.url) {
            (Some(_), _) => misplaced(
                &[
                    ("url", self.url.is_some()),
                    ("bearer_token_env_var", self.bearer_token_env_var.is_some()),
                    ("bearer_token", self.bearer_token.is_some()),
                    ("http_headers", self.http_headers.is_some()),
                    ("env_http_headers", self.env_http_headers.is_some()),
                    ("oauth_resource", self.oauth_resource.is_some()),
                ],
                "stdio",
            ),
            (None, Some(_)) => misplaced(
                &[
                    ("args", self.args.is_some()),
                    ("env", self.env.is_some()),
                    ("env_vars", self.env_vars.is_some()),
                    ("cwd", self.cwd.is_some()),
                    ("bearer_token", self.bearer_token.is_some()),
                ],
                "streamable_http",
            ),
            (None, None) => Some("invalid transport".to_owned()),
        };
        let seconds = [self.startup_timeout_sec, self.tool_timeout_sec];
        let negative = || seconds.into_iter().flatten().find(|value| !value.is_finite() || *value < 0.0);
        transport.or_else(|| negative().map(|_| "cannot convert float seconds to Duration: value is negative".to_owned()))
    }
}

impl From<Written> for McpServerToml {
    fn from(written: Written) -> Self {
        let Written { command, args, env, env_vars, cwd, url, bearer_token: _, bearer_token_env_var, http_headers, .. } = written;
        Self {
            command,
            args,
            env,
            env_vars,
            cwd,
            url,
            bearer_token_env_var,
            http_headers,
            env_http_headers: written.env_http_headers,
            scopes: written.scopes,
            oauth_resource: written.oauth_resource,
            startup_timeout_sec: written.startup_timeout_sec,
            startup_timeout_ms: written.startup_timeout_ms,
            tool_timeout_sec: written.tool_timeout_sec,
            enabled: written.enabled,
            required: written.required,
            enabled_tools: written.enabled_tools,
            disabled_tools: written.disabled_tools,
            tools: written.tools,
        }
    }
}
