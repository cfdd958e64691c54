//! Files and folders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::path::AbsolutePathBuf;

/// Params of `fs/readFile`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsReadFileParams {
    pub path: AbsolutePathBuf,
}

/// Result of `fs/readFile`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FsReadFileResponse {
    pub data_base64: String,
}

/// Params of `fs/writeFile`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FsWriteFileParams {
    pub data_base64: String,
    pub path: AbsolutePathBuf,
}

/// Result of `fs/writeFile`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsWriteFileResponse {}

/// Params of `fs/createDirectory`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsCreateDirectoryParams {
    pub path: AbsolutePathBuf,
    #[serde(default)]
    pub recursive: Option<bool>,
}

/// Result of `fs/createDirectory`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsCreateDirectoryResponse {}

/// Params of `fs/getMetadata`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsGetMetadataParams {
    pub path: AbsolutePathBuf,
}

/// Result of `fs/getMetadata`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FsGetMetadataResponse {
    pub created_at_ms: i64,
    pub is_directory: bool,
    pub is_file: bool,
    pub modified_at_ms: i64,
}

/// Params of `fs/readDirectory`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsReadDirectoryParams {
    pub path: AbsolutePathBuf,
}

/// Result of `fs/readDirectory`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsReadDirectoryResponse {
    pub entries: Vec<FsReadDirectoryEntry>,
}

/// Params of `fs/remove`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsRemoveParams {
    #[serde(default)]
    pub force: Option<bool>,
    pub path: AbsolutePathBuf,
    #[serde(default)]
    pub recursive: Option<bool>,
}

/// Result of `fs/remove`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsRemoveResponse {}

/// Params of `fs/copy`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FsCopyParams {
    pub destination_path: AbsolutePathBuf,
    #[serde(default)]
    pub recursive: bool,
    pub source_path: AbsolutePathBuf,
}

/// Result of `fs/copy`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsCopyResponse {}

/// Params of `fs/watch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsWatchParams {
    pub path: AbsolutePathBuf,
}

/// Result of `fs/watch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FsWatchResponse {
    pub path: AbsolutePathBuf,
    pub watch_id: String,
}

/// Params of `fs/unwatch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FsUnwatchParams {
    pub watch_id: String,
}

/// Result of `fs/unwatch`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FsUnwatchResponse {}

/// Notification `fs/changed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FsChangedNotification {
    pub changed_paths: Vec<AbsolutePathBuf>,
    pub watch_id: String,
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct FsReadDirectoryEntry {
    pub file_name: String,
    pub is_directory: bool,
    pub is_file: bool,
}
