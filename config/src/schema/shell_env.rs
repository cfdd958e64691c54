//! `[shell_environment_policy]`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::EnvironmentInherit;

/// Which variables commands see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ShellEnvironmentPolicyToml {
    /// What to start from.
    pub inherit: Option<EnvironmentInherit>,
    /// Keeps `*KEY*`, `*SECRET*`, `*TOKEN*` and the provider's key.
    pub ignore_default_excludes: Option<bool>,
    /// Globs of names to drop.
    pub exclude: Option<Vec<String>>,
    /// Variables to set.
    pub set: Option<BTreeMap<String, String>>,
    /// Globs of names to keep.
    pub include_only: Option<Vec<String>>,
    /// Accepted without effect.
    pub experimental_use_profile: Option<bool>,
}
