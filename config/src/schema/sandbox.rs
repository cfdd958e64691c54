//! `[sandbox_workspace_write]`.

use std::fmt;
use std::path::PathBuf;

use codex_protocol::NetworkRules;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Details of the mode `workspace-write`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct SandboxWorkspaceWriteToml {
    /// Further folders commands may write to.
    #[serde(default)]
    pub writable_roots: Vec<PathBuf>,
    /// Whether, or where, commands may use the network.
    #[serde(default)]
    pub network_access: NetworkAccessToml,
    /// Leaves `$TMPDIR` out.
    #[serde(default)]
    pub exclude_tmpdir_env_var: bool,
    /// Leaves `/tmp` out.
    #[serde(default)]
    pub exclude_slash_tmp: bool,
}

/// `network_access`: open, closed, or open for some hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum NetworkAccessToml {
    /// All or nothing.
    Whole(bool),
    /// Through our proxy, by host.
    Hosts(NetworkRules),
}

impl Default for NetworkAccessToml {
    fn default() -> Self {
        Self::Whole(false)
    }
}

impl<'de> Deserialize<'de> for NetworkAccessToml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("NetworkAccess", &["allow", "deny"], NetworkAccessVisitor)
    }
}

/// Written by hand because an untagged enum would hide which of its forms was wrong, and where.
struct NetworkAccessVisitor;

impl<'de> Visitor<'de> for NetworkAccessVisitor {
    type Value = NetworkAccessToml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean, or a table with `allow` and `deny`")
    }

    fn visit_bool<E>(self, open: bool) -> Result<Self::Value, E> {
        Ok(NetworkAccessToml::Whole(open))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        NetworkRules::deserialize(MapAccessDeserializer::new(map)).map(NetworkAccessToml::Hosts)
    }
}
