//! `[projects."/path"]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the user decided about a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct ProjectToml {
    /// How far it is trusted.
    pub trust_level: Option<TrustLevel>,
}

/// How far a directory is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TrustLevel {
    /// Its `.codex` folder is read.
    Trusted,
    /// It is not.
    Untrusted,
}
