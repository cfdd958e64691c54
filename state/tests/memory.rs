//! What it takes to go on with a long session: the memory of its living part. In a process of its own, because it looks at
//! the most memory that the process ever had.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::{BufWriter, Write};

use codex_protocol::rollout::RolloutItem;
use codex_state::{Outline, Start};
use serde_json::json;

const LIVE: usize = 1_000;

/// The most memory this process ever had, in KiB; `None` where nobody tells.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

#[test]
fn a_session_of_a_hundred_megabytes_takes_the_memory_of_its_living_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.jsonl");
    let mut file = BufWriter::new(fs::File::create(&path).unwrap());
    let mut line = |kind: &str, payload: serde_json::Value| {
        writeln!(file, "{{\"timestamp\":\"2026-11-20T23:28:36.350Z\",\"type\":\"{kind}\",\"payload\":{payload}}}").unwrap();
    };
    line(
        "session_meta",
        json!({"id": "01a1fb44-3968-7ef3-b54b-de943b8674a4", "timestamp": "t", "cwd": "/w", "originator": "o", "cli_version": "0", "source": "exec"}),
    );
    let text = "x".repeat(4_000);
    let item =
        |number: usize| json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": format!("{number} {text}")}]});
    for number in 0..25_000 {
        line("response_item", item(number));
    }
    line("compacted", json!({"message": "m", "replacement_history": [item(0)]}));
    for number in 0..LIVE - 1 {
        line("response_item", item(number));
    }
    drop(file);
    assert!(fs::metadata(&path).unwrap().len() > 100 * 1024 * 1024 - 4 * 1024 * 1024);

    let before = peak();
    let mut live = Vec::new();
    Outline::of(&path)
        .unwrap()
        .visit(Start::LastCompaction, &mut |line| match line.item {
            RolloutItem::ResponseItem(item) => live.push(item),
            RolloutItem::Compacted(compacted) => live.extend(compacted.replacement_history.unwrap()),
            _ => {}
        })
        .unwrap();
    assert_eq!(live.len(), LIVE);
    let (Some(before), Some(after)) = (before, peak()) else {
        println!("skipped: this system does not tell how much memory a process has");
        return;
    };
    assert!(after - before < 20 * 1024, "{} MiB more for a living part of 4 MB", (after - before) / 1024);
}
