//! What a person hands in: text, images and mentions.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A range of bytes in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ByteRange {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A part of the text that a front-end shows as one element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextElement {
    /// Where it stands in the text.
    pub byte_range: ByteRange,
    /// What is shown in its place.
    #[serde(default)]
    pub placeholder: Option<String>,
}

/// One piece of input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum UserInput {
    /// Text as typed.
    Text {
        /// The text.
        text: String,
        /// Elements inside it.
        #[serde(default)]
        text_elements: Vec<TextElement>,
    },
    /// An image by URL; `data:` URLs carry it inline.
    Image {
        /// The URL.
        image_url: String,
    },
    /// An image file on this machine; read when the turn starts.
    LocalImage {
        /// Where it is.
        path: PathBuf,
    },
    /// A skill chosen by the user.
    Skill {
        /// Its name.
        name: String,
        /// Its `SKILL.md`.
        path: PathBuf,
    },
    /// A mention of a tool or an app.
    Mention {
        /// Its name.
        name: String,
        /// Its address.
        path: String,
    },
}

impl UserInput {
    /// Plain text without elements.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), text_elements: Vec::new() }
    }
}
