//! Questions of MCP servers to a person, and of calls of their tools.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{ApprovalId, CallId, TurnId};

/// What a question asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum ElicitationForm {
    /// A form. One without properties asks for a yes.
    Form {
        /// What is asked. Text of the server, unless `codex_approval_kind` is in [`ElicitationRequest::meta`].
        message: String,
        /// A JSON schema of an object with plain properties.
        requested_schema: Value,
    },
    /// A page to open.
    Url {
        /// What is asked; text of the server.
        message: String,
        /// The page, `https` or on this machine.
        url: String,
        /// The server's name for the question.
        elicitation_id: String,
    },
}

/// A question that waits for [`Op::ResolveElicitation`](crate::Op::ResolveElicitation).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ElicitationRequest {
    /// The question's own id.
    pub id: ApprovalId,
    /// The turn that waits; `None` outside of turns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_id: Option<TurnId>,
    /// The call that waits, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Server name in the configuration.
    pub server_name: String,
    /// Set on questions of this program: `codex_approval_kind` is `mcp_tool_call` (may this tool run; `persist` lists how
    /// long a yes may last, `tool_title`, `tool_description`, `tool_params`, `tool_params_display` say what), `mcp_server`
    /// (may this server of the project be started) or `mcp_sampling` (may the server ask the model).
    #[serde(rename = "_meta", default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Value>,
    /// What it asks for.
    pub request: ElicitationForm,
}

/// What a person did with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ElicitationAction {
    /// Answered it; a yes.
    Accept,
    /// Said no.
    Decline,
    /// Closed it without an answer.
    Cancel,
}

/// A server tells that what it sent a person to a page for is done. The question itself was resolved when the person agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ElicitationPageDone {
    /// Server name in the configuration.
    pub server_name: String,
    /// The server's name for the question, as in [`ElicitationForm::Url`].
    pub elicitation_id: String,
}

/// A question was answered, or is asked no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ElicitationResolved {
    /// The question.
    pub id: ApprovalId,
}
