use codex_protocol::rollout::TruncationPolicy;
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::fake_host::FakeHost;

fn host() -> FakeHost {
    let host = FakeHost::new();
    for name in ["b.txt", "a/deep/er/x", "a/z.txt", ".hidden", "new\nline"] {
        host.file(name, "");
    }
    std::os::unix::fs::symlink("/", host.cwd().join("root")).unwrap();
    host
}

#[tokio::test]
async fn a_directory_is_listed_sorted_and_indented_and_links_are_not_followed() {
    let host = host();
    let cwd = host.cwd().display();
    let two = format!("{cwd}\n  .hidden\n  a/\n    deep/\n    z.txt\n  b.txt\n  new\\nline\n  root@\n");
    assert_eq!(host.answer(NAME, json!({"dir_path": "."})).await, two);
    let one = format!("{cwd}\n  .hidden\n  a/\n  b.txt\n  new\\nline\n  root@\n");
    assert_eq!(host.answer(NAME, json!({"dir_path": host.cwd(), "depth": 1})).await, one);
    let deep = format!("{cwd}/a\n  deep/\n    er/\n      x\n  z.txt\n");
    assert_eq!(host.answer(NAME, json!({"dir_path": "a", "depth": 9})).await, deep);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let host = host();
    let whole = host.answer(NAME, json!({"dir_path": ".", "depth": 9})).await;
    let mut entries = Vec::new();
    for offset in (1..=9).step_by(2) {
        let page = host.answer(NAME, json!({"dir_path": ".", "depth": 9, "offset": offset, "limit": 2})).await;
        let more = format!("[more entries follow; go on with offset={}, or list a directory further down]", offset + 2);
        assert_eq!(page.contains(&more), offset < 9, "{page}");
        entries.extend(page.lines().filter(|line| line.starts_with(' ')).map(str::to_owned));
    }
    assert_eq!(entries, whole.lines().skip(1).collect::<Vec<_>>());
    let refused = host.refusal(NAME, json!({"dir_path": ".", "depth": 9, "offset": 10})).await;
    assert_eq!(refused, "`offset` is past the end: there are 9 entries");
}

#[tokio::test]
async fn the_answer_stays_within_the_budget_and_always_moves_on() {
    let mut host = host();
    host.turn.truncation = TruncationPolicy::Bytes(1);
    let page = host.answer(NAME, json!({"dir_path": ".", "offset": 2})).await;
    let expected =
        format!("{}\n  a/\n[more entries follow; go on with offset=3, or list a directory further down]\n", host.cwd().display());
    assert_eq!(page, expected);
}

#[tokio::test]
async fn what_is_no_directory_is_refused() {
    let host = host();
    std::fs::create_dir(host.cwd().join("void")).unwrap();
    let cwd = host.cwd().display();
    assert_eq!(host.answer(NAME, json!({"dir_path": "void"})).await, format!("{cwd}/void\n[empty]\n"));
    assert_eq!(host.refusal(NAME, json!({"dir_path": "b.txt"})).await, format!("`{cwd}/b.txt` is not a directory"));
    assert_eq!(
        host.refusal(NAME, json!({"dir_path": "none"})).await,
        format!("unable to read `{cwd}/none`: No such file or directory (os error 2)")
    );
    assert_eq!(
        host.refusal(NAME, json!({"dir_path": ".", "depth": 0})).await,
        "`offset` counts entries from 1; `limit` and `depth` are at least 1"
    );
}
