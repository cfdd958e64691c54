//! The recorded commands, each handed to a thread under the policies they were recorded with.

use codex_protocol::event::{CommandStatus, ReviewDecision};
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::{EventMsg, Op};
use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::harness::submit;
use super::questions::*;

/// One command and what is to become of it.
struct Recorded {
    command: Vec<String>,
    class: String,
}

/// Recorded as unknown because their scripts were not taken apart; a forced removal is one all the same.
const STRICTER: [&[&str]; 5] = [
    &["bash", "-lc", "xargs rm -rf"],
    &["dash", "-c", "rm -rf d"],
    &["bash", "-l", "-c", "rm -rf d"],
    &["bash", "--norc", "-c", "rm -rf d"],
    &["bash", "-xc", "rm -rf d"],
];

fn recorded() -> Vec<Recorded> {
    let lines = include_str!("../../../shell-command/tests/fixtures/command_safety_cases.jsonl").lines();
    let case = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let command: Vec<String> = serde_json::from_value(value["command"].clone()).unwrap();
        let recorded = value["wanted"].as_str().or(value["reference"].as_str()).unwrap();
        let removes = STRICTER.iter().any(|stricter| *stricter == command);
        let class = if removes { "dangerous" } else { recorded };
        Recorded { command, class: class.to_owned() }
    };
    lines.map(case).collect()
}

/// What became of every command: `ask`, `run` or `refuse`. Every question is answered with no.
async fn outcomes(cases: &[Recorded], approval: ApprovalPolicy) -> Vec<String> {
    let calls = |reply: Reply, case: &Recorded| reply.call("shell", json!({ "command": case.command }));
    let scenario = Scenario::new().reply(cases.iter().fold(Reply::new(), calls)).reply(Reply::new().say("done"));
    let mut harness = asking(scenario, approval, SandboxPolicy::read_only(), Helper::Notes);
    harness.config.trusted = Some(true);
    for name in ["f", "a", "b", "x"] {
        harness.workspace.file(name, "text\n");
    }
    let thread = harness.start().await;
    submit(&thread, "go").await;
    let mut outcomes = Vec::new();
    let mut asked = false;
    while let Some(event) = thread.next_event().await {
        match event.msg {
            EventMsg::ExecApprovalRequest(request) => {
                asked = true;
                let decision = ReviewDecision::Denied;
                thread.submit(Op::ExecApproval { id: request.answer_id(), turn_id: None, decision }).await.unwrap();
            }
            EventMsg::ExecCommandEnd(end) => outcomes.push(match (std::mem::take(&mut asked), end.status) {
                (true, CommandStatus::Declined) => "ask".to_owned(),
                (false, CommandStatus::Declined) => "refuse".to_owned(),
                (false, CommandStatus::Completed) => "run".to_owned(),
                other => format!("{other:?}"),
            }),
            EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_) => break,
            _ => {}
        }
    }
    assert_eq!(outcomes.len(), cases.len());
    outcomes
}

#[tokio::test]
async fn every_recorded_command_is_run_asked_about_or_refused_as_its_class_says() {
    let cases = recorded();
    for approval in [ApprovalPolicy::Untrusted, ApprovalPolicy::OnRequest, ApprovalPolicy::Never] {
        let wrong: Vec<String> = outcomes(&cases, approval)
            .await
            .iter()
            .zip(&cases)
            .filter_map(|(outcome, case)| {
                let expected = match (case.class.as_str(), approval) {
                    ("safe", _) => "run",
                    ("unknown", ApprovalPolicy::Untrusted) => "ask",
                    ("unknown", _) => "run",
                    ("dangerous", ApprovalPolicy::Never) => "refuse",
                    ("dangerous", _) => "ask",
                    (other, _) => panic!("{other}"),
                };
                (outcome != expected).then(|| format!("{:?}: {outcome}, expected {expected}", case.command))
            })
            .collect();
        assert_eq!(wrong, Vec::<String>::new(), "{approval:?}");
    }
}
