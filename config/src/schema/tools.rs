//! `[tools]`.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Options of tools.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct ToolsToml {
    /// Web search: on, off, or its options.
    pub web_search: Option<WebSearchToolConfigInput>,
    /// Whether the model may look at image files.
    pub view_image: Option<bool>,
    /// Tools offered beside the usual ones.
    pub extra: Option<Vec<ExtraTool>>,
}

/// Tools that read files without a shell; offered where they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExtraTool {
    /// `read_file`.
    ReadFile,
    /// `list_dir`.
    ListDir,
    /// `grep_files`.
    GrepFiles,
}

impl ExtraTool {
    /// The tool's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadFile => "read_file",
            Self::ListDir => "list_dir",
            Self::GrepFiles => "grep_files",
        }
    }
}

/// `tools.web_search`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum WebSearchToolConfigInput {
    /// On or off.
    Switch(bool),
    /// Options.
    Options(WebSearchToml),
}

impl<'de> Deserialize<'de> for WebSearchToolConfigInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("WebSearch", &["context_size", "allowed_domains", "location"], WebSearchVisitor)
    }
}

/// Written by hand so that the message says which option was wrong.
struct WebSearchVisitor;

impl<'de> Visitor<'de> for WebSearchVisitor {
    type Value = WebSearchToolConfigInput;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean or a table of options")
    }

    fn visit_bool<E>(self, on: bool) -> Result<Self::Value, E> {
        Ok(WebSearchToolConfigInput::Switch(on))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        WebSearchToml::deserialize(MapAccessDeserializer::new(map)).map(WebSearchToolConfigInput::Options)
    }
}

/// Options of web search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct WebSearchToml {
    /// How much context a search gives.
    pub context_size: Option<WebSearchContextSize>,
    /// Only results of these domains.
    pub allowed_domains: Option<Vec<String>>,
    /// Where the user roughly is.
    pub location: Option<WebSearchLocationToml>,
}

/// How much context a search gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WebSearchContextSize {
    /// Little.
    Low,
    /// The usual.
    Medium,
    /// Much.
    High,
}

impl WebSearchContextSize {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Where the user roughly is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct WebSearchLocationToml {
    /// Two-letter code.
    pub country: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// City.
    pub city: Option<String>,
    /// IANA name.
    pub timezone: Option<String>,
}
