//! What a client has to ask for with `capabilities.experimentalApi` before it may use it: methods, members, values.

use crate::methods::{CLIENT_REQUESTS, ClientRequest};
use crate::types::AskForApproval;

/// Members that only clients with the capability may send or are sent: type, member as the wire has it.
pub const EXPERIMENTAL_FIELDS: &[(&str, &str)] = &[
    ("ThreadStartParams", "dynamicTools"),
    ("ThreadStartParams", "experimentalRawEvents"),
    ("ThreadStartParams", "persistExtendedHistory"),
    ("ThreadStartParams", "mockExperimentalField"),
    ("ThreadResumeParams", "history"),
    ("ThreadResumeParams", "path"),
    ("ThreadResumeParams", "persistExtendedHistory"),
    ("ThreadForkParams", "path"),
    ("ThreadForkParams", "persistExtendedHistory"),
    ("TurnStartParams", "collaborationMode"),
    ("CommandExecutionRequestApprovalParams", "additionalPermissions"),
    ("CommandExecutionRequestApprovalParams", "availableDecisions"),
    ("CommandExecutionRequestApprovalParams", "skillMetadata"),
    ("Config", "apps"),
    ("ConfigRequirements", "network"),
];

/// The gate a request meets, in the words of the error: `METHOD`, `METHOD.member` or `askForApproval.granular`.
/// `None` where every client may send it.
pub fn gate(request: &ClientRequest) -> Option<String> {
    let method = request.method();
    if CLIENT_REQUESTS.iter().any(|entry| entry.name == method && entry.experimental) {
        return Some(method.to_owned());
    }
    let granular = |policy: &Option<AskForApproval>| matches!(policy, Some(AskForApproval::Granular { .. }));
    let member = |set: bool, name: &'static str| set.then_some(name);
    let (member, policy) = match request {
        ClientRequest::ThreadStart(params) => (
            member(params.dynamic_tools.as_ref().is_some_and(|tools| !tools.is_empty()), "dynamicTools")
                .or(member(params.mock_experimental_field.is_some(), "mockExperimentalField"))
                .or(member(params.experimental_raw_events, "experimentalRawEvents"))
                .or(member(params.persist_extended_history, "persistFullHistory")),
            granular(&params.approval_policy),
        ),
        ClientRequest::ThreadResume(params) => (
            member(params.history.is_some(), "history")
                .or(member(params.path.is_some(), "path"))
                .or(member(params.persist_extended_history, "persistFullHistory")),
            granular(&params.approval_policy),
        ),
        ClientRequest::ThreadFork(params) => (
            member(params.path.is_some(), "path").or(member(params.persist_extended_history, "persistFullHistory")),
            granular(&params.approval_policy),
        ),
        ClientRequest::TurnStart(params) => {
            (member(params.collaboration_mode.is_some(), "collaborationMode"), granular(&params.approval_policy))
        }
        ClientRequest::AccountLoginStart(crate::types::LoginAccountParams::ChatgptAuthTokens { .. }) => (Some("chatgptAuthTokens"), false),
        _ => (None, false),
    };
    match (member, policy) {
        (Some(member), _) => Some(format!("{method}.{member}")),
        (None, true) => Some("askForApproval.granular".to_owned()),
        (None, false) => None,
    }
}
