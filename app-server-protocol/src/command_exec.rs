//! Commands of the client, outside of any thread.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::policy::SandboxPolicy;

/// Params of `command/exec`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct CommandExecParams {
    pub command: Vec<String>,
    #[serde(default)]
    pub cwd: Option<String>,
    #[serde(default)]
    pub disable_output_cap: bool,
    #[serde(default)]
    pub disable_timeout: bool,
    #[serde(default)]
    pub env: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    pub output_bytes_cap: Option<u64>,
    #[serde(default)]
    pub process_id: Option<String>,
    #[serde(default)]
    pub sandbox_policy: Option<SandboxPolicy>,
    #[serde(default)]
    pub size: Option<CommandExecTerminalSize>,
    #[serde(default)]
    pub stream_stdin: bool,
    #[serde(default)]
    pub stream_stdout_stderr: bool,
    #[serde(default)]
    pub timeout_ms: Option<i64>,
    #[serde(default)]
    pub tty: bool,
}

/// Result of `command/exec`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct CommandExecResponse {
    pub exit_code: i32,
    pub stderr: String,
    pub stdout: String,
}

/// Params of `command/exec/write`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct CommandExecWriteParams {
    #[serde(default)]
    pub close_stdin: bool,
    #[serde(default)]
    pub delta_base64: Option<String>,
    pub process_id: String,
}

/// Result of `command/exec/write`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct CommandExecWriteResponse {}

/// Params of `command/exec/terminate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct CommandExecTerminateParams {
    pub process_id: String,
}

/// Result of `command/exec/terminate`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct CommandExecTerminateResponse {}

/// Params of `command/exec/resize`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct CommandExecResizeParams {
    pub process_id: String,
    pub size: CommandExecTerminalSize,
}

/// Result of `command/exec/resize`.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct CommandExecResizeResponse {}

/// Notification `command/exec/outputDelta`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct CommandExecOutputDeltaNotification {
    pub cap_reached: bool,
    pub delta_base64: String,
    pub process_id: String,
    pub stream: CommandExecOutputStream,
}

/// Size of a terminal in cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct CommandExecTerminalSize {
    pub cols: u16,
    pub rows: u16,
}

/// Which stream output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub enum CommandExecOutputStream {
    Stdout,
    Stderr,
}
