//! Events about patches.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{CallId, TurnId};

/// What a patch does to one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FileChange {
    /// A new file, or one overwritten.
    Add {
        /// The whole new text.
        content: String,
    },
    /// A file removed.
    Delete {
        /// The text it had; empty for bytes that are no text.
        content: String,
    },
    /// A file changed, and perhaps moved.
    Update {
        /// Unified diff without file headers.
        unified_diff: String,
        /// Where it went.
        #[serde(default)]
        move_path: Option<PathBuf>,
    },
}

/// How a patch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PatchStatus {
    /// Every change is on disk.
    Completed,
    /// Nothing was changed.
    Failed,
    /// It was not allowed.
    Declined,
}

/// A patch is about to be applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PatchApplyBegin {
    /// The call.
    pub call_id: CallId,
    /// The turn.
    pub turn_id: TurnId,
    /// Whether nobody was asked.
    pub auto_approved: bool,
    /// Absolute path to change.
    pub changes: BTreeMap<PathBuf, FileChange>,
}

/// A patch was applied, or was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PatchApplyEnd {
    /// The call.
    pub call_id: CallId,
    /// The turn.
    pub turn_id: TurnId,
    /// What was said of the changes.
    pub stdout: String,
    /// What went wrong.
    pub stderr: String,
    /// Whether every change is on disk.
    pub success: bool,
    /// Absolute path to change.
    #[serde(default)]
    pub changes: BTreeMap<PathBuf, FileChange>,
    /// How it ended.
    pub status: PatchStatus,
}

/// All changes of the turn so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnDiff {
    /// git format.
    pub unified_diff: String,
}
