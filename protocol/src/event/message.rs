//! Events about messages and reasoning.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ItemId, ThreadId, TurnId};
use crate::response_item::MessagePhase;
use crate::user_input::TextElement;

/// The user's message as recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserMessage {
    /// The text.
    pub message: String,
    /// Images by URL.
    #[serde(default)]
    pub images: Vec<String>,
    /// Image files.
    #[serde(default)]
    pub local_images: Vec<PathBuf>,
    /// Elements inside the text.
    #[serde(default)]
    pub text_elements: Vec<TextElement>,
}

/// A piece of a message or of reasoning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemDelta {
    /// The thread.
    pub thread_id: ThreadId,
    /// The turn.
    pub turn_id: TurnId,
    /// The item this is a piece of.
    pub item_id: ItemId,
    /// The piece.
    pub delta: String,
    /// Which part of a summary; absent for messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary_index: Option<i64>,
}

/// A whole message of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentMessage {
    /// The text.
    pub message: String,
    /// Commentary or answer, when the server says.
    #[serde(default)]
    pub phase: Option<MessagePhase>,
    /// Memories it stands on.
    #[serde(default)]
    pub memory_citation: Option<serde_json::Value>,
    /// The item that deltas of this message named; not on the wire.
    #[serde(skip)]
    pub item_id: Option<ItemId>,
}

/// A whole reasoning summary. Session files keep one such event a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentReasoning {
    /// The text; several parts are joined by newlines.
    pub text: String,
    /// The parts, when there are several; not on the wire.
    #[serde(skip)]
    pub parts: Vec<String>,
    /// The item that deltas of this summary named; not on the wire.
    #[serde(skip)]
    pub item_id: Option<ItemId>,
}

/// Another part of a reasoning summary begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SectionBreak {
    /// The reasoning item.
    pub item_id: ItemId,
    /// Which part.
    pub summary_index: i64,
}

/// An item of history as the model server has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RawResponseItem {
    /// The item.
    pub item: crate::response_item::ResponseItem,
}
