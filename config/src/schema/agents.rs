//! `[agents]`: limits of sub-agents, and a table for each role.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The keys that are no roles.
pub(crate) const LIMITS: [&str; 3] = ["max_threads", "max_depth", "job_max_runtime_seconds"];

/// Limits of sub-agents; every further key is a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AgentsToml {
    /// Most sub-agents at work at the same time.
    pub max_threads: Option<usize>,
    /// How deep sub-agents may start further ones.
    pub max_depth: Option<i32>,
    /// Longest time of one job, seconds.
    pub job_max_runtime_seconds: Option<u64>,
    /// Roles by name.
    #[serde(flatten)]
    pub roles: BTreeMap<String, AgentRoleToml>,
}

/// A role that a sub-agent can have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct AgentRoleToml {
    /// What the role is for; the model chooses by it.
    pub description: Option<String>,
    /// File with keys that are laid over the configuration of a sub-agent with this role.
    pub config_file: Option<PathBuf>,
    /// Names that such a sub-agent may be given.
    pub nickname_candidates: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for AgentsToml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Agents", &LIMITS, AgentsVisitor)
    }
}

/// Written by hand because flattening would lose sight of which key was read.
struct AgentsVisitor;

impl<'de> Visitor<'de> for AgentsVisitor {
    type Value = AgentsToml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("struct AgentsToml")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut agents = AgentsToml::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "max_threads" => agents.max_threads = map.next_value()?,
                "max_depth" => agents.max_depth = map.next_value()?,
                "job_max_runtime_seconds" => agents.job_max_runtime_seconds = map.next_value()?,
                _ => drop(agents.roles.insert(key, map.next_value()?)),
            }
        }
        Ok(agents)
    }
}
