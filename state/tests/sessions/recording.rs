use std::fs;
use std::os::unix::fs::PermissionsExt;

use codex_protocol::ThreadId;
use codex_protocol::rollout::RolloutItem;
use codex_state::{RolloutRecorder, StateError, read_rollout};
use pretty_assertions::assert_eq;

use crate::support::{at, meta, recorded, runtime, said};

#[test]
fn a_session_reads_back_as_it_was_recorded() {
    let home = tempfile::tempdir().unwrap();
    let id = ThreadId::generate();
    let path = recorded(home.path(), meta(id, "/w"), &at("2026-11-20T23:28:36"), &["one", "two\nlines", "日本"]);
    assert_eq!(path, home.path().join(format!("sessions/2026/11/20/rollout-2026-11-20T23-28-36-{id}.jsonl")));

    let rollout = read_rollout(&path).unwrap();
    assert_eq!(rollout.meta, meta(id, "/w"));
    assert_eq!(rollout.items().cloned().collect::<Vec<_>>(), [said("one"), said("two\nlines"), said("日本")]);
    assert_eq!((rollout.skipped, rollout.torn_tail), (0, false));
}

#[test]
fn lines_have_the_published_shape_and_carry_the_time_they_were_recorded() {
    let home = tempfile::tempdir().unwrap();
    let before = codex_state::format_timestamp(jiff::Timestamp::now());
    let path = recorded(home.path(), meta(ThreadId::generate(), "/w"), &at("2026-11-20T23:28:36"), &["hi"]);
    let after = codex_state::format_timestamp(jiff::Timestamp::now());

    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.split_terminator('\n').collect();
    assert!(text.ends_with('\n'));
    assert_eq!(lines.len(), 2);
    for (line, kind) in lines.iter().zip(["session_meta", "response_item"]) {
        let stamp = &line[r#"{"timestamp":""#.len()..][..24];
        assert!(before.as_str() <= stamp && stamp <= after.as_str(), "{line}");
        assert!(line[r#"{"timestamp":""#.len() + 24..].starts_with(&format!(r#"","type":"{kind}","payload":{{"#)), "{line}");
    }
}

#[test]
fn the_file_appears_with_the_first_item_and_is_its_owners_alone() {
    let home = tempfile::tempdir().unwrap();
    let recorder = RolloutRecorder::create(home.path(), meta(ThreadId::generate(), "/w"), &at("2026-11-20T23:28:36")).unwrap();
    runtime().block_on(async {
        recorder.flush().await.unwrap();
        assert!(!home.path().join("sessions").exists());
        recorder.record(said("hi")).await;
        recorder.flush().await.unwrap();
    });
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(recorder.path()), 0o600);
    for folder in recorder.path().ancestors().skip(1).take(4) {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    assert!(recorder.take_error().is_none());
}

#[test]
fn what_is_queued_reaches_the_file_although_the_recorder_is_gone() {
    let home = tempfile::tempdir().unwrap();
    let id = ThreadId::generate();
    let path = recorded(home.path(), meta(id, "/w"), &at("2026-11-20T23:28:36"), &["first"]);
    let recorder = RolloutRecorder::resume(path.clone()).unwrap();
    runtime().block_on(async {
        for _ in 0..1000 {
            recorder.record(said("x")).await;
        }
    });
    drop(recorder);
    let whole = || read_rollout(&path).is_ok_and(|rollout| rollout.lines.len() == 1001);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !whole() {
        assert!(std::time::Instant::now() < deadline, "the queue was lost");
        std::thread::yield_now();
    }
}

#[test]
fn a_resumed_session_goes_on_in_the_same_file_without_a_second_head() {
    let home = tempfile::tempdir().unwrap();
    let id = ThreadId::generate();
    let path = recorded(home.path(), meta(id, "/w"), &at("2026-11-20T23:28:36"), &["one"]);
    let before = fs::read(&path).unwrap();

    let recorder = RolloutRecorder::resume(path.clone()).unwrap();
    runtime().block_on(async {
        recorder.flush().await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), before, "resuming alone changes nothing");
        recorder.record(said("two")).await;
        recorder.flush().await.unwrap();
    });
    assert!(fs::read(&path).unwrap().starts_with(&before));
    let rollout = read_rollout(&path).unwrap();
    assert_eq!(rollout.meta.id, id);
    assert_eq!(rollout.items().cloned().collect::<Vec<_>>(), [said("one"), said("two")]);
    assert!(!rollout.items().any(|item| matches!(item, RolloutItem::SessionMeta(_))));
}

#[test]
fn resuming_needs_a_regular_file() {
    let home = tempfile::tempdir().unwrap();
    for path in [home.path().join("missing.jsonl"), home.path().to_owned(), "/dev/null".into()] {
        assert!(matches!(RolloutRecorder::resume(path), Err(StateError::Write { .. })));
    }
}

#[test]
fn trouble_is_told_once_and_nothing_is_lost_when_it_passes() {
    let home = tempfile::tempdir().unwrap();
    let obstacle = home.path().join("sessions");
    fs::write(&obstacle, "in the way").unwrap();
    let recorder = RolloutRecorder::create(home.path(), meta(ThreadId::generate(), "/w"), &at("2026-11-20T23:28:36")).unwrap();
    runtime().block_on(async {
        recorder.record(said("one")).await;
        recorder.record(said("two")).await;
        let error = recorder.flush().await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot record the session in `{}`", recorder.path().display()));
        assert!(recorder.take_error().is_some());
        assert!(recorder.take_error().is_none());

        fs::remove_file(&obstacle).unwrap();
        recorder.record(said("three")).await;
        recorder.flush().await.unwrap();
        assert!(recorder.take_error().is_none());
    });
    let rollout = read_rollout(recorder.path()).unwrap();
    assert_eq!(rollout.items().cloned().collect::<Vec<_>>(), [said("one"), said("two"), said("three")]);
}

/// H3: whoever ended a session does not keep it from others.
#[test]
fn a_file_that_was_let_go_of_can_be_gone_on_with_by_others() {
    let home = tempfile::tempdir().unwrap();
    let recorder = RolloutRecorder::create(home.path(), meta(ThreadId::generate(), "/w"), &at("2026-11-20T23:28:36")).unwrap();
    let path = recorder.path().to_owned();
    runtime().block_on(async {
        recorder.record(said("one")).await;
        recorder.release().await;
        recorder.flush().await.unwrap();
        let other = RolloutRecorder::resume(path.clone()).unwrap();
        other.record(said("two")).await;
        other.flush().await.unwrap();
        drop(other);
        recorder.record(said("three")).await;
        recorder.flush().await.unwrap();
    });
    assert_eq!(read_rollout(&path).unwrap().lines.len(), 3);
}
