//! `[permissions.NAME]`: named sets of what commands may reach.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// One set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct PermissionsToml {
    /// What commands reach over the network.
    pub network: Option<NetworkPermissionsToml>,
    /// Paths, and what commands may do there.
    #[serde(default)]
    pub filesystem: BTreeMap<String, FilesystemPermissionToml>,
}

/// What commands reach over the network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct NetworkPermissionsToml {
    /// Whether the network goes through the proxy.
    pub enabled: Option<bool>,
    /// Where the HTTP proxy listens.
    pub proxy_url: Option<String>,
    /// Whether there is a SOCKS5 proxy.
    pub enable_socks5: Option<bool>,
    /// Where the SOCKS5 proxy listens.
    pub socks_url: Option<String>,
    /// Whether the SOCKS5 proxy carries UDP.
    pub enable_socks5_udp: Option<bool>,
    /// Whether the proxy may go on through another one.
    pub allow_upstream_proxy: Option<bool>,
    /// Lets the proxies listen on other than loopback addresses.
    pub dangerously_allow_non_loopback_proxy: Option<bool>,
    /// Opens every Unix socket.
    pub dangerously_allow_all_unix_sockets: Option<bool>,
    /// How much of HTTP passes.
    pub mode: Option<NetworkMode>,
    /// Hosts that are reached.
    pub allowed_domains: Option<Vec<String>>,
    /// Hosts that are not.
    pub denied_domains: Option<Vec<String>>,
    /// Unix sockets that are reached.
    pub allow_unix_sockets: Option<Vec<String>>,
    /// Whether commands may listen on addresses of this machine.
    pub allow_local_binding: Option<bool>,
}

/// How much of HTTP passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// Reading alone.
    Limited,
    /// Everything.
    Full,
}

/// What commands may do at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum FilesystemPermissionToml {
    /// There and below.
    Access(FilesystemAccess),
    /// At single names below it.
    Below(BTreeMap<String, FilesystemAccess>),
}

/// An access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FilesystemAccess {
    /// Nothing.
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
}

impl<'de> Deserialize<'de> for FilesystemPermissionToml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FilesystemVisitor)
    }
}

/// Written by hand so that the message says which word was wrong.
struct FilesystemVisitor;

impl<'de> Visitor<'de> for FilesystemVisitor {
    type Value = FilesystemPermissionToml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an access or a table of accesses")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
        let word: StrDeserializer<'_, E> = word.into_deserializer();
        FilesystemAccess::deserialize(word).map(FilesystemPermissionToml::Access)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(FilesystemPermissionToml::Below)
    }
}
