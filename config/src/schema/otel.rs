//! `[otel]`: where logs, traces and metrics are sent. Nothing is sent unless somebody says where.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is exported, and where to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct OtelToml {
    /// Whether prompts are part of what is exported.
    #[schemars(extend("default" = false))]
    pub log_user_prompt: Option<bool>,
    /// Name of the environment that events carry.
    pub environment: Option<String>,
    /// Where events go.
    #[schemars(extend("default" = "none"))]
    pub exporter: Option<OtelExporter>,
    /// Where traces go.
    #[schemars(extend("default" = "none"))]
    pub trace_exporter: Option<OtelExporter>,
    /// Where metrics go.
    #[schemars(extend("default" = "none"))]
    pub metrics_exporter: Option<OtelExporter>,
}

/// Where something goes. `Debug` shows no values of headers.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OtelExporter {
    /// Nowhere.
    None,
    /// Accepted; nothing is sent.
    Statsig,
    /// To a collector, over HTTP.
    OtlpHttp {
        /// Its address.
        endpoint: String,
        /// How bodies are written.
        protocol: OtelHttpProtocol,
        /// Further headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// Certificates.
        tls: Option<OtelTlsToml>,
    },
    /// To a collector, over gRPC.
    OtlpGrpc {
        /// Its address.
        endpoint: String,
        /// Further headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// Certificates.
        tls: Option<OtelTlsToml>,
    },
}

impl fmt::Debug for OtelExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Statsig => f.write_str("Statsig"),
            Self::OtlpHttp { endpoint, protocol, .. } => {
                f.debug_struct("OtlpHttp").field("endpoint", endpoint).field("protocol", protocol).finish_non_exhaustive()
            }
            Self::OtlpGrpc { endpoint, .. } => f.debug_struct("OtlpGrpc").field("endpoint", endpoint).finish_non_exhaustive(),
        }
    }
}

/// How bodies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OtelHttpProtocol {
    /// As protocol buffers.
    Binary,
    /// As JSON.
    Json,
}

/// Certificates of a connection to a collector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OtelTlsToml {
    /// File with the authorities to believe.
    pub ca_certificate: Option<PathBuf>,
    /// File with our certificate.
    pub client_certificate: Option<PathBuf>,
    /// File with its key.
    pub client_private_key: Option<PathBuf>,
}
