//! What the tools are called with. Unknown arguments are ignored.

use codex_protocol::ThreadId;
use codex_protocol::policy::ApprovalPolicy;
use codex_protocol::policy::SandboxMode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Arguments of `codex`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct CodexArguments {
    pub(crate) prompt: String,
    pub(crate) model: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) cwd: Option<String>,
    pub(crate) approval_policy: Option<Approval>,
    pub(crate) sandbox: Option<Sandbox>,
    pub(crate) config: Option<Map<String, Value>>,
    pub(crate) base_instructions: Option<String>,
    pub(crate) developer_instructions: Option<String>,
    pub(crate) compact_prompt: Option<String>,
}

/// The values of `approval-policy`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Approval {
    Untrusted,
    OnFailure,
    OnRequest,
    Never,
}

impl From<Approval> for ApprovalPolicy {
    fn from(approval: Approval) -> Self {
        match approval {
            Approval::Untrusted => Self::Untrusted,
            Approval::OnFailure => Self::OnFailure,
            Approval::OnRequest => Self::OnRequest,
            Approval::Never => Self::Never,
        }
    }
}

/// The values of `sandbox`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sandbox {
    ReadOnly,
    WorkspaceWrite,
    DangerFullAccess,
}

impl From<Sandbox> for SandboxMode {
    fn from(sandbox: Sandbox) -> Self {
        match sandbox {
            Sandbox::ReadOnly => Self::ReadOnly,
            Sandbox::WorkspaceWrite => Self::WorkspaceWrite,
            Sandbox::DangerFullAccess => Self::DangerFullAccess,
        }
    }
}

/// Arguments of `codex-reply`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReplyArguments {
    prompt: String,
    thread_id: Option<String>,
    conversation_id: Option<String>,
}

/// A further turn of a session.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) prompt: String,
    pub(crate) thread: ThreadId,
}

/// Reads the arguments of a tool, or says what is wrong with them.
pub(crate) fn read<T: DeserializeOwned>(tool: &str, arguments: Option<Value>) -> Result<T, String> {
    let arguments = arguments.ok_or_else(|| format!("Missing arguments for {tool} tool-call; the `prompt` field is required."))?;
    serde_json::from_value(arguments).map_err(|error| format!("Failed to parse configuration for Codex tool: {error}"))
}

/// Reads the arguments of `codex-reply`.
pub(crate) fn read_reply(arguments: Option<Value>) -> Result<Reply, String> {
    let arguments: ReplyArguments = read("codex-reply", arguments)?;
    let id = arguments.thread_id.or(arguments.conversation_id);
    let id = id.ok_or("Failed to parse configuration for Codex tool: missing field `threadId`")?;
    let thread = id.parse().map_err(|error| format!("Failed to parse thread_id: {error}"))?;
    Ok(Reply { prompt: arguments.prompt, thread })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn faults_are_told_in_the_words_of_the_contract() {
        let fault = |arguments: Option<Value>| read::<CodexArguments>("codex", arguments).unwrap_err();
        assert_eq!(fault(None), "Missing arguments for codex tool-call; the `prompt` field is required.");
        assert_eq!(fault(Some(json!({}))), "Failed to parse configuration for Codex tool: missing field `prompt`");
        assert_eq!(
            fault(Some(json!({"prompt": "x", "sandbox": "bogus"}))),
            "Failed to parse configuration for Codex tool: unknown variant `bogus`, expected one of `read-only`, `workspace-write`, `danger-full-access`"
        );
        assert!(read_reply(Some(json!({"prompt": "x", "threadId": "nope"}))).unwrap_err().starts_with("Failed to parse thread_id: "));
        assert!(read_reply(Some(json!({"prompt": "x"}))).is_err());
        let reply = read_reply(Some(json!({"prompt": "", "conversationId": "01999999-0000-7000-8000-000000000000", "more": 1}))).unwrap();
        assert_eq!(reply.prompt, "");
    }
}
