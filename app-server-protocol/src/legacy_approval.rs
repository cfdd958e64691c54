//! Approvals in the spelling of older clients.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::approval::NetworkPolicyAmendment;
use crate::thread::ThreadId;

/// Params of the server's request `applyPatchApproval`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApplyPatchApprovalParams {
    pub call_id: String,
    pub conversation_id: ThreadId,
    pub file_changes: BTreeMap<String, FileChange>,
    #[serde(default)]
    pub grant_root: Option<String>,
    #[serde(default)]
    pub reason: Option<String>,
}

/// A client's answer to `applyPatchApproval`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ApplyPatchApprovalResponse {
    pub decision: ReviewDecision,
}

/// Params of the server's request `execCommandApproval`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExecCommandApprovalParams {
    #[serde(default)]
    pub approval_id: Option<String>,
    pub call_id: String,
    pub command: Vec<String>,
    pub conversation_id: ThreadId,
    pub cwd: String,
    pub parsed_cmd: Vec<ParsedCommand>,
    #[serde(default)]
    pub reason: Option<String>,
}

/// A client's answer to `execCommandApproval`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ExecCommandApprovalResponse {
    pub decision: ReviewDecision,
}

/// What a patch does to one file, in the older spelling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum FileChange {
    Add {
        content: String,
    },
    Delete {
        content: String,
    },
    Update {
        #[serde(default)]
        move_path: Option<String>,
        unified_diff: String,
    },
}

/// An answer, in the older spelling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    Approved,
    ApprovedExecpolicyAmendment { proposed_execpolicy_amendment: Vec<String> },
    ApprovedForSession,
    NetworkPolicyAmendment { network_policy_amendment: NetworkPolicyAmendment },
    Denied,
    Abort,
}

/// What a part of a command line does, in the older spelling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ParsedCommand {
    Read {
        cmd: String,
        name: String,
        path: String,
    },
    ListFiles {
        cmd: String,
        #[serde(default)]
        path: Option<String>,
    },
    Search {
        cmd: String,
        #[serde(default)]
        path: Option<String>,
        #[serde(default)]
        query: Option<String>,
    },
    Unknown {
        cmd: String,
    },
}
