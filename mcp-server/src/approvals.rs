//! Questions of a session as `elicitation/create`, and the two forms in which clients answer.
//!
//! `decision` is the older form, `action` the standard's. What cannot be understood, an error included, is a no (T6).

use std::sync::Arc;

use codex_core::Thread;
use codex_protocol::event::{
    ApplyPatchApprovalRequest, ElicitationAction, ElicitationForm, ElicitationRequest, ExecApprovalRequest, ReviewDecision,
};
use codex_protocol::{EventMsg, Op};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::outgoing::Outgoing;

/// What questions of a call have in common.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) outgoing: Arc<Outgoing>,
    pub(crate) thread: Thread,
    /// The request id of the call, as a text.
    pub(crate) request: String,
    /// Ends when the turn does: nobody waits for answers any more.
    pub(crate) over: CancellationToken,
}

/// Makes of a result what the session is told.
type Answering = Box<dyn FnOnce(Option<Value>) -> Op + Send>;

/// The question that an event is, with the way its answer goes back.
pub(crate) fn ask(asker: &Asker, event: &EventMsg) {
    let (params, answer): (Value, Answering) = match event {
        EventMsg::ExecApprovalRequest(asked) => {
            let (id, turn_id) = (asked.answer_id(), asked.turn_id.clone());
            let op = move |result| Op::ExecApproval { id, turn_id: Some(turn_id), decision: decision(result) };
            (command(asker, asked), Box::new(op))
        }
        EventMsg::ApplyPatchApprovalRequest(asked) => {
            let id = asked.answer_id();
            (patch(asker, asked), Box::new(move |result| Op::PatchApproval { id, decision: decision(result) }))
        }
        EventMsg::ElicitationRequest(asked) => {
            let id = asked.id.clone();
            let op = move |result: Option<Value>| {
                let (action, content, meta) = elicited(result);
                Op::ResolveElicitation { id, action, content, meta }
            };
            (elicitation(asker, asked), Box::new(op))
        }
        _ => return,
    };
    let asker = asker.clone();
    tokio::spawn(async move {
        let asked = asker.outgoing.ask("elicitation/create", params).await;
        let result = tokio::select! {
            biased;
            () = asker.over.cancelled() => return,
            result = asked.answer() => result,
        };
        if asker.thread.submit(answer(result)).await.is_err() {
            tracing::debug!("the session ended before the answer came");
        }
    });
}

fn common(asker: &Asker, message: String, kind: &str) -> Map<String, Value> {
    let pairs = [
        ("message", json!(message)),
        ("requestedSchema", json!({ "type": "object", "properties": {} })),
        ("threadId", json!(asker.thread.id())),
        ("codex_elicitation", json!(kind)),
        ("codex_mcp_tool_call_id", json!(asker.request)),
        ("codex_event_id", json!(asker.request)),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn command(asker: &Asker, asked: &ExecApprovalRequest) -> Value {
    let line = shlex_join(&asked.command);
    let more = asked.additional_permissions.as_ref().map(|profile| format!(" This command alone may: {}.", profile.words().join(", ")));
    let message = format!("Allow Codex to run `{line}` in `{}`?{}", asked.cwd.display(), more.unwrap_or_default());
    let mut params = common(asker, message, "exec-approval");
    params.insert("codex_call_id".to_owned(), json!(asked.call_id));
    params.insert("codex_command".to_owned(), json!(asked.command));
    params.insert("codex_cwd".to_owned(), json!(asked.cwd));
    params.insert("codex_parsed_cmd".to_owned(), json!(asked.parsed_cmd));
    if let Some(profile) = &asked.additional_permissions {
        params.insert("codex_additional_permissions".to_owned(), json!(profile));
    }
    if let Some(reason) = &asked.reason {
        params.insert("codex_reason".to_owned(), json!(reason));
    }
    Value::Object(params)
}

fn patch(asker: &Asker, asked: &ApplyPatchApprovalRequest) -> Value {
    let mut params = common(asker, "Allow Codex to apply proposed code changes?".to_owned(), "patch-approval");
    params.insert("codex_call_id".to_owned(), json!(asked.call_id));
    params.insert("codex_changes".to_owned(), json!(asked.changes));
    if let Some(reason) = &asked.reason {
        params.insert("codex_reason".to_owned(), json!(reason));
    }
    if let Some(root) = &asked.grant_root {
        params.insert("codex_grant_root".to_owned(), json!(root));
    }
    Value::Object(params)
}

/// A question of an MCP server of the session, or about one of its tools.
fn elicitation(asker: &Asker, asked: &ElicitationRequest) -> Value {
    let (message, further) = match &asked.request {
        ElicitationForm::Form { message, requested_schema } => {
            (message.clone(), vec![("mode", json!("form")), ("requestedSchema", requested_schema.clone())])
        }
        ElicitationForm::Url { message, url, elicitation_id } => {
            (message.clone(), vec![("mode", json!("url")), ("url", json!(url)), ("elicitationId", json!(elicitation_id))])
        }
    };
    let mut params = common(asker, message, "mcp-elicitation");
    params.insert("codex_server_name".to_owned(), json!(asked.server_name));
    if let Some(call) = &asked.call_id {
        params.insert("codex_call_id".to_owned(), json!(call));
    }
    if let Some(meta) = &asked.meta {
        params.insert("_meta".to_owned(), meta.clone());
    }
    for (key, value) in further {
        params.insert(key.to_owned(), value);
    }
    Value::Object(params)
}

/// Words of a command as one line of a shell.
fn shlex_join(words: &[String]) -> String {
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&byte));
    let quoted = |word: &String| if plain(word) { word.clone() } else { format!("'{}'", word.replace('\'', "'\\''")) };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// An answer about a command or a patch.
fn decision(result: Option<Value>) -> ReviewDecision {
    let Some(result) = result else { return ReviewDecision::Denied };
    if let Some(decision) = result.get("decision") {
        return decided(decision).unwrap_or(ReviewDecision::Denied);
    }
    match result.get("action").and_then(Value::as_str) {
        Some("accept") => ReviewDecision::Approved,
        Some("cancel") => ReviewDecision::Abort,
        _ => ReviewDecision::Denied,
    }
}

fn decided(decision: &Value) -> Option<ReviewDecision> {
    #[derive(Deserialize)]
    struct Amendment {
        proposed_execpolicy_amendment: Vec<String>,
    }
    if let Some(amendment) = decision.get("approved_execpolicy_amendment") {
        let Amendment { proposed_execpolicy_amendment } = Amendment::deserialize(amendment).ok()?;
        return Some(ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment });
    }
    match decision.as_str()? {
        "approved" => Some(ReviewDecision::Approved),
        "approved_for_session" => Some(ReviewDecision::ApprovedForSession),
        "abort" => Some(ReviewDecision::Abort),
        _ => Some(ReviewDecision::Denied),
    }
}

/// An answer to a question of an MCP server.
fn elicited(result: Option<Value>) -> (ElicitationAction, Option<Value>, Option<Value>) {
    let Some(mut result) = result else { return (ElicitationAction::Decline, None, None) };
    let member = |result: &mut Value, name: &str| result.get_mut(name).map(Value::take).filter(|value| !value.is_null());
    let (content, meta) = (member(&mut result, "content"), member(&mut result, "_meta"));
    if result.get("action").is_some() && result.get("decision").is_none() {
        let action = match result["action"].as_str() {
            Some("accept") => ElicitationAction::Accept,
            Some("cancel") => ElicitationAction::Cancel,
            _ => ElicitationAction::Decline,
        };
        return (action, content, meta);
    }
    match decision(Some(result)) {
        ReviewDecision::Approved | ReviewDecision::ApprovedExecpolicyAmendment { .. } => (ElicitationAction::Accept, content, meta),
        ReviewDecision::ApprovedForSession => (ElicitationAction::Accept, content, Some(json!({ "persist": "session" }))),
        ReviewDecision::Denied => (ElicitationAction::Decline, None, None),
        ReviewDecision::Abort => (ElicitationAction::Cancel, None, None),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn both_forms_of_an_answer_are_understood_and_anything_else_is_a_no() {
        use ReviewDecision::{Abort, Approved, ApprovedForSession, Denied};
        let amendment = ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment: vec!["touch".into()] };
        for (result, expected) in [
            (json!({"decision": "approved"}), Approved),
            (json!({"decision": "approved_for_session"}), ApprovedForSession),
            (json!({"decision": {"approved_execpolicy_amendment": {"proposed_execpolicy_amendment": ["touch"]}}}), amendment),
            (json!({"decision": "denied"}), Denied),
            (json!({"decision": "abort"}), Abort),
            (json!({"action": "accept", "content": {}}), Approved),
            (json!({"action": "decline"}), Denied),
            (json!({"action": "cancel"}), Abort),
            // The older form wins, as it says more.
            (json!({"action": "accept", "decision": "denied"}), Denied),
            (json!({"action": "decline", "decision": "approved"}), Approved),
            (json!({"decision": 1}), Denied),
            (json!({"decision": {"approved_execpolicy_amendment": 3}}), Denied),
            (json!({}), Denied),
            (json!("yes"), Denied),
        ] {
            assert_eq!(decision(Some(result.clone())), expected, "{result}");
        }
        assert_eq!(decision(None), Denied);
    }

    #[test]
    fn commands_are_shown_as_a_line() {
        let words = ["bash", "-lc", "touch 'a b'"].map(str::to_owned);
        assert_eq!(shlex_join(&words), "bash -lc 'touch '\\''a b'\\'''");
    }
}
