//! Session files of the published program are gone on with.

use std::path::Path;

use codex_test_support::{Reply, Scenario};
use pretty_assertions::assert_eq;

use super::harness::{Harness, submit, until_turn_end};

#[tokio::test]
async fn files_of_the_published_program_resume_with_what_is_in_force() {
    let cases: &[(&str, &[&str])] = &[
        ("tools-and-resume", &["do it; never touch b.txt", "again", "go on"]),
        ("rolled-back", &["u1", "u2", "u4", "go on"]),
        ("forked-and-compacted", &["u1", "u2", "u4", "forked", "(left out)\nsecond", "after compact", "go on"]),
        ("compacted-twice", &["constraint: keep it short", "(left out)\nSUMMARY TWO", "again", "go on"]),
        ("interrupted", &["sleep", "go on"]),
    ];
    for (name, want) in cases {
        let harness = Harness::new(Scenario::new().reply(Reply::new().say("fine")));
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../state/tests/fixtures/reference").join(format!("{name}.jsonl"));
        let path = harness.home.path().join("copy.jsonl");
        std::fs::copy(fixture, &path).unwrap();
        let thread = harness.manager().resume(&path, harness.options.clone()).await.unwrap();
        submit(&thread, "go on").await;
        until_turn_end(&thread).await;
        let request = &harness.server.requests()[0];
        let said: Vec<String> = request.texts_of("user").into_iter().filter(|text| !text.starts_with('<')).collect();
        assert_eq!(said, *want, "{name}");
        // Every call is paired, whatever the file left open.
        let calls = request.input().iter().filter(|item| item.get("call_id").is_some() && item.get("output").is_none()).count();
        assert_eq!(calls, request.outputs().len(), "{name}");
    }
}
