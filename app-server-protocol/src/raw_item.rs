//! Items as the model's wire has them, for clients that ask for raw events.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::item::MessagePhase;

/// Notification `rawResponseItem/completed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct RawResponseItemCompletedNotification {
    pub item: ResponseItem,
    pub thread_id: String,
    pub turn_id: String,
}

/// An item of the model's wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ResponseItem {
    Message {
        content: Vec<ContentItem>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end_turn: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phase: Option<MessagePhase>,
        role: String,
    },
    Reasoning {
        #[serde(default)]
        content: Option<Vec<ReasoningItemContent>>,
        #[serde(default)]
        encrypted_content: Option<String>,
        summary: Vec<ReasoningItemReasoningSummary>,
    },
    LocalShellCall {
        action: LocalShellAction,
        #[serde(default)]
        call_id: Option<String>,
        #[serde(default)]
        id: Option<String>,
        status: LocalShellStatus,
    },
    FunctionCall {
        arguments: String,
        call_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
    },
    ToolSearchCall {
        arguments: Value,
        #[serde(default)]
        call_id: Option<String>,
        execution: String,
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        status: Option<String>,
    },
    FunctionCallOutput {
        call_id: String,
        output: FunctionCallOutputBody,
    },
    CustomToolCall {
        call_id: String,
        #[serde(default)]
        id: Option<String>,
        input: String,
        name: String,
        #[serde(default)]
        status: Option<String>,
    },
    CustomToolCallOutput {
        call_id: String,
        #[serde(default)]
        name: Option<String>,
        output: FunctionCallOutputBody,
    },
    ToolSearchOutput {
        #[serde(default)]
        call_id: Option<String>,
        execution: String,
        status: String,
        tools: Vec<Value>,
    },
    WebSearchCall {
        #[serde(default)]
        action: Option<ResponsesApiWebSearchAction>,
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        status: Option<String>,
    },
    ImageGenerationCall {
        id: String,
        result: String,
        #[serde(default)]
        revised_prompt: Option<String>,
        status: String,
    },
    GhostSnapshot {
        ghost_commit: GhostCommit,
    },
    Compaction {
        encrypted_content: String,
    },
    Other,
}

/// A piece of a message on the model's wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContentItem {
    InputText { text: String },
    InputImage { image_url: String },
    OutputText { text: String },
}

/// A raw piece of reasoning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReasoningItemContent {
    ReasoningText { text: String },
    Text { text: String },
}

/// A part of a reasoning summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReasoningItemReasoningSummary {
    SummaryText { text: String },
}

/// What the server's shell tool is to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum LocalShellAction {
    Exec {
        command: Vec<String>,
        #[serde(default)]
        env: Option<BTreeMap<String, String>>,
        #[serde(default)]
        timeout_ms: Option<u64>,
        #[serde(default)]
        user: Option<String>,
        #[serde(default)]
        working_directory: Option<String>,
    },
}

/// How far a call of the server's shell tool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum LocalShellStatus {
    Completed,
    InProgress,
    Incomplete,
}

/// Output of a tool as the model reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(untagged)]
pub enum FunctionCallOutputBody {
    Text(String),
    List(Vec<FunctionCallOutputContentItem>),
}

/// What a web search did, on the model's wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ResponsesApiWebSearchAction {
    Search {
        #[serde(default)]
        queries: Option<Vec<String>>,
        #[serde(default)]
        query: Option<String>,
    },
    OpenPage {
        #[serde(default)]
        url: Option<String>,
    },
    FindInPage {
        #[serde(default)]
        pattern: Option<String>,
        #[serde(default)]
        url: Option<String>,
    },
    Other,
}

/// A snapshot commit of other releases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct GhostCommit {
    pub id: String,
    #[serde(default)]
    pub parent: Option<String>,
    pub preexisting_untracked_dirs: Vec<String>,
    pub preexisting_untracked_files: Vec<String>,
}

/// A piece of a tool's output on the model's wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FunctionCallOutputContentItem {
    InputText {
        text: String,
    },
    InputImage {
        #[serde(default)]
        detail: Option<ImageDetail>,
        image_url: String,
    },
}

/// How closely an image is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum ImageDetail {
    Auto,
    Low,
    High,
    Original,
}
