//! How a tool is offered to a model. The serialised form is the Responses wire's; other wires
//! translate it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One offered tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToolSpec {
    /// A function with a JSON schema for its arguments.
    Function {
        /// Name.
        name: String,
        /// What it is for, for the model.
        description: String,
        /// Always false: schemas here have optional keys.
        strict: bool,
        /// JSON schema of the arguments.
        parameters: Value,
    },
    /// A tool that takes free text in a grammar.
    Custom {
        /// Name.
        name: String,
        /// What it is for, for the model.
        description: String,
        /// The grammar.
        format: FreeformFormat,
    },
    /// The server's own web search; keys as the wire spells them.
    WebSearch {
        /// Whether pages are fetched live; false reads the server's cache.
        external_web_access: bool,
        /// Domain filters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filters: Option<Value>,
        /// Where the user is, roughly.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_location: Option<Value>,
        /// `low`, `medium` or `high`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        search_context_size: Option<String>,
    },
    /// The server makes images.
    ImageGeneration {
        /// Such as `png`.
        output_format: String,
    },
}

/// Grammar of a freeform tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeformFormat {
    /// Always `grammar`.
    pub r#type: String,
    /// Such as `lark`.
    pub syntax: String,
    /// The grammar's text.
    pub definition: String,
}

impl ToolSpec {
    /// The name a model calls it by.
    pub fn name(&self) -> &str {
        match self {
            Self::Function { name, .. } | Self::Custom { name, .. } => name,
            Self::WebSearch { .. } => "web_search",
            Self::ImageGeneration { .. } => "image_generation",
        }
    }
}
