//! Lines of a session file: `{"timestamp","type","payload"}`, one JSON object a line.
//!
//! Older and foreign lines always load: what this program does not know is kept as raw JSON.
//! Writing and reading files is `codex-state`'s work.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::EventMsg;
use crate::ids::{ThreadId, TurnId};
use crate::op::{ReasoningEffort, ReasoningSummaryMode};
use crate::policy::{ApprovalPolicy, SandboxPolicy};
use crate::response_item::ResponseItem;

/// A line as it stands in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolloutLine {
    /// RFC 3339 in UTC with milliseconds.
    pub timestamp: String,
    /// What the line says.
    #[serde(flatten)]
    pub item: RolloutItem,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all = "snake_case")]
pub enum RolloutItem {
    /// First line of a file: which session this is.
    SessionMeta(Box<SessionMeta>),
    /// What a turn ran under.
    TurnContext(Box<TurnContextLine>),
    /// An item of history.
    ResponseItem(ResponseItem),
    /// An event worth replaying to a front-end.
    EventMsg(EventMsg),
    /// History was replaced by a shorter one.
    Compacted(Compacted),
}

/// Which session a file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionMeta {
    /// The thread.
    pub id: ThreadId,
    /// The thread it was forked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from_id: Option<ThreadId>,
    /// When it began, RFC 3339 in UTC with milliseconds.
    pub timestamp: String,
    /// Working directory at that time.
    pub cwd: PathBuf,
    /// Which front-end began it, such as `codex_exec`.
    pub originator: String,
    /// Version of this program.
    pub cli_version: String,
    /// `exec`, `cli`, `vscode`, `mcp`, or an object for sub-agents.
    #[serde(default = "unknown_source")]
    pub source: Value,
    /// Provider id.
    #[serde(default)]
    pub model_provider: Option<String>,
    /// The instructions that every request of the thread carries.
    #[serde(default)]
    pub base_instructions: Option<BaseInstructions>,
    /// The repository at that time; absent outside one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitFacts>,
    /// Keys that this program does not know.
    #[serde(flatten)]
    pub other: serde_json::Map<String, Value>,
}

fn unknown_source() -> Value {
    Value::String("unknown".to_owned())
}

/// The instructions that every request of a thread carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseInstructions {
    /// The text.
    pub text: String,
}

/// What is recorded of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitFacts {
    /// Commit that is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_hash: Option<String>,
    /// Branch that is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// URL of the remote `origin`, credentials removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_url: Option<String>,
}

/// How tool output is shortened for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", content = "limit", rename_all = "snake_case")]
pub enum TruncationPolicy {
    /// At most so many bytes.
    Bytes(u64),
    /// At most so many tokens, four bytes each.
    Tokens(u64),
}

impl TruncationPolicy {
    /// The budget in bytes.
    pub fn byte_budget(self) -> usize {
        let bytes = match self {
            Self::Bytes(bytes) => bytes,
            Self::Tokens(tokens) => tokens.saturating_mul(4),
        };
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }
}

/// What a turn ran under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnContextLine {
    /// The turn.
    #[serde(default)]
    pub turn_id: Option<TurnId>,
    /// Working directory.
    pub cwd: PathBuf,
    /// Local date, `YYYY-MM-DD`.
    #[serde(default)]
    pub current_date: Option<String>,
    /// IANA name of the time zone.
    #[serde(default)]
    pub timezone: Option<String>,
    /// Approval policy.
    pub approval_policy: ApprovalPolicy,
    /// Sandbox policy.
    pub sandbox_policy: SandboxPolicy,
    /// Model slug.
    pub model: String,
    /// Reasoning effort as configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<ReasoningEffort>,
    /// Reasoning summary in force.
    #[serde(default)]
    pub summary: Option<ReasoningSummaryMode>,
    /// How tool output is shortened.
    #[serde(default)]
    pub truncation_policy: Option<TruncationPolicy>,
    /// Keys that this program does not know.
    #[serde(flatten)]
    pub other: serde_json::Map<String, Value>,
}

/// History was replaced by a shorter one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compacted {
    /// The summary as the model reads it.
    pub message: String,
    /// The whole new history; older files lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement_history: Option<Vec<ResponseItem>>,
    /// What this program noted itself of the work so far, beside the summary. Other programs pass it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<Value>,
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn lines_of_the_published_format_read_and_write_the_same() {
        const LINES: &[&str] = &[
            r#"{"timestamp":"2026-11-20T23:28:36.350Z","type":"session_meta","payload":{"id":"01a1fb44-3968-7ef3-b54b-de943b8674a4","timestamp":"2026-11-20T23:28:36.323Z","cwd":"/w","originator":"codex_exec","cli_version":"0.117.0","source":"exec","model_provider":"mock","base_instructions":{"text":"x"},"git":{"commit_hash":"7f9a","branch":"feat"}}}"#,
            r#"{"timestamp":"2026-11-20T23:28:36.350Z","type":"event_msg","payload":{"type":"task_started","turn_id":"01a1","model_context_window":258400,"collaboration_mode_kind":"default"}}"#,
            r#"{"timestamp":"2026-11-20T23:28:36.350Z","type":"event_msg","payload":{"type":"user_message","message":"do it","images":[],"local_images":[],"text_elements":[]}}"#,
            r#"{"timestamp":"2026-11-20T23:28:36.350Z","type":"event_msg","payload":{"type":"agent_message","message":"done","phase":"final_answer","memory_citation":null}}"#,
            r#"{"timestamp":"2026-11-20T23:28:36.350Z","type":"event_msg","payload":{"type":"task_complete","turn_id":"01a1","last_agent_message":"done"}}"#,
            r#"{"timestamp":"2026-11-20T23:28:36.350Z","type":"event_msg","payload":{"type":"turn_aborted","turn_id":"01a1","reason":"interrupted"}}"#,
            r#"{"timestamp":"2026-11-20T23:28:36.350Z","type":"event_msg","payload":{"type":"token_count","info":null,"rate_limits":{"limit_id":"codex","limit_name":null,"primary":null,"secondary":null,"credits":null,"plan_type":null}}}"#,
            r#"{"timestamp":"2026-11-20T23:28:36.350Z","type":"response_item","payload":{"type":"custom_tool_call","status":"completed","call_id":"call_2_1","name":"apply_patch","input":"*** Begin Patch"}}"#,
        ];
        for line in LINES {
            let read: RolloutLine = serde_json::from_str(line).unwrap();
            assert_eq!(&serde_json::to_string(&read).unwrap(), line);
        }
    }

    #[test]
    fn a_turn_context_keeps_keys_it_does_not_know() {
        let line = r#"{"timestamp":"t","type":"turn_context","payload":{"turn_id":"01a1","cwd":"/w","current_date":"2026-11-20","timezone":"Etc/UTC","approval_policy":"never","sandbox_policy":{"type":"workspace-write","writable_roots":["/m"],"network_access":false,"exclude_tmpdir_env_var":false,"exclude_slash_tmp":false},"model":"gpt-5.1-codex","personality":"pragmatic","realtime_active":false,"summary":"auto","truncation_policy":{"mode":"tokens","limit":10000}}}"#;
        let read: RolloutLine = serde_json::from_str(line).unwrap();
        let again: Value = serde_json::to_value(&read).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(line).unwrap());
    }
}
