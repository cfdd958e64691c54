//! What much output costs. A program of its own, because the memory of a process is that of all its tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use codex_process::{CaptureMode, OUTPUT_CAP, SpawnSpec, StdinMode, Stdio, spawn};
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn much_output_takes_little_memory_and_time() {
    let before = resident_kib();
    let begin = Instant::now();
    let script = "head -c 100000000 /dev/zero | tr '\\0' x | fold -w 100";
    let child = spawn(&SpawnSpec {
        program: "/bin/sh".into(),
        arg0: None,
        args: ["-c", script].map(Into::into).to_vec(),
        cwd: "/".into(),
        env: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
        stdio: Stdio::Pipes { stdin: StdinMode::Closed },
    })
    .unwrap();
    let status = timeout(LONG, child.wait()).await.expect("the child ends");
    assert_eq!(status.code, Some(0));
    let took = begin.elapsed();
    let kept = child.capture().snapshot(CaptureMode::HeadTail);
    assert_eq!((kept.total, kept.bytes.len(), kept.gap), (100_999_999, OUTPUT_CAP, Some(OUTPUT_CAP / 2)));
    assert!(kept.bytes.iter().all(|byte| matches!(byte, b'x' | b'\n')));
    assert!(took < LONG, "{took:?}");
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < 24 * 1024, "{grown} KiB");
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
