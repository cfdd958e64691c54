//! May this patch be applied: unasked where the turn may write, asked about elsewhere, refused where nobody can be asked.

use codex_protocol::event::{ApplyPatchApprovalRequest, Denial, DeniedBy, ReviewDecision};
use codex_protocol::policy::{ApprovalPolicy, GranularApproval};
use codex_protocol::{CallId, EventMsg};
use tokio_util::sync::CancellationToken;

use super::decide::policy_name;
use super::gate::TurnedDown;
use super::pending::Subject;
use crate::host::TurnHost;

/// What the model reads when a patch may not be applied.
pub(crate) const OUTSIDE: &str = "patch rejected: writing outside of the project; rejected by user approval settings";
/// What the model reads when the user said no to a patch.
pub(crate) const REJECTED: &str = "patch rejected by user";

/// Where a patch wants to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Where the turn may write, and below no protected name.
    Inside,
    /// Elsewhere.
    Outside,
}

/// May it be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchVerdict {
    /// It is applied.
    Apply,
    /// A person is asked first.
    Ask,
    /// It is refused.
    Refuse,
}

/// Decides about a patch. `granted`: the user granted all its files before.
pub(crate) fn decide(approval: ApprovalPolicy, target: Target, granted: bool) -> PatchVerdict {
    match (approval, target) {
        _ if granted && approval != ApprovalPolicy::Never => PatchVerdict::Apply,
        (ApprovalPolicy::Untrusted, _) => PatchVerdict::Ask,
        (_, Target::Inside) => PatchVerdict::Apply,
        (ApprovalPolicy::OnRequest | ApprovalPolicy::OnFailure, Target::Outside) => PatchVerdict::Ask,
        (ApprovalPolicy::Granular(GranularApproval { sandbox_approval: true, .. }), Target::Outside) => PatchVerdict::Ask,
        (ApprovalPolicy::Granular(_) | ApprovalPolicy::Never, Target::Outside) => PatchVerdict::Refuse,
    }
}

/// A patch that somebody wants to apply.
#[derive(Debug)]
pub(crate) struct PatchQuestion<'a> {
    pub(crate) call_id: &'a CallId,
    pub(crate) changes: &'a std::collections::BTreeMap<std::path::PathBuf, codex_protocol::event::FileChange>,
    /// What is really written or removed, links resolved.
    pub(crate) files: Vec<std::path::PathBuf>,
    /// Why it is asked about.
    pub(crate) reason: Option<String>,
}

impl PatchQuestion<'_> {
    /// Puts the question and waits for its answer, or for the end of the turn.
    pub(crate) async fn put(self, host: &TurnHost, cancel: &CancellationToken) -> Result<(), TurnedDown> {
        let session = host.session();
        let (waiting, event) = session.approvals.pending.open(Subject::Patch, self.call_id, host.turn_id(), |approval_id| {
            EventMsg::ApplyPatchApprovalRequest(Box::new(ApplyPatchApprovalRequest {
                call_id: self.call_id.clone(),
                approval_id,
                turn_id: host.turn_id(),
                changes: self.changes.clone(),
                reason: self.reason.clone(),
                grant_root: None,
            }))
        });
        session.events.show(event).await;
        let answer = waiting.answer(cancel).await;
        match answer {
            None | Some(ReviewDecision::Abort) => Err(TurnedDown::WithTurn),
            Some(ReviewDecision::Denied) => {
                self.note(host, DeniedBy::User, "asked", REJECTED);
                Err(TurnedDown::ByUser)
            }
            Some(ReviewDecision::ApprovedForSession) => {
                session.approvals.grants.add_files(self.files.clone());
                Ok(())
            }
            // A rule says nothing about patches.
            Some(ReviewDecision::Approved | ReviewDecision::ApprovedExecpolicyAmendment { .. }) => Ok(()),
        }
    }

    /// Notes the refusal.
    pub(crate) fn refuse(&self, host: &TurnHost) {
        self.note(host, DeniedBy::Policy, policy_name(host.approval()), OUTSIDE);
    }

    fn note(&self, host: &TurnHost, by: DeniedBy, rule: &str, message: &str) {
        let paths: Vec<String> = self.changes.keys().map(|path| path.display().to_string()).collect();
        host.denied(Denial {
            call_id: self.call_id.clone(),
            command: format!("apply_patch {}", paths.join(" ")),
            by,
            rule: rule.to_owned(),
            message: message.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn every_policy_for_both_targets() {
        let granular = |sandbox_approval| {
            ApprovalPolicy::Granular(GranularApproval {
                sandbox_approval,
                rules: true,
                mcp_elicitations: true,
                request_permissions: true,
                skill_approval: true,
            })
        };
        use PatchVerdict::{Apply, Ask, Refuse};
        let table = [
            (ApprovalPolicy::Untrusted, Ask, Ask),
            (ApprovalPolicy::OnRequest, Apply, Ask),
            (ApprovalPolicy::OnFailure, Apply, Ask),
            (granular(true), Apply, Ask),
            (granular(false), Apply, Refuse),
            (ApprovalPolicy::Never, Apply, Refuse),
        ];
        for (policy, inside, outside) in table {
            assert_eq!(decide(policy, Target::Inside, false), inside, "{policy:?}");
            assert_eq!(decide(policy, Target::Outside, false), outside, "{policy:?}");
        }
        assert_eq!(decide(ApprovalPolicy::Untrusted, Target::Outside, true), Apply);
        assert_eq!(decide(ApprovalPolicy::Never, Target::Outside, true), Refuse);
    }
}
