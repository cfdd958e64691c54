//! One pure function answers "may this run, and how".
//!
//! It sees what others found out: what the rules say, what kind of command it is, what was granted before. It looks at
//! no file and asks nobody, so that the whole table of `docs/approvals.md` is one test.

use codex_protocol::event::{DeniedBy, SandboxEffect};
use codex_protocol::policy::{ApprovalPolicy, GranularApproval, SandboxPolicy};
use codex_shell_command::join;
use codex_tools::Escalation;

use super::additional::Additional;

/// Which tool asks; the two differ in the words of one refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// `shell` and its relatives.
    Shell,
    /// `exec_command`.
    Session,
}

/// What kind of command it is, from harmless to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Known to be harmless.
    Safe,
    /// Nothing is known.
    Unknown,
    /// Known to destroy things.
    Dangerous,
    /// Known to destroy a home, a writable root or what is above one.
    DestroysRoot,
}

/// What the rules say about a command as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RuleVerdict {
    /// Not every part is allowed, and none is asked about or forbidden.
    None,
    /// Every part of a script that was read to its end is allowed.
    Allow,
    /// A part is to be asked about.
    Prompt(RuleMatch),
    /// A part is forbidden.
    Forbidden(RuleMatch),
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleMatch {
    /// Its words, as they matched.
    pub(crate) prefix: Vec<String>,
    /// What its author says of it.
    pub(crate) justification: Option<String>,
}

/// What is known of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    /// What the rules say.
    pub(crate) rules: RuleVerdict,
    /// The worst of the parts that no rule allows.
    pub(crate) class: Class,
    /// Its dangerous parts only remove single files inside writable roots.
    pub(crate) spares_roots: bool,
}

/// What this thread's user granted before for the very same command in the same folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Granted {
    /// In the sandbox.
    pub(crate) inside: bool,
    /// Outside it.
    pub(crate) outside: bool,
}

/// Everything that decides.
pub(crate) struct Case<'a> {
    pub(crate) command: &'a [String],
    pub(crate) approval: ApprovalPolicy,
    pub(crate) sandbox: &'a SandboxPolicy,
    pub(crate) wants: &'a Escalation,
    /// Of `wants`, for `with_additional_permissions`.
    pub(crate) additional: Additional,
    pub(crate) asker: Asker,
    pub(crate) judged: &'a Judged,
    pub(crate) granted: Granted,
}

/// What to do when a command that ran in the sandbox seems to have been refused something there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterDenial {
    /// It failed, and that is all.
    Leave,
    /// Ask whether it may run again without the sandbox.
    Ask,
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// Why.
    pub(crate) reason: Option<String>,
    /// Where it runs once approved.
    pub(crate) effect: SandboxEffect,
    /// Whether a rule may be offered that makes the question go away for good.
    pub(crate) may_become_rule: bool,
    /// Whether the sandbox around it is widened by what it asks for.
    pub(crate) widened: bool,
    /// What a denial in the sandbox leads to, once approved.
    pub(crate) after_denial: AfterDenial,
}

/// Where the model wants a command to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// In the sandbox as it is.
    Inside,
    /// In a sandbox that gives this command more.
    Widened,
    /// Outside of it.
    Outside,
}

/// A refusal and what it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What the model reads.
    pub(crate) text: String,
    /// What said no.
    pub(crate) by: DeniedBy,
    /// The rule or the policy by its name.
    pub(crate) rule: String,
}

/// May this run, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It runs.
    Run(SandboxEffect, AfterDenial),
    /// A person is asked first.
    Ask(Question),
    /// The request itself is refused; no command is shown to anybody.
    RefuseRequest(Refusal),
    /// The command is refused and shown as declined.
    Decline(Refusal),
}

/// The reason of the question whether a command may run again without the sandbox.
pub(crate) const RETRY_REASON: &str = "command failed; retry without sandbox?";

/// Which questions may be put to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Askable {
    /// What rules mark.
    rules: bool,
    /// Leaving the sandbox, and what is dangerous.
    sandbox: bool,
}

fn askable(approval: ApprovalPolicy) -> Askable {
    match approval {
        ApprovalPolicy::Untrusted | ApprovalPolicy::OnFailure | ApprovalPolicy::OnRequest => Askable { rules: true, sandbox: true },
        ApprovalPolicy::Granular(GranularApproval { rules, sandbox_approval, .. }) => Askable { rules, sandbox: sandbox_approval },
        ApprovalPolicy::Never => Askable { rules: false, sandbox: false },
    }
}

/// The name of an approval policy as people write it.
pub(crate) fn policy_name(approval: ApprovalPolicy) -> &'static str {
    match approval {
        ApprovalPolicy::Untrusted => "untrusted",
        ApprovalPolicy::OnFailure => "on-failure",
        ApprovalPolicy::OnRequest => "on-request",
        ApprovalPolicy::Granular(_) => "granular",
        ApprovalPolicy::Never => "never",
    }
}

/// Decides about one command.
pub(crate) fn decide(case: &Case<'_>) -> Verdict {
    let wanted = match wanted(case) {
        Ok(wanted) => wanted,
        Err(refusal) => return Verdict::RefuseRequest(refusal),
    };
    match &case.judged.rules {
        RuleVerdict::Forbidden(rule) => Verdict::Decline(forbidden(case.command, rule)),
        RuleVerdict::Prompt(rule) => by_prompt_rule(case, rule, wanted),
        RuleVerdict::Allow => Verdict::Run(SandboxEffect::Outside, AfterDenial::Leave),
        RuleVerdict::None => by_class(case, wanted),
    }
}

/// Where the model asks to run it, if it may ask for that.
fn wanted(case: &Case<'_>) -> Result<Wanted, Refusal> {
    let by_policy = |text: String| Refusal { text, by: DeniedBy::Policy, rule: policy_name(case.approval).to_owned() };
    match case.wants.permissions.as_deref() {
        None | Some("use_default") => Ok(Wanted::Inside),
        Some("require_escalated") => match refused_escalation(case.approval, case.asker) {
            Some(text) => Err(by_policy(text)),
            None if case.sandbox.needs_sandbox() => Ok(Wanted::Outside),
            // There is nothing to leave.
            None => Ok(Wanted::Inside),
        },
        Some("with_additional_permissions") => match case.additional {
            Additional::Held => Ok(Wanted::Inside),
            Additional::Lacking => refused_escalation(case.approval, case.asker).map_or(Ok(Wanted::Widened), |text| Err(by_policy(text))),
            Additional::Unnamed => Err(by_policy("`with_additional_permissions` names no permissions".to_owned())),
        },
        Some(other) => Err(by_policy(format!("unknown sandbox_permissions `{other}`: use `use_default` or `require_escalated`"))),
    }
}

fn refused_escalation(approval: ApprovalPolicy, asker: Asker) -> Option<String> {
    let name = match approval {
        ApprovalPolicy::OnRequest => return None,
        ApprovalPolicy::Granular(granular) if granular.sandbox_approval => return None,
        ApprovalPolicy::Granular(_) => "Granular without sandbox_approval",
        ApprovalPolicy::Untrusted => "UnlessTrusted",
        ApprovalPolicy::OnFailure => "OnFailure",
        ApprovalPolicy::Never => "Never",
    };
    let verb = match asker {
        Asker::Shell => "should not",
        Asker::Session => "cannot",
    };
    Some(format!("approval policy is {name}; reject command — you {verb} ask for escalated permissions if the approval policy is {name}"))
}

fn forbidden(command: &[String], rule: &RuleMatch) -> Refusal {
    let (line, prefix) = (join(command), join(&rule.prefix));
    let text = match &rule.justification {
        Some(justification) => format!("`{line}` rejected: {justification}"),
        None => format!("`{line}` rejected: policy forbids commands starting with `{prefix}`"),
    };
    Refusal { text, by: DeniedBy::Rule, rule: prefix }
}

fn by_prompt_rule(case: &Case<'_>, rule: &RuleMatch, wanted: Wanted) -> Verdict {
    let effect = effect(wanted);
    if is_granted(case.granted, wanted) {
        return Verdict::Run(effect, AfterDenial::Leave);
    }
    if !askable(case.approval).rules {
        let text = match case.approval {
            ApprovalPolicy::Granular(_) => {
                "approval required by policy, but AskForApproval is set to Granular without questions of rules".to_owned()
            }
            _ => "approval required by policy, but AskForApproval is set to Never".to_owned(),
        };
        return Verdict::Decline(Refusal { text, by: DeniedBy::Rule, rule: join(&rule.prefix) });
    }
    // A dangerous command needs the right to ask about that as well.
    if case.judged.class >= Class::Dangerous && !askable(case.approval).sandbox {
        return Verdict::Decline(blocked(case));
    }
    let line = join(case.command);
    let mut reason = match &rule.justification {
        Some(justification) => format!("`{line}` requires approval: {justification}"),
        None => format!("`{line}` requires approval by policy"),
    };
    if let Some(justification) = case.wants.justification.as_ref().filter(|_| wanted != Wanted::Inside) {
        reason = format!("{reason}\n{justification}");
    }
    let widened = wanted == Wanted::Widened;
    Verdict::Ask(Question { reason: Some(reason), effect, may_become_rule: false, widened, after_denial: AfterDenial::Leave })
}

fn by_class(case: &Case<'_>, wanted: Wanted) -> Verdict {
    match case.judged.class {
        // What only reads needs no way out: it runs inside, and asks when that was not enough.
        Class::Safe if wanted == Wanted::Outside => Verdict::Run(SandboxEffect::Inside, AfterDenial::Ask),
        Class::Safe => Verdict::Run(SandboxEffect::Inside, after_denial(case)),
        Class::Unknown => unknown(case, wanted),
        Class::Dangerous | Class::DestroysRoot => dangerous(case, wanted),
    }
}

fn unknown(case: &Case<'_>, wanted: Wanted) -> Verdict {
    let effect = effect(wanted);
    let must_ask = wanted != Wanted::Inside || case.approval == ApprovalPolicy::Untrusted;
    if !must_ask || is_granted(case.granted, wanted) {
        return Verdict::Run(effect, after_denial(case));
    }
    let reason = case.wants.justification.clone().filter(|_| wanted != Wanted::Inside);
    let widened = wanted == Wanted::Widened;
    Verdict::Ask(Question { reason, effect, may_become_rule: true, widened, after_denial: after_denial(case) })
}

fn dangerous(case: &Case<'_>, wanted: Wanted) -> Verdict {
    let effect = effect(wanted);
    if is_granted(case.granted, wanted) {
        return Verdict::Run(effect, AfterDenial::Leave);
    }
    let destroys_root = case.judged.class == Class::DestroysRoot;
    if askable(case.approval).sandbox {
        let reason = case.wants.justification.clone().filter(|_| wanted != Wanted::Inside);
        let widened = wanted == Wanted::Widened;
        return Verdict::Ask(Question { reason, effect, may_become_rule: !destroys_root, widened, after_denial: AfterDenial::Leave });
    }
    let runs = match case.sandbox {
        // Nobody to ask and no sandbox: the user said that everything may run.
        SandboxPolicy::DangerFullAccess => case.approval == ApprovalPolicy::Never,
        // Somebody else's sandbox holds it.
        SandboxPolicy::ExternalSandbox { .. } => !destroys_root,
        // Ours holds it, and nothing is lost but files the turn may write anyway.
        SandboxPolicy::ReadOnly { .. } | SandboxPolicy::WorkspaceWrite { .. } => !destroys_root && case.judged.spares_roots,
    };
    if runs { Verdict::Run(SandboxEffect::Inside, AfterDenial::Leave) } else { Verdict::Decline(blocked(case)) }
}

fn blocked(case: &Case<'_>) -> Refusal {
    let text = format!("`{}` rejected: blocked by policy", join(case.command));
    Refusal { text, by: DeniedBy::Policy, rule: policy_name(case.approval).to_owned() }
}

fn effect(wanted: Wanted) -> SandboxEffect {
    match wanted {
        Wanted::Inside | Wanted::Widened => SandboxEffect::Inside,
        Wanted::Outside => SandboxEffect::Outside,
    }
}

/// A yes to a command in the sandbox says nothing of a wider one, which is asked about each time.
fn is_granted(granted: Granted, wanted: Wanted) -> bool {
    match wanted {
        Wanted::Inside => granted.inside,
        Wanted::Widened => false,
        Wanted::Outside => granted.outside,
    }
}

/// Whether input for a running command is asked about: always under `untrusted`, and where the command was let out of its
/// sandbox by a policy that asks.
pub(crate) fn input_is_asked_about(approval: ApprovalPolicy, effect: SandboxEffect, sandbox: &SandboxPolicy) -> bool {
    let is_out = effect == SandboxEffect::Outside && sandbox.needs_sandbox();
    approval == ApprovalPolicy::Untrusted || (is_out && askable(approval).sandbox)
}

fn after_denial(case: &Case<'_>) -> AfterDenial {
    match case.approval {
        ApprovalPolicy::Untrusted | ApprovalPolicy::OnFailure => AfterDenial::Ask,
        ApprovalPolicy::OnRequest | ApprovalPolicy::Granular(_) | ApprovalPolicy::Never => AfterDenial::Leave,
    }
}

#[cfg(test)]
mod tests;
