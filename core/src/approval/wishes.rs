//! Puts the questions of the model's own asking tools to a person: what to choose, what to permit.
//!
//! Where nobody can be asked, nothing is chosen and nothing granted, at once (T6).

use codex_protocol::event::{
    PermissionProfile, PermissionsResponse, RequestPermissions, RequestUserInput, UserInputQuestion, UserInputResponse,
};
use codex_protocol::{CallId, EventMsg};
use codex_tools::ToolError;
use tokio_util::sync::CancellationToken;

use super::additional::{askable, resolved};
use super::pending::{Answer, Subject};
use super::permissions::{counting, may_be_asked, nothing};
use super::words::model_words;
use crate::host::TurnHost;

/// Has the user choose.
pub(crate) async fn choose(
    host: &TurnHost,
    call_id: &CallId,
    questions: Vec<UserInputQuestion>,
    cancel: &CancellationToken,
) -> Result<UserInputResponse, ToolError> {
    let session = host.session();
    if session.options.nobody_to_ask {
        return Ok(UserInputResponse::default());
    }
    let (waiting, event) = session.approvals.pending.open(Subject::Choice, call_id, host.turn_id(), |approval_id| {
        EventMsg::RequestUserInput(Box::new(RequestUserInput { call_id: call_id.clone(), approval_id, turn_id: host.turn_id(), questions }))
    });
    session.events.show(event).await;
    match waiting.any_answer(cancel).await {
        Some(Answer::Choice(response)) => Ok(response),
        Some(Answer::Decision(_) | Answer::Permissions(_)) | None => Err(ToolError::Cancelled),
    }
}

/// Asks for permissions and puts in force what is granted.
pub(crate) async fn permit(
    host: &TurnHost,
    call_id: &CallId,
    reason: Option<String>,
    wanted: PermissionProfile,
    cancel: &CancellationToken,
) -> Result<PermissionsResponse, ToolError> {
    let session = host.session();
    if session.options.nobody_to_ask || !may_be_asked(host.approval()) {
        return Ok(nothing());
    }
    let wanted = askable(host, wanted);
    if wanted.is_empty() {
        return Ok(nothing());
    }
    let (waiting, event) = session.approvals.pending.open(Subject::Permissions, call_id, host.turn_id(), |approval_id| {
        EventMsg::RequestPermissions(Box::new(RequestPermissions {
            call_id: call_id.clone(),
            approval_id,
            turn_id: host.turn_id(),
            reason: reason.as_deref().map(model_words),
            permissions: wanted.clone(),
        }))
    });
    session.events.show(event).await;
    match waiting.any_answer(cancel).await {
        Some(Answer::Permissions(mut answer)) => {
            // Below what was asked for a link may lead elsewhere.
            if let Some(paths) = answer.permissions.file_system.as_mut().and_then(|files| files.write.as_mut()) {
                paths.iter_mut().for_each(|path| *path = resolved(path));
            }
            let granted = counting(&wanted, answer, &resolved(&session.services.config.codex_home));
            session.approvals.permissions.add(&host.turn_id(), &granted);
            Ok(granted)
        }
        Some(Answer::Decision(_) | Answer::Choice(_)) | None => Err(ToolError::Cancelled),
    }
}
