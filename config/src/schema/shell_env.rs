//! `[shell_environment_policy]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::EnvironmentInherit;

/// Which variables commands see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct ShellEnvironmentPolicyToml {
    /// What to start from.
    #[schemars(extend("default" = "all"))]
    pub inherit: Option<EnvironmentInherit>,
    /// Keeps `*KEY*`, `*SECRET*`, `*TOKEN*` and the provider's key.
    #[schemars(extend("default" = false))]
    pub ignore_default_excludes: Option<bool>,
    /// Globs of names to drop.
    #[schemars(extend("default" = []))]
    pub exclude: Option<Vec<String>>,
    /// Variables to set.
    pub set: Option<BTreeMap<String, String>>,
    /// Globs of names to keep.
    #[schemars(extend("default" = []))]
    pub include_only: Option<Vec<String>>,
    /// Runs commands with the user's own shell profile.
    pub experimental_use_profile: Option<bool>,
}
