//! Events about commands.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{CallId, TurnId};

/// Who started a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandSource {
    /// The model, by a shell tool.
    #[default]
    Agent,
    /// The user.
    UserShell,
    /// The model, by `exec_command`.
    UnifiedExecStartup,
    /// The model, by `write_stdin`.
    UnifiedExecInteraction,
}

/// What a part of a command line does, as far as it can be told by reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ParsedCommand {
    /// Reads a file.
    Read {
        /// The command.
        cmd: String,
        /// File name without folder.
        name: String,
        /// The path as written.
        path: PathBuf,
    },
    /// Lists a folder.
    ListFiles {
        /// The command.
        cmd: String,
        /// The folder, if one is named.
        path: Option<String>,
    },
    /// Searches.
    Search {
        /// The command.
        cmd: String,
        /// What for.
        query: Option<String>,
        /// Where.
        path: Option<String>,
    },
    /// Anything else.
    Unknown {
        /// The command.
        cmd: String,
    },
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandStatus {
    /// Exit code 0.
    Completed,
    /// Any other exit, or it could not be started.
    Failed,
    /// It was not allowed to run.
    Declined,
}

/// A command started, or was refused before it could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExecCommandBegin {
    /// The call.
    pub call_id: CallId,
    /// The live session, for `exec_command`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_id: Option<String>,
    /// The turn.
    pub turn_id: TurnId,
    /// argv as the model asked for it, without the sandbox around it.
    pub command: Vec<String>,
    /// Where it runs.
    pub cwd: PathBuf,
    /// What its parts do.
    pub parsed_cmd: Vec<ParsedCommand>,
    /// Who started it.
    #[serde(default)]
    pub source: CommandSource,
}

/// Which stream a piece of output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputStream {
    /// Standard output, or the terminal.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A command printed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExecCommandOutputDelta {
    /// The call.
    pub call_id: CallId,
    /// Which stream.
    pub stream: OutputStream,
    /// What it printed; bytes that are no UTF-8 are replaced.
    pub chunk: String,
}

/// The model wrote to a running command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TerminalInteraction {
    /// The call that started the command.
    pub call_id: CallId,
    /// The live session.
    pub process_id: String,
    /// What was written.
    pub stdin: String,
}

/// A command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExecCommandEnd {
    /// The call.
    pub call_id: CallId,
    /// The live session, for `exec_command`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_id: Option<String>,
    /// The turn.
    pub turn_id: TurnId,
    /// argv as the model asked for it.
    pub command: Vec<String>,
    /// Where it ran.
    pub cwd: PathBuf,
    /// What its parts do.
    pub parsed_cmd: Vec<ParsedCommand>,
    /// Who started it.
    #[serde(default)]
    pub source: CommandSource,
    /// Standard output, as far as it was kept apart.
    #[serde(default)]
    pub stdout: String,
    /// Standard error, as far as it was kept apart.
    #[serde(default)]
    pub stderr: String,
    /// Both streams in order, at most 1 MiB.
    #[serde(default)]
    pub aggregated_output: String,
    /// Exit code; 128 + N for signal N, 124 for a time-out, -1 when it did not run.
    pub exit_code: i32,
    /// How long it ran.
    pub duration: Duration,
    /// What the model was told.
    #[serde(default)]
    pub formatted_output: String,
    /// How it ended.
    pub status: CommandStatus,
}
