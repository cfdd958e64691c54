//! Asks a person about a host that no rule names, under the call whose command wants it.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use codex_network_proxy::{Answer, Decider, Protocol, Question};
use codex_protocol::event::{
    ExecApprovalRequest, GrantScope, LastingAnswer, NetworkApprovalContext, NetworkApprovalProtocol, ReviewDecision,
};
use codex_protocol::policy::{ApprovalPolicy, GranularApproval};
use codex_protocol::{ApprovalId, EventMsg};
use codex_shell_command::summarize;

use super::commands::{Command, Commands};
use crate::approval::pending::Subject;
use crate::session::Session;

/// Puts the proxy's questions to whoever answers the thread's.
pub(super) struct AskPerson {
    session: Weak<Session>,
    commands: Arc<Commands>,
}

impl AskPerson {
    pub(super) fn new(session: Weak<Session>, commands: Arc<Commands>) -> Self {
        Self { session, commands }
    }
}

#[async_trait]
impl Decider for AskPerson {
    async fn decide(&self, question: Question) -> Answer {
        let (Some(session), Some(command)) = (self.session.upgrade(), self.commands.find(&question.client)) else {
            return Answer::NobodyToAsk;
        };
        // T6
        if session.options.nobody_to_ask || !may_be_asked(command.approval) || command.control.cancel.is_cancelled() {
            return Answer::NobodyToAsk;
        }
        let turn = command.control.turn_id.clone();
        let (waiting, event) = session.approvals.pending.open(Subject::Command, &command.call_id, turn, |apart| {
            EventMsg::ExecApprovalRequest(Box::new(request(&question, &command, apart)))
        });
        let _thinking = command.asked.open();
        session.events.show(event).await;
        let answer = waiting.answer(&command.control.cancel).await;
        match answer {
            // No rule for commands is kept by an answer about a host.
            Some(ReviewDecision::Approved | ReviewDecision::ApprovedExecpolicyAmendment { .. }) => Answer::AllowOnce,
            Some(ReviewDecision::ApprovedForSession) => Answer::AllowForSession,
            Some(ReviewDecision::Denied) | None => Answer::Refuse,
            Some(ReviewDecision::Abort) => {
                command.control.interrupt();
                Answer::Refuse
            }
        }
    }
}

/// A host is asked about where leaving the sandbox is.
fn may_be_asked(approval: ApprovalPolicy) -> bool {
    match approval {
        ApprovalPolicy::Untrusted | ApprovalPolicy::OnFailure | ApprovalPolicy::OnRequest => true,
        ApprovalPolicy::Granular(GranularApproval { sandbox_approval, .. }) => sandbox_approval,
        ApprovalPolicy::Never => false,
    }
}

fn request(question: &Question, command: &Command, approval_id: Option<ApprovalId>) -> ExecApprovalRequest {
    let target = &question.target;
    let protocol = match (question.protocol, target.port) {
        (Protocol::Http, _) | (Protocol::Connect, 80) => NetworkApprovalProtocol::Http,
        (Protocol::Connect, _) => NetworkApprovalProtocol::Https,
        (Protocol::Socks5, _) => NetworkApprovalProtocol::Socks5Tcp,
    };
    let session = LastingAnswer {
        decision: ReviewDecision::ApprovedForSession,
        scope: GrantScope::Session,
        stores: format!("{target}, for every command, until this session ends"),
    };
    ExecApprovalRequest {
        additional_permissions: None,
        opened_by_yes: None,
        call_id: command.call_id.clone(),
        approval_id,
        turn_id: command.control.turn_id.clone(),
        command: command.argv.clone(),
        cwd: command.cwd.clone(),
        reason: Some(format!("the command wants to reach {target}, which no rule names")),
        justification: None,
        network_approval_context: Some(NetworkApprovalContext { host: target.host.to_string(), protocol }),
        proposed_execpolicy_amendment: None,
        available_decisions: vec![
            ReviewDecision::Approved,
            ReviewDecision::ApprovedForSession,
            ReviewDecision::Denied,
            ReviewDecision::Abort,
        ],
        lasting_answers: vec![session],
        sandbox_effect: codex_protocol::event::SandboxEffect::Inside,
        parsed_cmd: summarize(&command.argv),
    }
}
