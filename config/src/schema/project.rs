//! `[projects."/path"]`.

use serde::Deserialize;

/// What the user decided about a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ProjectToml {
    /// How far it is trusted.
    pub trust_level: Option<TrustLevel>,
}

/// How far a directory is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrustLevel {
    /// Its `.codex` folder is read.
    Trusted,
    /// It is not.
    Untrusted,
}
