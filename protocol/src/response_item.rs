//! Items of the conversation with a model: what is sent, what comes back, what history keeps.
//!
//! The Responses wire is the canonical form (keys in wire order). Ids that the server gave are
//! read but never written: requests and rollouts carry items without them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContentItem {
    /// Text to the model.
    InputText {
        /// The text.
        text: String,
    },
    /// An image to the model.
    InputImage {
        /// `data:` or `https:` URL.
        image_url: String,
    },
    /// Text from the model.
    OutputText {
        /// The text.
        text: String,
    },
    /// The model declined to answer.
    Refusal {
        /// Its words.
        refusal: String,
    },
}

/// Whether a message of the model is commentary on the way or the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessagePhase {
    /// On the way.
    Commentary,
    /// The answer.
    FinalAnswer,
}

/// One part of a reasoning summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReasoningSummary {
    /// Text.
    SummaryText {
        /// The text.
        text: String,
    },
}

/// One part of raw reasoning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReasoningContent {
    /// Raw reasoning.
    ReasoningText {
        /// The text.
        text: String,
    },
    /// The same under its older name.
    Text {
        /// The text.
        text: String,
    },
}

/// How far a local shell call is, as the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocalShellStatus {
    /// Whole.
    Completed,
    /// Still coming.
    InProgress,
    /// Cut off.
    Incomplete,
}

/// What a local shell call wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LocalShellAction {
    /// Run a program.
    Exec {
        /// Its argv.
        command: Vec<String>,
        /// Time limit in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_ms: Option<u64>,
        /// Where it runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working_directory: Option<String>,
        /// Further environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<std::collections::BTreeMap<String, String>>,
        /// Unused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
    },
}

/// What the server's own web search did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WebSearchAction {
    /// Searched.
    Search {
        /// The query.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
        /// All queries, where there were several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queries: Option<Vec<String>>,
    },
    /// Opened a page.
    OpenPage {
        /// Its address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// Looked for a text in a page.
    FindInPage {
        /// Its address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// The text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
    },
    /// Something newer than this program.
    #[serde(other)]
    Other,
}

/// One part of a tool's output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutputContentItem {
    /// Text.
    InputText {
        /// The text.
        text: String,
    },
    /// An image.
    InputImage {
        /// `data:` or `https:` URL.
        image_url: String,
        /// How closely the model should look.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
}

/// A tool's output: one text, or a list of texts and images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ToolOutputBody {
    /// One text.
    Text(String),
    /// Several parts.
    Content(Vec<OutputContentItem>),
}

impl ToolOutputBody {
    /// The texts, joined by newlines; images are left out.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Content(parts) => {
                let texts: Vec<&str> = parts
                    .iter()
                    .filter_map(|part| match part {
                        OutputContentItem::InputText { text } => Some(text.as_str()),
                        OutputContentItem::InputImage { .. } => None,
                    })
                    .collect();
                texts.join("\n")
            }
        }
    }
}

/// One item of the conversation. Types unknown to this program read as `Other` and are dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ResponseItem {
    /// A message of a developer, a user or the model.
    Message {
        /// Server's id; read only.
        #[serde(default, skip_serializing)]
        id: Option<String>,
        /// `developer`, `user`, `assistant` or `system`.
        role: String,
        /// Its parts.
        content: Vec<ContentItem>,
        /// Commentary or answer, when the server says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phase: Option<MessagePhase>,
    },
    /// Reasoning of the model.
    Reasoning {
        /// Server's id; read only.
        #[serde(default, skip_serializing)]
        id: Option<String>,
        /// Summary for people.
        summary: Vec<ReasoningSummary>,
        /// Raw reasoning, where the server shows it.
        #[serde(default)]
        content: Option<Vec<ReasoningContent>>,
        /// Opaque state that goes back to the same server.
        #[serde(default)]
        encrypted_content: Option<String>,
        /// What another wire must get back unchanged; kept in rollouts, never sent as such.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wire_state: Option<Value>,
    },
    /// A call of the server-defined local shell.
    LocalShellCall {
        /// Server's id; read only.
        #[serde(default, skip_serializing)]
        id: Option<String>,
        /// Pairs call and output.
        call_id: Option<String>,
        /// How far it is.
        status: LocalShellStatus,
        /// What it wants.
        action: LocalShellAction,
    },
    /// A call of a function tool.
    FunctionCall {
        /// Server's id; read only.
        #[serde(default, skip_serializing)]
        id: Option<String>,
        /// Tool name.
        name: String,
        /// Namespace of the tool, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        /// JSON text, kept verbatim.
        arguments: String,
        /// Pairs call and output.
        call_id: String,
        /// What another wire must get back unchanged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wire_state: Option<Value>,
    },
    /// Output of a function call or a local shell call.
    FunctionCallOutput {
        /// Pairs call and output.
        call_id: String,
        /// What the tool said.
        output: ToolOutputBody,
    },
    /// A call of a freeform tool.
    CustomToolCall {
        /// Server's id; read only.
        #[serde(default, skip_serializing)]
        id: Option<String>,
        /// How far it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// Pairs call and output.
        call_id: String,
        /// Tool name.
        name: String,
        /// The text it was given.
        input: String,
        /// What another wire must get back unchanged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wire_state: Option<Value>,
    },
    /// Output of a freeform call.
    CustomToolCallOutput {
        /// Pairs call and output.
        call_id: String,
        /// What the tool said.
        output: ToolOutputBody,
    },
    /// The server searched the web by itself.
    WebSearchCall {
        /// Server's id; read only.
        #[serde(default, skip_serializing)]
        id: Option<String>,
        /// How far it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// What it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<WebSearchAction>,
    },
    /// The server made an image.
    ImageGenerationCall {
        /// Server's id.
        id: String,
        /// How far it is.
        status: String,
        /// The prompt as the server rewrote it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revised_prompt: Option<String>,
        /// Base64 of the image.
        result: String,
    },
    /// Opaque summary made by the server's own compaction.
    Compaction {
        /// Opaque.
        encrypted_content: String,
    },
    /// A type newer than this program.
    #[serde(other)]
    Other,
}

impl ResponseItem {
    /// A user message of one text.
    pub fn user_text(text: impl Into<String>) -> Self {
        Self::input_message("user", vec![ContentItem::InputText { text: text.into() }])
    }

    /// A developer message of one text.
    pub fn developer_text(text: impl Into<String>) -> Self {
        Self::input_message("developer", vec![ContentItem::InputText { text: text.into() }])
    }

    /// A message to the model.
    pub fn input_message(role: &str, content: Vec<ContentItem>) -> Self {
        Self::Message { id: None, role: role.to_owned(), content, phase: None }
    }

    /// The id that pairs this call with its output; `None` when this is no call.
    pub fn call_id(&self) -> Option<&str> {
        match self {
            Self::FunctionCall { call_id, .. } | Self::CustomToolCall { call_id, .. } => Some(call_id),
            Self::LocalShellCall { call_id, .. } => call_id.as_deref(),
            _ => None,
        }
    }

    /// The id of the call that this is the output of; `None` when this is no output.
    pub fn output_of(&self) -> Option<&str> {
        match self {
            Self::FunctionCallOutput { call_id, .. } | Self::CustomToolCallOutput { call_id, .. } => Some(call_id),
            _ => None,
        }
    }

    /// The joined text of a message; `None` when this is no message.
    pub fn message_text(&self) -> Option<String> {
        let Self::Message { content, .. } = self else { return None };
        let mut text = String::new();
        for part in content {
            match part {
                ContentItem::InputText { text: part } | ContentItem::OutputText { text: part } => text.push_str(part),
                ContentItem::Refusal { refusal } => text.push_str(refusal),
                ContentItem::InputImage { .. } => {}
            }
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn round_trip(wire: Value) -> Value {
        let item: ResponseItem = serde_json::from_value(wire).unwrap();
        serde_json::to_value(item).unwrap()
    }

    #[test]
    fn server_ids_and_annotations_are_left_out() {
        let got = round_trip(json!({"type":"message","id":"msg_1","role":"assistant","status":"completed",
            "content":[{"type":"output_text","text":"hi","annotations":[]}]}));
        assert_eq!(got, json!({"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}));
    }

    #[test]
    fn reasoning_keeps_a_null_content_and_its_encrypted_state() {
        let got =
            round_trip(json!({"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"t"}],"encrypted_content":"E"}));
        let text = serde_json::to_string(&got).unwrap();
        assert_eq!(text, r#"{"type":"reasoning","summary":[{"type":"summary_text","text":"t"}],"content":null,"encrypted_content":"E"}"#);
    }

    #[test]
    fn arguments_of_a_call_stay_verbatim() {
        let got = round_trip(
            json!({"type":"function_call","id":"fc","call_id":"c","name":"shell","arguments":"{\"a\" :1}","status":"completed"}),
        );
        assert_eq!(
            serde_json::to_string(&got).unwrap(),
            r#"{"type":"function_call","name":"shell","arguments":"{\"a\" :1}","call_id":"c"}"#
        );
    }

    #[test]
    fn an_unknown_type_reads_as_other() {
        let item: ResponseItem = serde_json::from_value(json!({"type":"hologram","x":1})).unwrap();
        assert_eq!(item, ResponseItem::Other);
    }
}
