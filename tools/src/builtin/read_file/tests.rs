use codex_protocol::rollout::TruncationPolicy;
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::fake_host::FakeHost;

#[tokio::test]
async fn lines_are_numbered_and_line_ends_are_not_part_of_them() {
    let host = FakeHost::new();
    let path = host.file("a.txt", "one\r\ntwo\n\nlast");
    let whole = "L1: one\nL2: two\nL3: \nL4: last\n";
    assert_eq!(host.answer(NAME, json!({"file_path": "a.txt"})).await, whole);
    assert_eq!(host.answer(NAME, json!({"file_path": path})).await, whole);
    host.file("empty", "");
    assert_eq!(host.answer(NAME, json!({"file_path": "empty"})).await, "[the file is empty]");
}

#[tokio::test]
async fn a_range_says_how_to_go_on() {
    let host = FakeHost::new();
    host.file("a.txt", "1\n2\n3\n4\n5\n");
    let ask = |offset: usize, limit: usize| json!({"file_path": "a.txt", "offset": offset, "limit": limit});
    assert_eq!(host.answer(NAME, ask(2, 2)).await, "L2: 2\nL3: 3\n[more lines follow; go on with offset=4]\n");
    assert_eq!(host.answer(NAME, ask(4, 2)).await, "L4: 4\nL5: 5\n");
    assert_eq!(host.answer(NAME, ask(5, usize::MAX)).await, "L5: 5\n");
    for offset in [6, 7, usize::MAX] {
        let refused = host.refusal(NAME, ask(offset, 1)).await;
        assert_eq!(refused, format!("`offset` is past the end: `{}` has 5 lines", host.cwd().join("a.txt").display()));
    }
    assert_eq!(host.refusal(NAME, ask(0, 1)).await, "`offset` counts lines from 1, and `limit` is at least 1");
}

#[tokio::test]
async fn the_answer_stays_within_the_budget_and_always_moves_on() {
    let mut host = FakeHost::new();
    host.turn.truncation = TruncationPolicy::Bytes(20);
    host.file("a.txt", "0123456789\n0123456789\n");
    let answer = host.answer(NAME, json!({"file_path": "a.txt"})).await;
    assert_eq!(answer, "L1: 0123456789\n[the output is full; go on with offset=2]\n");
    host.turn.truncation = TruncationPolicy::Bytes(0);
    assert_eq!(host.answer(NAME, json!({"file_path": "a.txt", "offset": 2})).await, "L2: 0123456789\n");
}

#[tokio::test]
async fn a_long_line_is_cut_at_a_whole_character() {
    let host = FakeHost::new();
    host.file("a.txt", format!("x{}\nnext\n", "é".repeat(100_000)));
    let answer = host.answer(NAME, json!({"file_path": "a.txt"})).await;
    assert_eq!(answer, format!("L1: x{}… [line of 200001 bytes, cut]\nL2: next\n", "é".repeat(999)));
}

#[tokio::test]
async fn what_is_no_text_file_is_refused() {
    let mut host = FakeHost::new();
    let binary = host.file("b.bin", b"a\0b");
    let secret = host.file("home/auth.json", "{}");
    host.turn.denied_reads = vec![secret.clone()];
    let cwd = host.cwd().display();
    let cases = [
        ("b.bin", format!("`{}` is a binary file of 3 bytes, not text", binary.display())),
        ("none", format!("unable to read `{cwd}/none`: No such file or directory (os error 2)")),
        ("home", format!("`{cwd}/home` is a directory")),
        ("/dev/null", "`/dev/null` is not a regular file".to_owned()),
        ("home/../home/auth.json", format!("`{}` is not read by tools: it is kept from the model", secret.display())),
    ];
    for (path, message) in cases {
        assert_eq!(host.refusal(NAME, json!({"file_path": path})).await, message);
    }
    let own = host.refusal(NAME, json!({"file_path": "/proc/self/environ"})).await;
    assert!(own.ends_with("belongs to a running process; use a command to look at it"), "{own}");
}

#[tokio::test]
async fn a_cancelled_read_ends_as_cancelled() {
    let host = FakeHost::new();
    host.file("a.txt", "x\n");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let input = crate::handler::ToolInput::Json(json!({"file_path": "a.txt"}).to_string());
    assert_eq!(host.call_with(NAME, input, &cancel).await, Err(ToolError::Cancelled));
    // The work itself looks at the token too: it may be in the middle of a large file.
    let read = read(&host.cwd().join("a.txt"), Range { first: 1, count: 1, budget: 100 }, &[], &cancel);
    assert_eq!(read, Err(ToolError::Cancelled));
}
