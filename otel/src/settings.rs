//! What is sent, where to and how.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// What is sent and where to; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether events carry prompts.
    pub log_user_prompt: bool,
    /// `deployment.environment` of everything.
    pub environment: Option<String>,
    /// Where events go.
    pub events: Option<Exporter>,
    /// Where traces go.
    pub traces: Option<Exporter>,
    /// Where metrics go.
    pub metrics: Option<Exporter>,
}

/// How bodies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Protocol buffers.
    Binary,
    /// JSON.
    Json,
}

/// A collector, over HTTP. `Debug` shows no values of headers.
#[derive(Clone, PartialEq, Eq)]
pub struct Exporter {
    /// The whole address, such as `https://collector/v1/traces`.
    pub endpoint: String,
    /// How bodies are written.
    pub encoding: Encoding,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// Certificates.
    pub tls: Tls,
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter").field("endpoint", &self.endpoint).field("encoding", &self.encoding).finish_non_exhaustive()
    }
}

/// Files with certificates, PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Authorities to believe beside the usual ones.
    pub authority: Option<PathBuf>,
    /// Our certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}
