//! Session files of the published program, and damaged ones: each loads with everything that can be read, and goes on.

use std::fs;
use std::path::{Path, PathBuf};

use codex_protocol::ResponseItem;
use codex_protocol::rollout::RolloutItem;
use codex_state::{Outline, ReadLine, RolloutRecorder, Start, StateError, is_own_words, read_rollout};
use pretty_assertions::assert_eq;

use crate::support::{runtime, said};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// What users and models say in force, from the last replacement of history on.
fn conversation(path: &Path) -> Vec<String> {
    let outline = Outline::of(path).unwrap();
    let mut texts = Vec::new();
    let mut take = |item: ResponseItem| {
        if let ResponseItem::Message { role, .. } = &item
            && role != "developer"
        {
            texts.extend(item.message_text().filter(|text| is_own_words(text)));
        }
    };
    outline
        .visit(Start::LastCompaction, &mut |line| match line.item {
            RolloutItem::ResponseItem(item) => take(item),
            RolloutItem::Compacted(compacted) => compacted.replacement_history.unwrap_or_default().into_iter().for_each(&mut take),
            _ => {}
        })
        .unwrap();
    texts
}

const BOTH_TURNS: [&str; 4] = ["one", "answer one", "two", "answer two"];

/// Name, what is left of the conversation, and how many turns of the user.
const READABLE: &[(&str, &[&str], usize)] = &[
    ("truncated", &BOTH_TURNS, 2),
    ("cut-in-the-middle", &["one", "two", "answer two"], 2),
    ("every-line-twice", &BOTH_TURNS, 2),
    ("interleaved-with-another", &["one", "foreign", "answer one", "two", "answer two"], 2),
    ("ran-together", &BOTH_TURNS, 2),
    ("latin-1", &["caf\u{fffd}", "answer caf\u{fffd}", "na\u{fffd}ve", "answer na\u{fffd}ve"], 2),
    ("byte-order-mark-and-crlf", &BOTH_TURNS, 2),
    ("zeros-in-front-of-a-line", &BOTH_TURNS, 2),
    ("zeros-at-the-end", &BOTH_TURNS, 2),
    ("only-zeros-in-between", &BOTH_TURNS, 2),
    ("newer-lines", &BOTH_TURNS, 2),
    ("keys-in-another-order", &BOTH_TURNS, 2),
    ("blank-lines", &BOTH_TURNS, 2),
    ("meta-behind-garbage", &BOTH_TURNS, 2),
    ("no-envelopes", &BOTH_TURNS, 0),
    ("only-the-first-line", &[], 0),
];

/// A67: whatever happened to a file, what can be read of it is.
#[test]
fn damaged_files_load_with_all_that_is_readable() {
    for (name, want, turns) in READABLE {
        let path = fixture(&format!("damaged/{name}.jsonl"));
        assert_eq!(conversation(&path), *want, "{name}");
        assert_eq!(Outline::of(&path).unwrap().user_turns(), *turns, "{name}");
        let whole = read_rollout(&path).unwrap();
        assert_eq!(whole.meta.id.to_string(), "01a1fb44-3968-7ef3-b54b-de943b8674a4", "{name}");
    }
}

/// H1, A67: what is recorded behind the damage is read back, and nothing of it merges into a damaged line.
#[test]
fn damaged_files_go_on() {
    let folder = tempfile::tempdir().unwrap();
    for (name, want, _) in READABLE {
        let path = folder.path().join(format!("{name}.jsonl"));
        fs::copy(fixture(&format!("damaged/{name}.jsonl")), &path).unwrap();
        let recorder = RolloutRecorder::resume(path.clone()).unwrap();
        runtime().block_on(async {
            recorder.record(said("three")).await;
            recorder.flush().await.unwrap();
        });
        let mut longer: Vec<&str> = want.to_vec();
        longer.push("three");
        assert_eq!(conversation(&path), longer, "{name}");
    }
}

#[test]
fn files_that_hold_no_session_are_refused_by_name() {
    for name in ["only-garbage", "utf-16"] {
        let path = fixture(&format!("damaged/{name}.jsonl"));
        assert!(matches!(Outline::of(&path), Err(StateError::NoThreadId { path: told }) if told == path), "{name}");
        assert!(matches!(read_rollout(&path), Err(StateError::NoThreadId { .. })), "{name}");
    }
    assert!(matches!(Outline::of(&fixture("damaged/empty.jsonl")), Err(StateError::Empty { .. })));
    assert!(matches!(Outline::of(&fixture("damaged")), Err(StateError::Read { .. })));
}

#[test]
fn unknown_lines_are_kept() {
    let rollout = read_rollout(&fixture("damaged/newer-lines.jsonl")).unwrap();
    let unknown = rollout.lines.iter().filter(|line| matches!(line, ReadLine::Unknown(_))).count();
    assert_eq!((unknown, rollout.skipped), (4, 2));
}

/// Z2, A67: a line beyond 64 MiB costs itself alone.
#[test]
fn a_line_of_seventy_mebibytes_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.jsonl");
    let sound = fs::read_to_string(fixture("damaged/blank-lines.jsonl")).unwrap();
    let (head, tail) = sound.split_at(sound.find("answer one").unwrap());
    let (head, tail) = (head.rsplit_once('\n').unwrap().0, tail.split_once('\n').unwrap().1);
    let huge = "x".repeat(70 * 1024 * 1024);
    fs::write(&path, format!("{head}\n{{\"timestamp\":\"t\",\"type\":\"hologram\",\"payload\":\"{huge}\"}}\n{tail}")).unwrap();
    assert_eq!(conversation(&path), ["one", "two", "answer two"]);
}

/// Name, what is in force from the last replacement of history on, turns, total tokens.
const REFERENCE: &[(&str, &[&str], usize, i64)] = &[
    ("tools-and-resume", &["do it; never touch b.txt", "done", "again", "second"], 2, 660),
    ("rolled-back", &["u1", "second", "u2", "second", "u4", "second"], 3, 440),
    ("forked-and-compacted", &["u1", "u2", "u4", "forked", "(left out)\nsecond", "after compact", "second"], 5, 770),
    ("compacted-twice", &["constraint: keep it short", "(left out)\nSUMMARY TWO", "again", "fin"], 2, 19260),
    ("interrupted", &["sleep"], 1, 110),
];

#[test]
fn files_of_the_published_program_load() {
    for (name, want, turns, tokens) in REFERENCE {
        let path = fixture(&format!("reference/{name}.jsonl"));
        assert_eq!(conversation(&path), *want, "{name}");
        let outline = Outline::of(&path).unwrap();
        assert_eq!((outline.user_turns(), outline.damaged), (*turns, 0), "{name}");
        assert_eq!(outline.usage.unwrap().total_token_usage.total_tokens, *tokens, "{name}");
        let context = outline.last_context().unwrap().unwrap();
        assert_eq!(context.cwd, Path::new("/w"), "{name}");
    }
}
