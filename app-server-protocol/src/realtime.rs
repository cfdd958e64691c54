//! Realtime conversations. The methods are known to the dispatcher; no thread supports them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Params of `thread/realtime/start`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeStartParams {
    pub prompt: String,
    #[serde(default)]
    pub session_id: Option<String>,
    pub thread_id: String,
}

/// Result of `thread/realtime/start`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ThreadRealtimeStartResponse {}

/// Params of `thread/realtime/appendAudio`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeAppendAudioParams {
    pub audio: ThreadRealtimeAudioChunk,
    pub thread_id: String,
}

/// Result of `thread/realtime/appendAudio`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ThreadRealtimeAppendAudioResponse {}

/// Params of `thread/realtime/appendText`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeAppendTextParams {
    pub text: String,
    pub thread_id: String,
}

/// Result of `thread/realtime/appendText`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ThreadRealtimeAppendTextResponse {}

/// Params of `thread/realtime/stop`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeStopParams {
    pub thread_id: String,
}

/// Result of `thread/realtime/stop`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ThreadRealtimeStopResponse {}

/// Notification `thread/realtime/started`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeStartedNotification {
    #[serde(default)]
    pub session_id: Option<String>,
    pub thread_id: String,
    pub version: RealtimeConversationVersion,
}

/// Notification `thread/realtime/itemAdded`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeItemAddedNotification {
    pub item: Value,
    pub thread_id: String,
}

/// Notification `thread/realtime/transcriptUpdated`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeTranscriptUpdatedNotification {
    pub role: String,
    pub text: String,
    pub thread_id: String,
}

/// Notification `thread/realtime/outputAudio/delta`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeOutputAudioDeltaNotification {
    pub audio: ThreadRealtimeAudioChunk,
    pub thread_id: String,
}

/// Notification `thread/realtime/error`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeErrorNotification {
    pub message: String,
    pub thread_id: String,
}

/// Notification `thread/realtime/closed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeClosedNotification {
    #[serde(default)]
    pub reason: Option<String>,
    pub thread_id: String,
}

/// A piece of sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThreadRealtimeAudioChunk {
    pub data: String,
    #[serde(default)]
    pub item_id: Option<String>,
    pub num_channels: u16,
    pub sample_rate: u32,
    #[serde(default)]
    pub samples_per_channel: Option<u32>,
}

/// Version of the realtime wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum RealtimeConversationVersion {
    V1,
    V2,
}
