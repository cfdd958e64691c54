//! What tests of approvals share: a stand-in for the sandbox helper that notes what it is given, and ways to read and
//! answer questions.

use std::os::unix::fs::PermissionsExt;

use codex_core::Thread;
use codex_protocol::event::{ApplyPatchApprovalRequest, CommandStatus, ExecApprovalRequest, ExecCommandEnd, ReviewDecision};
use codex_protocol::policy::{ApprovalPolicy, SandboxPolicy};
use codex_protocol::{ApprovalId, EventMsg, Op};
use codex_test_support::Scenario;

use super::harness::{Harness, submit, until_turn_end};

/// What the stand-in does with a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Helper {
    /// Runs it.
    Runs,
    /// Only notes it.
    Notes,
    /// Ends it like the kernel would on a forbidden write.
    Denies,
    /// Refuses to run it, like a helper that cannot confine it.
    Refuses,
}

/// A thread's surroundings with the stand-in in place.
pub(crate) fn asking(scenario: Scenario, approval: ApprovalPolicy, sandbox: SandboxPolicy, helper: Helper) -> Harness {
    let mut harness = Harness::new(scenario);
    harness.config.approval_policy = approval;
    harness.config.sandbox_policy = sandbox;
    let noted = harness.home.path().join("noted");
    let last = match helper {
        Helper::Runs => "exec \"$@\"",
        Helper::Notes => "exit 0",
        Helper::Denies => "echo \"$1: cannot write 'x': Permission denied\" >&2; exit 1",
        Helper::Refuses => "echo 'codex-linux-sandbox: no Landlock here; use a newer kernel' >&2; exit 125",
    };
    let script = format!("#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift\necho \"$*\" >> '{}'\n{last}\n", noted.display());
    let helper = harness.home.path().join("helper");
    std::fs::write(&helper, script).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    harness.codex_exe = helper;
    harness
}

/// The commands that were run in the sandbox, one a line.
pub(crate) fn run_inside(harness: &Harness) -> Vec<String> {
    let noted = std::fs::read_to_string(harness.home.path().join("noted")).unwrap_or_default();
    noted.lines().map(str::to_owned).collect()
}

/// Puts a rules file of the user into place.
pub(crate) fn user_rules(harness: &Harness, text: &str) {
    let folder = harness.home.path().join("rules");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::write(folder.join("my.rules"), text).unwrap();
    std::fs::set_permissions(folder.join("my.rules"), std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// The next question about a command, with the events before it.
pub(crate) async fn next_question(thread: &Thread) -> (ExecApprovalRequest, Vec<EventMsg>) {
    let mut before = Vec::new();
    while let Some(event) = thread.next_event().await {
        match event.msg {
            EventMsg::ExecApprovalRequest(request) => return (*request, before),
            EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_) => panic!("nothing was asked: {before:?}"),
            other => before.push(other),
        }
    }
    panic!("the thread ended: {before:?}")
}

/// The next question about a patch.
pub(crate) async fn next_patch_question(thread: &Thread) -> ApplyPatchApprovalRequest {
    while let Some(event) = thread.next_event().await {
        match event.msg {
            EventMsg::ApplyPatchApprovalRequest(request) => return *request,
            EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_) => panic!("nothing was asked"),
            _ => {}
        }
    }
    panic!("the thread ended")
}

pub(crate) async fn answer(thread: &Thread, id: ApprovalId, decision: ReviewDecision) {
    thread.submit(Op::ExecApproval { id, turn_id: None, decision }).await.unwrap();
}

pub(crate) async fn answer_patch(thread: &Thread, request: &ApplyPatchApprovalRequest, decision: ReviewDecision) {
    thread.submit(Op::PatchApproval { id: request.answer_id(), decision }).await.unwrap();
}

/// Runs a turn in which exactly one command is asked about.
pub(crate) async fn turn_with_answer(thread: &Thread, decision: ReviewDecision) -> (ExecApprovalRequest, Vec<EventMsg>) {
    submit(thread, "go").await;
    let (request, mut events) = next_question(thread).await;
    answer(thread, request.answer_id(), decision).await;
    events.extend(until_turn_end(thread).await);
    assert!(!events.iter().any(|event| matches!(event, EventMsg::ExecApprovalRequest(_))), "asked twice: {events:?}");
    (request, events)
}

/// Runs a turn in which nothing is asked.
pub(crate) async fn turn_without_question(thread: &Thread) -> Vec<EventMsg> {
    submit(thread, "go").await;
    let events = until_turn_end(thread).await;
    let asked = |event: &EventMsg| matches!(event, EventMsg::ExecApprovalRequest(_) | EventMsg::ApplyPatchApprovalRequest(_));
    assert!(!events.iter().any(asked), "{events:?}");
    events
}

pub(crate) fn ends(events: &[EventMsg]) -> Vec<&ExecCommandEnd> {
    let end = |event: &'_ EventMsg| matches!(event, EventMsg::ExecCommandEnd(_));
    events
        .iter()
        .filter(|event| end(event))
        .map(|event| match event {
            EventMsg::ExecCommandEnd(end) => end.as_ref(),
            other => panic!("{other:?}"),
        })
        .collect()
}

pub(crate) fn statuses(events: &[EventMsg]) -> Vec<CommandStatus> {
    ends(events).iter().map(|end| end.status).collect()
}

pub(crate) fn warnings(events: &[EventMsg]) -> Vec<String> {
    let text = |event: &EventMsg| match event {
        EventMsg::Warning(warning) => Some(warning.message.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

pub(crate) fn amendment(words: &[&str]) -> ReviewDecision {
    ReviewDecision::ApprovedExecpolicyAmendment { proposed_execpolicy_amendment: words.iter().map(|word| (*word).to_owned()).collect() }
}
