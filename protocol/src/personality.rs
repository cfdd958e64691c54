//! The tone a person wants from the model.
//!
//! A name only: what it makes of the instructions is `codex-core`'s work, which models take one `codex-model-client` knows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `personality`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Personality {
    /// The model's own.
    None,
    /// Warm.
    Friendly,
    /// Brief and factual.
    #[default]
    Pragmatic,
}

impl Personality {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Friendly => "friendly",
            Self::Pragmatic => "pragmatic",
        }
    }
}
