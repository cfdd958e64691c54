use std::fs;
use std::sync::LazyLock;

use codex_protocol::ThreadId;
use codex_protocol::rollout::RolloutItem;
use codex_state::{ReadLine, Rollout, RolloutRecorder, StateError, parse_line, read_meta, read_rollout};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

use crate::support::{at, meta, recorded, runtime, said};

const TEXTS: &[&str] = &["one", "two\nlines", "日本", "", "\"quoted\" \\ and\ttabbed"];

static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let home = tempfile::tempdir().unwrap();
    let id: ThreadId = "01a1fb44-3968-7ef3-b54b-de943b8674a4".parse().unwrap();
    fs::read(recorded(home.path(), meta(id, "/w"), &at("2026-11-20T23:28:36"), TEXTS)).unwrap()
});

fn read(bytes: &[u8]) -> Result<Rollout, StateError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    read_rollout(file.path())
}

fn items(rollout: &Rollout) -> Vec<RolloutItem> {
    rollout.items().cloned().collect()
}

fn said_first(count: usize) -> Vec<RolloutItem> {
    TEXTS.iter().take(count).map(|text| said(text)).collect()
}

#[test]
fn damaged_lines_cost_only_themselves() {
    let mut lines: Vec<Vec<u8>> = WHOLE.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    lines[1] = b"{\"timestamp\": garbage\n".to_vec();
    lines[3] = b"\xff\xfe\0\n".to_vec();
    lines.insert(2, b"\n".to_vec());
    let rollout = read(&lines.concat()).unwrap();
    assert_eq!(items(&rollout), [said(TEXTS[1]), said(TEXTS[3]), said(TEXTS[4])]);
    assert_eq!((rollout.skipped, rollout.torn_tail), (2, false));
}

#[test]
fn lines_of_newer_programs_are_kept_as_they_are() {
    let newer = r#"{"timestamp":"t","type":"hologram","payload":{"x":1}}"#;
    let rollout = read(&[&WHOLE[..], newer.as_bytes(), b"\n"].concat()).unwrap();
    assert_eq!(rollout.lines.last(), Some(&ReadLine::Unknown(serde_json::from_str(newer).unwrap())));
    assert_eq!(items(&rollout), said_first(TEXTS.len()));
    assert_eq!(rollout.skipped, 0);
}

#[test]
fn a_file_with_a_head_alone_is_an_empty_session() {
    let head = WHOLE.split_inclusive(|byte| *byte == b'\n').next().unwrap();
    let rollout = read(head).unwrap();
    assert_eq!(rollout.lines, []);
    // Its newline may be what a crash cost.
    assert_eq!(read(head.trim_ascii_end()).unwrap(), rollout);
}

#[test]
fn a_file_that_names_no_thread_says_what_is_wrong_with_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display();
    for (text, reason) in [
        ("", "empty session file"),
        ("\n \n", "empty session file"),
        ("{\"a", "failed to parse thread ID from rollout file"),
        ("{\"type\":\"event_msg\",\"payload\":{\"type\":\"x\"}}\n", "failed to parse thread ID from rollout file"),
    ] {
        fs::write(file.path(), text).unwrap();
        let expected = format!("failed to load rollout `{path}`: {reason}");
        assert_eq!(read_rollout(file.path()).unwrap_err().to_string(), expected);
    }
    assert!(matches!(read_rollout(&file.path().join("x")), Err(StateError::Read { .. })));
}

#[test]
fn the_head_is_read_without_the_rest() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let tail = b"not a line of a session\n".repeat(100);
    fs::write(file.path(), [&WHOLE[..], &tail].concat()).unwrap();
    assert_eq!(read_meta(file.path()).unwrap(), read(&WHOLE).unwrap().meta);
}

proptest! {
    #[test]
    fn a_session_survives_being_cut_anywhere(cut in 0..=WHOLE.len()) {
        let head = WHOLE.iter().position(|byte| *byte == b'\n').unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &WHOLE[..cut]).unwrap();
        match read_rollout(file.path()) {
            Err(_) => prop_assert!(cut < head),
            Ok(rollout) => {
                prop_assert!(cut >= head);
                // A line whose newline alone is gone is whole.
                let whole = WHOLE[..cut].iter().filter(|byte| **byte == b'\n').count();
                let count = whole.saturating_sub(1) + usize::from(WHOLE.get(cut) == Some(&b'\n') && cut > head);
                prop_assert_eq!(items(&rollout), said_first(count));
                let torn = cut < WHOLE.len() && WHOLE[cut] != b'\n' && WHOLE[cut - 1] != b'\n';
                prop_assert_eq!((rollout.skipped, rollout.torn_tail), (usize::from(torn), torn));

                // And it can be gone on with.
                let recorder = RolloutRecorder::resume(file.path().to_owned()).unwrap();
                runtime().block_on(async {
                    recorder.record(said("after")).await;
                    recorder.flush().await.unwrap();
                });
                let resumed = read_rollout(file.path()).unwrap();
                let mut expected = said_first(count);
                expected.push(said("after"));
                prop_assert_eq!(items(&resumed), expected);
                prop_assert_eq!((resumed.skipped, resumed.torn_tail), (usize::from(torn), false));
            }
        }
    }

    #[test]
    fn a_session_survives_any_damage_behind_its_head(at in 0..WHOLE.len(), junk in prop::collection::vec(any::<u8>(), 0..40)) {
        let head = WHOLE.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let mut bytes = WHOLE.clone();
        let at = at.max(head);
        bytes.splice(at.min(bytes.len())..(at + junk.len()).min(WHOLE.len()), junk);
        prop_assert!(read(&bytes).is_ok());
    }

    #[test]
    fn any_bytes_are_a_line_of_some_kind(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        parse_line(&bytes);
    }
}
