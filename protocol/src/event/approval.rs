//! Questions to a person: may this command run, may this patch be applied, and what was denied without asking.
//!
//! A question is answered by [`Op::ExecApproval`](crate::Op::ExecApproval) or
//! [`Op::PatchApproval`](crate::Op::PatchApproval) under its id, once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::command::ParsedCommand;
use super::input::PermissionProfile;
use super::patch::FileChange;
use crate::ids::{ApprovalId, CallId, TurnId};

/// What a person answers to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// Yes, this once.
    Approved,
    /// Yes, and a rule that allows commands with this beginning is kept for good.
    ApprovedExecpolicyAmendment {
        /// The beginning, word by word.
        proposed_execpolicy_amendment: Vec<String>,
    },
    /// Yes, and the very same is not asked about again in this thread.
    ApprovedForSession,
    /// No; the turn goes on.
    Denied,
    /// No, and the turn ends.
    Abort,
}

/// How far a lasting answer reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantScope {
    /// This thread.
    Session,
    /// Every thread of this user, until the rule is removed.
    Global,
}

/// A lasting answer, and what it would keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastingAnswer {
    /// The answer.
    pub decision: ReviewDecision,
    /// How far it reaches.
    pub scope: GrantScope,
    /// What it keeps, in words for a person.
    pub stores: String,
}

/// Where a command runs once it is approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SandboxEffect {
    /// Under the turn's sandbox policy.
    #[default]
    Inside,
    /// Without a sandbox.
    Outside,
}

impl SandboxEffect {
    fn is_inside(&self) -> bool {
        *self == Self::Inside
    }
}

/// How a host would be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NetworkApprovalProtocol {
    /// HTTP.
    Http,
    /// HTTPS.
    Https,
    /// SOCKS5, TCP.
    Socks5Tcp,
    /// SOCKS5, UDP.
    Socks5Udp,
}

/// The host that a question is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkApprovalContext {
    /// Its name.
    pub host: String,
    /// How it would be reached.
    pub protocol: NetworkApprovalProtocol,
}

/// May this command run?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExecApprovalRequest {
    /// The call that wants to run it.
    pub call_id: CallId,
    /// The id to answer under, where it is not the call's: a call that asks more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ApprovalId>,
    /// The turn.
    pub turn_id: TurnId,
    /// argv, all of it.
    pub command: Vec<String>,
    /// Where it runs.
    pub cwd: PathBuf,
    /// Why it is asked about; the model's `justification` when that is why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The model's own words for wanting out of the sandbox, to be shown as the model's: at most 500 characters, what
    /// is invisible or drives a terminal spelled out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// The host that is asked about, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_approval_context: Option<NetworkApprovalContext>,
    /// The rule that could be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_execpolicy_amendment: Option<Vec<String>>,
    /// Answers to offer; others are taken too.
    #[serde(default)]
    pub available_decisions: Vec<ReviewDecision>,
    /// What each lasting answer would keep, and for how long.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lasting_answers: Vec<LastingAnswer>,
    /// Whether it leaves the sandbox when approved.
    #[serde(default, skip_serializing_if = "SandboxEffect::is_inside")]
    pub sandbox_effect: SandboxEffect,
    /// What it alone may do beyond the sandbox policy when approved, where it asks for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_permissions: Option<PermissionProfile>,
    /// What a yes lets it do beyond the sandbox policy without its asking for it. For people; not on the wire, which knows no such thing.
    #[serde(skip)]
    pub opened_by_yes: Option<PermissionProfile>,
    /// What its parts do.
    pub parsed_cmd: Vec<ParsedCommand>,
}

impl ExecApprovalRequest {
    /// The id to answer under.
    pub fn answer_id(&self) -> ApprovalId {
        self.approval_id.clone().unwrap_or_else(|| ApprovalId::new(self.call_id.as_str()))
    }
}

/// May this patch be applied?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplyPatchApprovalRequest {
    /// The call that wants to apply it; also the id to answer under, unless `approval_id` is set.
    pub call_id: CallId,
    /// The id to answer under, where it is not the call's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ApprovalId>,
    /// The turn.
    #[serde(default = "no_turn")]
    pub turn_id: TurnId,
    /// Absolute path to change.
    pub changes: BTreeMap<PathBuf, FileChange>,
    /// Why it is asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A folder that would become writable for the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_root: Option<PathBuf>,
}

impl ApplyPatchApprovalRequest {
    /// The id to answer under.
    pub fn answer_id(&self) -> ApprovalId {
        self.approval_id.clone().unwrap_or_else(|| ApprovalId::new(self.call_id.as_str()))
    }
}

fn no_turn() -> TurnId {
    TurnId::new("")
}

/// Who or what said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeniedBy {
    /// A rule of a rules file.
    Rule,
    /// The approval policy, which lets nobody be asked or forbids the question.
    Policy,
    /// The sandbox, as far as the command's end tells.
    Sandbox,
    /// A machine that cannot build the sandbox.
    Machine,
    /// The person.
    User,
}

impl DeniedBy {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::Sandbox => "sandbox",
            Self::Machine => "machine",
            Self::User => "user",
        }
    }
}

/// One thing that was denied in a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Denial {
    /// The call.
    pub call_id: CallId,
    /// The command as one shell-quoted line, or `apply_patch` with its paths.
    pub command: String,
    /// Who or what said no.
    pub by: DeniedBy,
    /// The rule: a prefix of a rules file, the name of a policy.
    pub rule: String,
    /// What was said about it: the refusal, or the command's own complaint.
    pub message: String,
}

/// What was denied in a turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Denials {
    /// How many things were.
    pub count: usize,
    /// The first hundred of them.
    pub first: Vec<Denial>,
}

impl Denials {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::EventMsg;

    #[test]
    fn a_command_question_has_the_recorded_shape() {
        let amendment = || ReviewDecision::ApprovedExecpolicyAmendment {
            proposed_execpolicy_amendment: vec!["touch".to_owned(), "accept.txt".to_owned()],
        };
        let request = ExecApprovalRequest {
            call_id: "call_ex_accept".into(),
            approval_id: None,
            turn_id: "2".into(),
            command: ["bash", "-lc", "touch accept.txt"].map(str::to_owned).to_vec(),
            cwd: "/w".into(),
            reason: None,
            justification: None,
            network_approval_context: None,
            proposed_execpolicy_amendment: Some(vec!["touch".to_owned(), "accept.txt".to_owned()]),
            available_decisions: vec![ReviewDecision::Approved, amendment(), ReviewDecision::Abort],
            lasting_answers: Vec::new(),
            sandbox_effect: SandboxEffect::Inside,
            additional_permissions: None,
            opened_by_yes: None,
            parsed_cmd: vec![ParsedCommand::Unknown { cmd: "touch accept.txt".to_owned() }],
        };
        assert_eq!(request.answer_id().as_str(), "call_ex_accept");
        let wire = json!({
            "type": "exec_approval_request", "call_id": "call_ex_accept", "turn_id": "2",
            "command": ["bash", "-lc", "touch accept.txt"], "cwd": "/w",
            "proposed_execpolicy_amendment": ["touch", "accept.txt"],
            "available_decisions": [
                "approved",
                {"approved_execpolicy_amendment": {"proposed_execpolicy_amendment": ["touch", "accept.txt"]}},
                "abort"
            ],
            "parsed_cmd": [{"type": "unknown", "cmd": "touch accept.txt"}],
        });
        let event = EventMsg::ExecApprovalRequest(Box::new(request));
        assert_eq!(serde_json::to_value(&event).unwrap(), wire);
        assert_eq!(serde_json::from_value::<EventMsg>(wire).unwrap(), event);
    }

    #[test]
    fn a_patch_question_has_the_recorded_shape() {
        let wire = json!({
            "type": "apply_patch_approval_request", "call_id": "call_pa", "turn_id": "12",
            "changes": {"/w/p.txt": {"type": "add", "content": "hello\n"}},
        });
        let event: EventMsg = serde_json::from_value(wire.clone()).unwrap();
        assert!(matches!(event, EventMsg::ApplyPatchApprovalRequest(_)));
        assert_eq!(serde_json::to_value(&event).unwrap(), wire);
    }

    #[test]
    fn every_answer_has_its_wire_name() {
        for (name, decision) in [
            ("approved", ReviewDecision::Approved),
            ("approved_for_session", ReviewDecision::ApprovedForSession),
            ("denied", ReviewDecision::Denied),
            ("abort", ReviewDecision::Abort),
        ] {
            assert_eq!(serde_json::to_value(&decision).unwrap(), json!(name));
            assert_eq!(serde_json::from_value::<ReviewDecision>(json!(name)).unwrap(), decision);
        }
    }
}
