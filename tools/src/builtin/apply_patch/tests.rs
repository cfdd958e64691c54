use codex_protocol::event::{EventMsg, FileChange, PatchStatus};
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::fake_host::{Asked, FakeHost, text};

fn patch(body: &str) -> String {
    format!("*** Begin Patch\n{body}\n*** End Patch")
}

async fn refusal(host: &FakeHost, patch: &str) -> String {
    match host.custom(NAME, patch).await {
        Err(ToolError::Refused(text)) => text,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn both_forms_hand_a_checked_plan_to_the_session() {
    let host = FakeHost::new();
    host.file("b.txt", "one\ntwo\n");
    let body = patch("*** Add File: n/a.txt\n+new\n*** Update File: b.txt\n@@\n one\n-two\n+2");
    let report = "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nSuccess.\n";
    assert_eq!(text(host.custom(NAME, &body).await.unwrap()), report);
    assert_eq!(host.answer(NAME, json!({"input": body})).await, report);
    let plan = vec![(host.cwd().join("n/a.txt"), Some("new\n".to_owned())), (host.cwd().join("b.txt"), Some("one\n2\n".to_owned()))];
    assert_eq!(host.asked(), [Asked::Apply(plan.clone()), Asked::Apply(plan)]);
}

#[tokio::test]
async fn a_text_that_is_no_patch_is_refused_with_the_place() {
    let host = FakeHost::new();
    assert_eq!(
        refusal(&host, "hello").await,
        "apply_patch verification failed: invalid patch: The first line of the patch must be '*** Begin Patch'"
    );
    assert_eq!(
        refusal(&host, &patch("*** Frob File: x")).await,
        "apply_patch verification failed: invalid hunk at line 2, '*** Frob File: x' is not a valid hunk header. Valid hunk headers: '*** Add File: {path}', '*** Delete File: {path}', '*** Update File: {path}'"
    );
    assert_eq!(refusal(&host, "*** Begin Patch\n*** End Patch").await, "patch rejected: empty patch");
    assert_eq!(
        host.refusal(NAME, json!({"patch": "x"})).await,
        "failed to parse function arguments: missing field `input` at line 1 column 13"
    );
}

#[tokio::test]
async fn a_patch_that_does_not_fit_is_refused_and_names_the_file() {
    let host = FakeHost::new();
    let file = host.file("b.txt", "one\n");
    let file = file.display();
    let cwd = host.cwd().display();
    let cases = [
        ("*** Update File: b.txt\n@@\n-nomatch\n+x", format!("Failed to find expected lines in {file}:\nnomatch")),
        ("*** Update File: b.txt\n@@ nosuchctx\n-one\n+x", format!("Failed to find context 'nosuchctx' in {file}")),
        (
            "*** Update File: no.txt\n@@\n-one\n+x",
            format!("Failed to read file to update {cwd}/no.txt: No such file or directory (os error 2)"),
        ),
        ("*** Delete File: nofile", format!("Failed to read {cwd}/nofile: No such file or directory (os error 2)")),
    ];
    for (body, message) in cases {
        assert_eq!(refusal(&host, &patch(body)).await, format!("apply_patch verification failed: {message}"));
    }
    assert_eq!(host.asked(), []);
}

#[tokio::test]
async fn a_patch_whose_file_cannot_stand_there_is_shown_as_failed() {
    let host = FakeHost::new();
    std::fs::create_dir(host.cwd().join("isdir")).unwrap();
    let output = host.custom(NAME, &patch("*** Add File: isdir\n+x")).await.unwrap();
    assert!(!output.success);
    assert_eq!(text(output), "Exit code: 1\nWall time: 0 seconds\nOutput:\nFailed to write file isdir\n");
    let [EventMsg::PatchApplyBegin(begin), EventMsg::PatchApplyEnd(end)] = &host.events()[..] else { panic!("{:?}", host.asked()) };
    let changes = [(host.cwd().join("isdir"), FileChange::Add { content: "x\n".into() })].into();
    assert_eq!((&begin.changes, end.status, end.success), (&changes, PatchStatus::Failed, false));
}

#[tokio::test]
async fn a_cancelled_call_writes_nothing() {
    let host = FakeHost::new();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let input = ToolInput::Text(patch("*** Add File: a\n+x"));
    assert_eq!(host.call_with(NAME, input, &cancel).await, Err(ToolError::Cancelled));
    assert_eq!(host.asked(), []);
}
