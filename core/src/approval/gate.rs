//! The gate before every command: what is found out about it, what is decided, and the question when there is one.
//!
//! `decide` is the pure part; here its case is put together, refusals are noted (S10), and an answer becomes a permit.
//! Events about the command itself are the caller's.

use std::path::Path;

use codex_protocol::event::{
    Denial, DeniedBy, ExecApprovalRequest, ExecCommandBegin, GrantScope, LastingAnswer, PermissionProfile, ReviewDecision, SandboxEffect,
    Warning,
};
use codex_protocol::policy::ApprovalPolicy;
use codex_protocol::{CallId, EventMsg};
use codex_shell_command::{join, summarize};
use codex_tools::{Escalation, ToolError};
use tokio_util::sync::CancellationToken;

use super::additional::{Additional, lacking};
use super::decide::{AfterDenial, Asker, Case, Class, Question, RETRY_REASON, Refusal, Verdict, decide, input_is_asked_about};
use super::judge::{Judgement, judge, program_file};
use super::pending::Subject;
use super::permit::Permit;
use super::room::of_yes;
use super::words::model_words;
use crate::host::TurnHost;

/// What the model reads when the user said no to a command.
pub(crate) const REJECTED: &str = "exec command rejected by user";
/// What is shown of a command whose question was withdrawn.
const WITHDRAWN: &str = "exec command was not run: the turn was interrupted before it was approved";

/// A command that somebody wants to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) call_id: &'a CallId,
    pub(crate) command: &'a [String],
    /// Absolute.
    pub(crate) cwd: &'a Path,
    pub(crate) wants: &'a Escalation,
    pub(crate) asker: Asker,
}

/// What the gate says.
#[derive(Debug)]
pub(crate) enum Passage {
    /// It may start.
    Open(Permit, AfterDenial),
    /// A person has to be asked; the command is shown first.
    Ask(CommandQuestion),
    /// The request itself is refused, with this text; nothing is shown.
    RefuseRequest(String),
    /// The command is refused, with this text, and shown as declined.
    Decline(String),
}

/// A question that was not answered with yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnedDown {
    /// No; the turn goes on.
    ByUser,
    /// No, and the turn ends; or the turn ended by itself.
    WithTurn,
}

impl TurnedDown {
    /// What is shown of the command.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::ByUser => REJECTED,
            Self::WithTurn => WITHDRAWN,
        }
    }
}

impl From<TurnedDown> for ToolError {
    fn from(turned_down: TurnedDown) -> Self {
        match turned_down {
            TurnedDown::ByUser => Self::Refused(REJECTED.to_owned()),
            TurnedDown::WithTurn => Self::Cancelled,
        }
    }
}

/// A question about a command, not put to anybody yet.
#[derive(Debug)]
pub(crate) struct CommandQuestion {
    call_id: CallId,
    command: Vec<String>,
    cwd: std::path::PathBuf,
    question: Question,
    /// What the sandbox around it is widened by, once approved.
    widening: PermissionProfile,
    /// The model's words, as they came.
    justification: Option<String>,
    /// A rule that could be kept, already checked.
    proposal: Option<Vec<String>>,
    /// Whether an answer may last longer than this once.
    may_last: bool,
}

/// Decides about a command. A refusal is noted in the turn's denials.
pub(crate) fn gate(host: &TurnHost, asked: Asked<'_>) -> Passage {
    let (additional, lacking) = match additional(host, asked) {
        Ok(found) => found,
        Err(text) => {
            let refusal = Refusal { text, by: DeniedBy::Policy, rule: "additional permissions".to_owned() };
            return Passage::RefuseRequest(note(host, asked, refusal));
        }
    };
    let judgement = judge(host, &asked);
    let granted = host.session().approvals.grants.of_command(asked.command, asked.cwd);
    let verdict = decide(&Case {
        command: asked.command,
        approval: host.approval(),
        sandbox: host.sandbox(),
        wants: asked.wants,
        additional,
        asker: asked.asker,
        judged: &judgement.judged,
        granted,
    });
    match verdict {
        Verdict::Run(effect, after) => {
            let permit = Permit::new(asked.command.to_vec(), asked.cwd.to_path_buf(), effect);
            // What was granted for the session is worth what the yes was.
            let permit = if granted.inside { permit.widened_by(&of_yes(host, effect)) } else { permit };
            // Under the other policies what is unknown runs unasked as well, in the same way.
            let harmless = host.approval() == ApprovalPolicy::Untrusted && judgement.judged.class == Class::Safe;
            Passage::Open(if harmless { permit.for_harmless() } else { permit }, after)
        }
        Verdict::Ask(question) => {
            let widening = if question.widened { lacking.unwrap_or_default() } else { of_yes(host, question.effect) };
            ask(host, asked, question, widening, judgement)
        }
        Verdict::RefuseRequest(refusal) => Passage::RefuseRequest(note(host, asked, refusal)),
        Verdict::Decline(refusal) => Passage::Decline(note(host, asked, refusal)),
    }
}

/// What the command asks for beyond the sandbox and was not granted yet; an error says why that cannot be asked for.
fn additional(host: &TurnHost, asked: Asked<'_>) -> Result<(Additional, Option<PermissionProfile>), String> {
    let Some(wanted) = &asked.wants.additional else { return Ok((Additional::Unnamed, None)) };
    let lacking = lacking(host, wanted)?;
    Ok((if lacking.is_some() { Additional::Lacking } else { Additional::Held }, lacking))
}

fn ask(host: &TurnHost, asked: Asked<'_>, question: Question, widening: PermissionProfile, judgement: Judgement) -> Passage {
    if host.session().options.nobody_to_ask {
        // T6: no question possible means no.
        let text = format!("`{}` rejected: it needs approval, and nobody can be asked in this run", join(asked.command));
        return Passage::Decline(note(host, asked, Refusal { text, by: DeniedBy::Policy, rule: "nobody to ask".to_owned() }));
    }
    let proposal = judgement.proposal.filter(|_| question.may_become_rule);
    Passage::Ask(CommandQuestion {
        call_id: asked.call_id.clone(),
        command: asked.command.to_vec(),
        cwd: asked.cwd.to_path_buf(),
        justification: asked.wants.justification.clone().filter(|_| question.effect == SandboxEffect::Outside || question.widened),
        question,
        widening,
        proposal,
        may_last: true,
    })
}

fn note(host: &TurnHost, asked: Asked<'_>, refusal: Refusal) -> String {
    host.denied(Denial {
        call_id: asked.call_id.clone(),
        command: join(asked.command),
        by: refusal.by,
        rule: refusal.rule,
        message: refusal.text.clone(),
    });
    refusal.text
}

/// The question whether a command that seems to have been denied something may run again without the sandbox; `None`
/// where nobody can be asked.
pub(crate) fn retry(host: &TurnHost, asked: Asked<'_>) -> Option<CommandQuestion> {
    if host.session().options.nobody_to_ask {
        return None;
    }
    let judgement = judge(host, &asked);
    Some(CommandQuestion {
        call_id: asked.call_id.clone(),
        command: asked.command.to_vec(),
        cwd: asked.cwd.to_path_buf(),
        question: Question {
            reason: Some(RETRY_REASON.to_owned()),
            effect: SandboxEffect::Outside,
            may_become_rule: true,
            widened: false,
            after_denial: AfterDenial::Leave,
        },
        widening: PermissionProfile::default(),
        justification: None,
        proposal: judgement.proposal,
        may_last: true,
    })
}

/// Asks before input goes to a running command where the command itself had to be asked about: what an interpreter is told
/// is a command too, and nobody saw it (C9).
pub(crate) async fn before_input(
    host: &TurnHost,
    running: &ExecCommandBegin,
    effect: SandboxEffect,
    chars: &str,
    cancel: &CancellationToken,
) -> Result<(), ToolError> {
    // Keys that end or suspend something, and an empty line, tell it nothing.
    let says_nothing = chars.chars().all(|c| matches!(c, '\u{3}' | '\u{4}' | '\u{1a}' | '\u{1c}' | '\r' | '\n'));
    if says_nothing || !input_is_asked_about(host.approval(), effect, host.sandbox()) {
        return Ok(());
    }
    let reason = format!("input for the running command: {chars}");
    if host.session().options.nobody_to_ask {
        return Err(ToolError::Refused("input rejected: it needs approval, and nobody can be asked in this run".to_owned()));
    }
    let question = CommandQuestion {
        call_id: running.call_id.clone(),
        command: running.command.clone(),
        cwd: running.cwd.clone(),
        question: Question { reason: Some(reason), effect, may_become_rule: false, widened: false, after_denial: AfterDenial::Leave },
        widening: PermissionProfile::default(),
        justification: None,
        proposal: None,
        may_last: false,
    };
    match question.put(host, cancel).await {
        Ok(_) => Ok(()),
        Err(TurnedDown::ByUser) => Err(ToolError::Refused("input rejected by user".to_owned())),
        Err(TurnedDown::WithTurn) => Err(ToolError::Cancelled),
    }
}

impl CommandQuestion {
    /// Puts the question and waits for its answer, or for the end of the turn.
    pub(crate) async fn put(self, host: &TurnHost, cancel: &CancellationToken) -> Result<(Permit, AfterDenial), TurnedDown> {
        let session = host.session();
        let (waiting, event) = session.approvals.pending.open(Subject::Command, &self.call_id, host.turn_id(), |apart| {
            EventMsg::ExecApprovalRequest(Box::new(self.request(host, apart)))
        });
        session.events.show(event).await;
        let answer = waiting.answer(cancel).await;
        match answer {
            None | Some(ReviewDecision::Abort) => Err(TurnedDown::WithTurn),
            Some(ReviewDecision::Denied) => {
                host.denied(Denial {
                    call_id: self.call_id.clone(),
                    command: join(&self.command),
                    by: DeniedBy::User,
                    rule: "asked".to_owned(),
                    message: REJECTED.to_owned(),
                });
                Err(TurnedDown::ByUser)
            }
            Some(_) if !self.may_last => Ok(self.permit()),
            Some(ReviewDecision::Approved) => Ok(self.permit()),
            Some(ReviewDecision::ApprovedForSession) => {
                self.grant(host);
                Ok(self.permit())
            }
            Some(ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment }) => {
                if let Err(why) = self.keep_rule(host, &proposed_execpolicy_amendment) {
                    let message = format!("the rule was not kept: {why}; the very same command is not asked about again in this session");
                    session.events.show(EventMsg::Warning(Warning { message })).await;
                    self.grant(host);
                }
                Ok(self.permit())
            }
        }
    }

    fn keep_rule(&self, host: &TurnHost, prefix: &[String]) -> Result<(), String> {
        let file = prefix.first().and_then(|program| program_file(host, &self.cwd, program));
        host.session().approvals.rules.allow(prefix, file.as_deref())
    }

    /// A yes to a wider sandbox is one for this once, however it was given.
    fn grant(&self, host: &TurnHost) {
        if self.question.widened {
            return;
        }
        host.session().approvals.grants.add_command(&self.command, &self.cwd, self.question.effect);
    }

    fn permit(self) -> (Permit, AfterDenial) {
        let permit = Permit::new(self.command, self.cwd, self.question.effect).widened_by(&self.widening);
        (permit, self.question.after_denial)
    }

    fn request(&self, host: &TurnHost, approval_id: Option<codex_protocol::ApprovalId>) -> ExecApprovalRequest {
        let justification = self.justification.as_deref().map(model_words);
        let reason = match (&self.question.reason, &self.justification) {
            (Some(reason), Some(words)) if reason == words => justification.clone(),
            (reason, _) => reason.as_deref().map(model_words),
        };
        ExecApprovalRequest {
            call_id: self.call_id.clone(),
            approval_id,
            turn_id: host.turn_id(),
            command: self.command.clone(),
            cwd: self.cwd.clone(),
            reason,
            justification,
            network_approval_context: None,
            proposed_execpolicy_amendment: self.proposal.clone(),
            available_decisions: self.decisions(),
            lasting_answers: self.lasting_answers(host),
            sandbox_effect: self.question.effect,
            additional_permissions: self.question.widened.then(|| self.widening.clone()),
            opened_by_yes: (!self.question.widened && !self.widening.is_empty()).then(|| self.widening.clone()),
            parsed_cmd: summarize(&self.command),
        }
    }

    /// Yes and no, and what lasts longer in between: a rule where one may be kept, else the session (A44).
    fn decisions(&self) -> Vec<ReviewDecision> {
        let lasting = match &self.proposal {
            _ if self.question.widened => None,
            Some(prefix) => Some(amendment(prefix)),
            None => self.question.may_become_rule.then_some(ReviewDecision::ApprovedForSession),
        };
        [Some(ReviewDecision::Approved), lasting, Some(ReviewDecision::Abort)].into_iter().flatten().collect()
    }

    fn lasting_answers(&self, host: &TurnHost) -> Vec<LastingAnswer> {
        if !self.may_last || self.question.widened {
            return Vec::new();
        }
        let place = match self.question.effect {
            SandboxEffect::Inside if !self.widening.is_empty() => "in the sandbox with write access to the workspace",
            SandboxEffect::Inside => "in the sandbox",
            SandboxEffect::Outside => "outside the sandbox",
        };
        let session = LastingAnswer {
            decision: ReviewDecision::ApprovedForSession,
            scope: GrantScope::Session,
            stores: format!("exactly this command in this folder, {place}, until this session ends"),
        };
        let global = self.proposal.as_ref().map(|prefix| LastingAnswer {
            decision: amendment(prefix),
            scope: GrantScope::Global,
            stores: format!(
                "every command that begins with `{}`, outside the sandbox, in every session, until the rule is removed from {}",
                join(prefix),
                host.session().approvals.rules.file().display()
            ),
        });
        [Some(session), global].into_iter().flatten().collect()
    }
}

fn amendment(prefix: &[String]) -> ReviewDecision {
    ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment: prefix.to_vec() }
}
