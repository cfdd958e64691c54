//! The table of `docs/approvals.md`.

use codex_protocol::policy::NetworkAccess;
use pretty_assertions::assert_eq;

use super::*;

const GRANULAR_ALL: GranularApproval =
    GranularApproval { sandbox_approval: true, rules: true, mcp_elicitations: true, request_permissions: true, skill_approval: true };
const GRANULAR_NONE: GranularApproval =
    GranularApproval { sandbox_approval: false, rules: false, mcp_elicitations: false, request_permissions: false, skill_approval: false };
const POLICIES: [ApprovalPolicy; 6] = [
    ApprovalPolicy::Untrusted,
    ApprovalPolicy::OnRequest,
    ApprovalPolicy::OnFailure,
    ApprovalPolicy::Granular(GRANULAR_ALL),
    ApprovalPolicy::Granular(GRANULAR_NONE),
    ApprovalPolicy::Never,
];

/// The policies of the columns below, in this order.
fn sandboxes() -> [SandboxPolicy; 4] {
    [
        SandboxPolicy::read_only(),
        SandboxPolicy::workspace_write(),
        SandboxPolicy::DangerFullAccess,
        SandboxPolicy::ExternalSandbox { network_access: NetworkAccess::Restricted },
    ]
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn judged(rules: RuleVerdict, class: Class) -> Judged {
    Judged { rules, class, spares_roots: false }
}

fn rule(justification: Option<&str>) -> RuleMatch {
    RuleMatch { prefix: words("wget"), justification: justification.map(str::to_owned) }
}

/// A verdict in a few letters: `in`, `in?` (asks when denied), `out`, `ask`, `ask?`, `ask-out`, `no` (declined), `refuse`.
fn letters(verdict: &Verdict) -> String {
    let ask = |after: AfterDenial| if after == AfterDenial::Ask { "?" } else { "" };
    match verdict {
        Verdict::Run(SandboxEffect::Inside, after) => format!("in{}", ask(*after)),
        Verdict::Run(SandboxEffect::Outside, _) => "out".to_owned(),
        Verdict::Ask(question) if question.effect == SandboxEffect::Outside => "ask-out".to_owned(),
        Verdict::Ask(question) => format!("ask{}", ask(question.after_denial)),
        Verdict::RefuseRequest(_) => "refuse".to_owned(),
        Verdict::Decline(_) => "no".to_owned(),
    }
}

fn row(judged: &Judged, wants: &Escalation, sandbox: &SandboxPolicy) -> String {
    let command = words("wget x");
    let verdict = |approval| {
        let case = Case {
            command: &command,
            approval,
            sandbox,
            wants,
            additional: Additional::Unnamed,
            asker: Asker::Shell,
            judged,
            granted: Granted::default(),
        };
        letters(&decide(&case))
    };
    POLICIES.map(verdict).join(" ")
}

#[test]
fn every_situation_under_every_policy() {
    let normal = Escalation::default();
    let escalated = Escalation { permissions: Some("require_escalated".to_owned()), ..Escalation::default() };
    let none = |class| judged(RuleVerdict::None, class);
    let spared = Judged { spares_roots: true, ..none(Class::Dangerous) };
    let prompt = judged(RuleVerdict::Prompt(rule(None)), Class::Unknown);
    let forbid = judged(RuleVerdict::Forbidden(rule(None)), Class::Safe);
    let allow = judged(RuleVerdict::Allow, Class::Safe);
    // Columns: untrusted, on-request, on-failure, granular with every question, granular with none, never.
    // Rows: read-only, workspace-write, danger-full-access, external-sandbox.
    let table: [(&str, &Judged, &Escalation, [&str; 4]); 13] = [
        ("forbidden by rule", &forbid, &normal, ["no no no no no no"; 4]),
        ("prompt by rule", &prompt, &normal, ["ask ask ask ask no no"; 4]),
        ("allowed by rule", &allow, &normal, ["out out out out out out"; 4]),
        ("safe", &none(Class::Safe), &normal, ["in? in in? in in in"; 4]),
        ("unknown", &none(Class::Unknown), &normal, ["ask? in in? in in in"; 4]),
        (
            "dangerous",
            &none(Class::Dangerous),
            &normal,
            ["ask ask ask ask no no", "ask ask ask ask no no", "ask ask ask ask no in", "ask ask ask ask in in"],
        ),
        (
            "removes files in writable roots",
            &spared,
            &normal,
            ["ask ask ask ask in in", "ask ask ask ask in in", "ask ask ask ask no in", "ask ask ask ask in in"],
        ),
        (
            "destroys a root",
            &none(Class::DestroysRoot),
            &normal,
            ["ask ask ask ask no no", "ask ask ask ask no no", "ask ask ask ask no in", "ask ask ask ask no no"],
        ),
        (
            "safe, escalated",
            &none(Class::Safe),
            &escalated,
            [
                "refuse in? refuse in? refuse refuse",
                "refuse in? refuse in? refuse refuse",
                "refuse in refuse in refuse refuse",
                "refuse in refuse in refuse refuse",
            ],
        ),
        (
            "unknown, escalated",
            &none(Class::Unknown),
            &escalated,
            [
                "refuse ask-out refuse ask-out refuse refuse",
                "refuse ask-out refuse ask-out refuse refuse",
                "refuse in refuse in refuse refuse",
                "refuse in refuse in refuse refuse",
            ],
        ),
        (
            "dangerous, escalated",
            &none(Class::Dangerous),
            &escalated,
            [
                "refuse ask-out refuse ask-out refuse refuse",
                "refuse ask-out refuse ask-out refuse refuse",
                "refuse ask refuse ask refuse refuse",
                "refuse ask refuse ask refuse refuse",
            ],
        ),
        (
            "prompt by rule, escalated",
            &prompt,
            &escalated,
            [
                "refuse ask-out refuse ask-out refuse refuse",
                "refuse ask-out refuse ask-out refuse refuse",
                "refuse ask refuse ask refuse refuse",
                "refuse ask refuse ask refuse refuse",
            ],
        ),
        ("forbidden by rule, escalated", &forbid, &escalated, ["refuse no refuse no refuse refuse"; 4]),
    ];
    for (name, judged, wants, rows) in table {
        for (sandbox, expected) in sandboxes().iter().zip(rows) {
            assert_eq!(row(judged, wants, sandbox), expected, "{name}, {}", sandbox.kind());
        }
    }
}

/// T6: what a policy without questions lets run is never more than what one with questions lets run unasked.
#[test]
fn never_runs_nothing_outside_that_others_ask_about_but_in_full_bypass() {
    for class in [Class::Safe, Class::Unknown, Class::Dangerous, Class::DestroysRoot] {
        for sandbox in sandboxes() {
            let (judged, wants) = (judged(RuleVerdict::None, class), Escalation::default());
            let never = decide(&Case {
                additional: Additional::Unnamed,
                command: &[],
                approval: ApprovalPolicy::Never,
                sandbox: &sandbox,
                wants: &wants,
                asker: Asker::Shell,
                judged: &judged,
                granted: Granted::default(),
            });
            assert!(!matches!(never, Verdict::Ask(_) | Verdict::Run(SandboxEffect::Outside, _)), "{class:?} {sandbox:?}");
        }
    }
}

fn with_granted(granted: Granted, rules: RuleVerdict, class: Class, approval: ApprovalPolicy, permissions: Option<&str>) -> String {
    let wants = Escalation { permissions: permissions.map(str::to_owned), ..Escalation::default() };
    let judged = judged(rules, class);
    let sandbox = SandboxPolicy::workspace_write();
    letters(&decide(&Case {
        additional: Additional::Unnamed,
        command: &words("wget x"),
        approval,
        sandbox: &sandbox,
        wants: &wants,
        asker: Asker::Shell,
        judged: &judged,
        granted,
    }))
}

#[test]
fn a_grant_answers_the_same_question_and_no_wider_one() {
    let inside = Granted { inside: true, outside: false };
    let outside = Granted { inside: false, outside: true };
    let escalated = Some("require_escalated");
    let none = || RuleVerdict::None;
    assert_eq!(with_granted(inside, none(), Class::Unknown, ApprovalPolicy::Untrusted, None), "in?");
    assert_eq!(with_granted(inside, none(), Class::Dangerous, ApprovalPolicy::OnRequest, None), "in");
    assert_eq!(with_granted(inside, RuleVerdict::Prompt(rule(None)), Class::Unknown, ApprovalPolicy::OnRequest, None), "in");
    assert_eq!(with_granted(inside, none(), Class::Unknown, ApprovalPolicy::OnRequest, escalated), "ask-out");
    assert_eq!(with_granted(outside, none(), Class::Unknown, ApprovalPolicy::OnRequest, escalated), "out");
    assert_eq!(with_granted(outside, none(), Class::Unknown, ApprovalPolicy::Untrusted, None), "ask?");
    assert_eq!(with_granted(outside, none(), Class::Unknown, ApprovalPolicy::Never, escalated), "refuse");
    assert_eq!(with_granted(inside, RuleVerdict::Forbidden(rule(None)), Class::Safe, ApprovalPolicy::Untrusted, None), "no");
}

fn text(verdict: Verdict) -> String {
    match verdict {
        Verdict::RefuseRequest(refusal) | Verdict::Decline(refusal) => refusal.text,
        Verdict::Ask(question) => question.reason.unwrap_or_else(|| "(none)".to_owned()),
        Verdict::Run(..) => "(runs)".to_owned(),
    }
}

fn said(command: &str, approval: ApprovalPolicy, judged: &Judged, wants: &Escalation, asker: Asker) -> String {
    let sandbox = SandboxPolicy::read_only();
    let command = words(command);
    text(decide(&Case {
        command: &command,
        approval,
        sandbox: &sandbox,
        wants,
        additional: Additional::Unnamed,
        asker,
        judged,
        granted: Granted::default(),
    }))
}

#[test]
fn texts_are_those_that_programs_know() {
    let normal = Escalation::default();
    let escalated = Escalation {
        permissions: Some("require_escalated".to_owned()),
        justification: Some("need it".to_owned()),
        ..Escalation::default()
    };
    let none = |class| judged(RuleVerdict::None, class);
    let never = ApprovalPolicy::Never;
    let plain = judged(RuleVerdict::Forbidden(rule(None)), Class::Unknown);
    let explained = judged(RuleVerdict::Forbidden(rule(Some("no downloads"))), Class::Unknown);
    assert_eq!(said("wget x", never, &plain, &normal, Asker::Shell), "`wget x` rejected: policy forbids commands starting with `wget`");
    assert_eq!(said("wget x", never, &explained, &normal, Asker::Shell), "`wget x` rejected: no downloads");
    assert_eq!(said("rm -rf zz", never, &none(Class::Dangerous), &normal, Asker::Shell), "`rm -rf zz` rejected: blocked by policy");
    let prompt = judged(RuleVerdict::Prompt(rule(None)), Class::Unknown);
    let explained = judged(RuleVerdict::Prompt(rule(Some("pushing needs a look"))), Class::Unknown);
    assert_eq!(said("ls", never, &prompt, &normal, Asker::Shell), "approval required by policy, but AskForApproval is set to Never");
    assert_eq!(said("ls", ApprovalPolicy::OnRequest, &prompt, &normal, Asker::Shell), "`ls` requires approval by policy");
    assert_eq!(
        said("cp a b", ApprovalPolicy::Untrusted, &explained, &normal, Asker::Shell),
        "`cp a b` requires approval: pushing needs a look"
    );
    assert_eq!(said("x", ApprovalPolicy::Untrusted, &none(Class::Unknown), &normal, Asker::Shell), "(none)");
    assert_eq!(said("x", ApprovalPolicy::OnRequest, &none(Class::Unknown), &escalated, Asker::Shell), "need it");
    for (approval, name) in
        [(ApprovalPolicy::Untrusted, "UnlessTrusted"), (ApprovalPolicy::OnFailure, "OnFailure"), (ApprovalPolicy::Never, "Never")]
    {
        let expected = format!(
            "approval policy is {name}; reject command — you should not ask for escalated permissions if the approval policy is {name}"
        );
        assert_eq!(said("x", approval, &none(Class::Unknown), &escalated, Asker::Shell), expected);
        let expected = expected.replace("should not", "cannot");
        assert_eq!(said("x", approval, &none(Class::Unknown), &escalated, Asker::Session), expected);
    }
}

#[test]
fn unknown_permissions_are_refused_and_never_taken_for_more() {
    for permissions in ["with_additional_permissions", "everything", "none", "danger-full-access"] {
        let wants = Escalation { permissions: Some(permissions.to_owned()), ..Escalation::default() };
        for sandbox in sandboxes() {
            assert_eq!(row(&judged(RuleVerdict::None, Class::Safe), &wants, &sandbox), ["refuse"; 6].join(" "), "{permissions}");
        }
    }
}

#[test]
fn only_what_no_rule_asked_about_may_become_a_rule() {
    let may = |rules, class| {
        let judged = judged(rules, class);
        let sandbox = SandboxPolicy::read_only();
        let wants = Escalation::default();
        match decide(&Case {
            additional: Additional::Unnamed,
            command: &words("wget x"),
            approval: ApprovalPolicy::Untrusted,
            sandbox: &sandbox,
            wants: &wants,
            asker: Asker::Shell,
            judged: &judged,
            granted: Granted::default(),
        }) {
            Verdict::Ask(question) => question.may_become_rule,
            other => panic!("{other:?}"),
        }
    };
    assert!(may(RuleVerdict::None, Class::Unknown));
    assert!(may(RuleVerdict::None, Class::Dangerous));
    assert!(!may(RuleVerdict::None, Class::DestroysRoot));
    assert!(!may(RuleVerdict::Prompt(rule(None)), Class::Unknown));
}

/// C9
#[test]
fn input_is_asked_about_under_untrusted_and_outside_the_sandbox() {
    let write = SandboxPolicy::workspace_write();
    let asked = |approval, effect, sandbox: &SandboxPolicy| input_is_asked_about(approval, effect, sandbox);
    for approval in POLICIES {
        let untrusted = approval == ApprovalPolicy::Untrusted;
        let may_ask = askable(approval).sandbox;
        assert_eq!(asked(approval, SandboxEffect::Inside, &write), untrusted, "{approval:?}");
        assert_eq!(asked(approval, SandboxEffect::Outside, &write), may_ask, "{approval:?}");
        assert_eq!(asked(approval, SandboxEffect::Outside, &SandboxPolicy::DangerFullAccess), untrusted, "{approval:?}");
    }
}

#[test]
fn what_a_command_lacks_is_asked_about_and_what_it_has_is_not() {
    let wants = Escalation { permissions: Some("with_additional_permissions".to_owned()), ..Escalation::default() };
    let command = words("make x");
    let sandbox = SandboxPolicy::workspace_write();
    let decided = |additional, class, rules, approval| {
        let judged = judged(rules, class);
        let granted = Granted { inside: true, outside: true };
        let asker = Asker::Session;
        let case = Case { command: &command, approval, sandbox: &sandbox, wants: &wants, additional, asker, judged: &judged, granted };
        decide(&case)
    };
    let on_request = ApprovalPolicy::OnRequest;
    let prompt = || RuleVerdict::Prompt(rule(None));
    for (class, rules) in [(Class::Unknown, RuleVerdict::None), (Class::Dangerous, RuleVerdict::None), (Class::Unknown, prompt())] {
        let verdict = decided(Additional::Lacking, class, rules, on_request);
        assert!(matches!(&verdict, Verdict::Ask(question) if question.widened && question.effect == SandboxEffect::Inside), "{verdict:?}");
    }
    // What only reads gets nothing more, and what was granted before stays as it was granted.
    assert_eq!(letters(&decided(Additional::Lacking, Class::Safe, RuleVerdict::None, on_request)), "in");
    assert_eq!(letters(&decided(Additional::Held, Class::Unknown, RuleVerdict::None, on_request)), "in");
    assert_eq!(letters(&decided(Additional::Lacking, Class::Unknown, RuleVerdict::None, ApprovalPolicy::Granular(GRANULAR_ALL))), "ask");
    for approval in [ApprovalPolicy::Never, ApprovalPolicy::Untrusted, ApprovalPolicy::OnFailure, ApprovalPolicy::Granular(GRANULAR_NONE)] {
        assert_eq!(letters(&decided(Additional::Lacking, Class::Safe, RuleVerdict::None, approval)), "refuse", "{approval:?}");
    }
}
