use codex_protocol::ThreadId;
use codex_state::{PromptHistory, TypedPrompt};
use pretty_assertions::assert_eq;
use tempfile::TempDir;

use super::*;

fn stored(home: &TempDir, session: ThreadId) -> Desk {
    let history = History::stored(PromptHistory::new(home.path(), None), session);
    Desk::with(ComposerOptions { history, commands: commands(), ..ComposerOptions::default() })
}

/// A home where another session sent these, oldest first.
fn home(texts: &[&str]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = PromptHistory::new(home.path(), None);
    for text in texts {
        file.add(&TypedPrompt { session_id: ThreadId::generate(), ts: 7, text: (*text).to_owned() }).unwrap();
    }
    home
}

#[test]
fn up_goes_through_this_session_then_earlier_ones_and_down_comes_back() {
    let home = home(&["oldest", "older"]);
    let mut desk = stored(&home, ThreadId::generate());
    desk.write("one");
    desk.press("enter");
    desk.write("two");
    desk.press("enter");
    let mut seen = Vec::new();
    for _ in 0..6 {
        desk.press("up");
        seen.push(desk.text().to_owned());
    }
    assert_eq!(seen, ["two", "one", "older", "oldest", "oldest", "oldest"]);
    seen.clear();
    for _ in 0..5 {
        desk.press("down");
        seen.push(desk.text().to_owned());
    }
    assert_eq!(seen, ["older", "one", "two", "", ""]);
}

#[test]
fn an_edited_draft_is_never_replaced() {
    let home = home(&["older"]);
    let mut desk = stored(&home, ThreadId::generate());
    desk.write("mine");
    for key in ["up", "up", "down", "ctrl-p", "ctrl-n"] {
        desk.press(key);
        assert_eq!(desk.text(), "mine", "{key}");
    }
    desk.press("ctrl-u");
    desk.press("up");
    assert_eq!(desk.text(), "older");
    desk.write("!");
    desk.press("up");
    desk.press("down");
    assert_eq!(desk.text(), "older!");
    // Back to what it was, it is an entry again.
    desk.press("backspace");
    desk.press("down");
    assert_eq!(desk.text(), "");
}

#[test]
fn inside_a_recalled_text_rows_come_first() {
    let mut desk = Desk::new();
    desk.write("older");
    desk.press("enter");
    desk.composer.handle_paste("a\nb\nc");
    desk.press("enter");
    desk.press("up");
    desk.press("left");
    desk.press("up");
    assert_eq!(desk.shown(), "a\n|b\nc");
    desk.press("up");
    assert_eq!(desk.shown(), "|a\nb\nc");
    desk.press("up");
    assert_eq!(desk.shown(), "older|");
}

#[test]
fn messages_and_cleared_drafts_are_kept_for_later_runs_commands_are_not() {
    let home = home(&[]);
    let session = ThreadId::generate();
    let mut desk = stored(&home, session);
    desk.write("sent");
    desk.press("enter");
    desk.write("!ls");
    desk.press("enter");
    desk.write("/status");
    desk.press("enter");
    desk.write("cleared");
    desk.press("ctrl-c");
    let entries = PromptHistory::new(home.path(), None).entries().unwrap();
    assert_eq!(entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["sent", "!ls", "cleared"]);
    assert!(entries.iter().all(|entry| entry.session_id == session && entry.ts > 1_700_000_000));
    // In this run nothing is offered twice, and commands are offered too.
    let mut seen = Vec::new();
    for _ in 0..5 {
        desk.press("up");
        seen.push(desk.text().to_owned());
    }
    assert_eq!(seen, ["cleared", "/status", "!ls", "sent", "sent"]);
    let mut later = stored(&home, ThreadId::generate());
    later.press("up");
    assert_eq!(later.text(), "cleared");
    assert!(later.composer.take_failure().is_none());
}

#[test]
fn a_file_that_cannot_be_written_is_told_and_costs_nothing() {
    let history = History::stored(PromptHistory::new(std::path::Path::new("/dev/null"), None), ThreadId::generate());
    let mut desk = Desk::with(ComposerOptions { history, ..ComposerOptions::default() });
    desk.write("sent");
    assert!(matches!(desk.press("enter"), Outcome::Submit(_)));
    assert!(desk.composer.take_failure().unwrap().to_string().contains("history.jsonl"));
    assert!(desk.composer.take_failure().is_none());
    desk.press("up");
    assert_eq!(desk.text(), "sent");
}

#[test]
fn searching_goes_back_through_all_sessions_letter_by_letter() {
    let home = home(&["cargo build", "Cargo TEST all", "something else", "cargo test one"]);
    let mut desk = stored(&home, ThreadId::generate());
    desk.write("my draft");
    desk.press("left");
    assert_eq!(desk.press("ctrl-r"), Outcome::Redraw);
    assert_eq!(desk.composer.hint().unwrap().to_string(), "search history: ");
    desk.write("cargo");
    assert_eq!(desk.shown(), "|cargo test one");
    desk.press("ctrl-r");
    assert_eq!(desk.shown(), "|Cargo TEST all");
    desk.write(" b");
    assert_eq!(desk.shown(), "|cargo build");
    desk.press("ctrl-r");
    assert_eq!(desk.text(), "cargo build");
    desk.press("backspace");
    desk.press("backspace");
    assert_eq!(desk.text(), "cargo test one");
    desk.press("ctrl-r");
    desk.press("ctrl-s");
    assert_eq!(desk.text(), "cargo test one");
    desk.write("zzz");
    assert_eq!(desk.composer.hint().unwrap().to_string(), "search history: cargozzz  no match");
    // Esc brings back what was written and where.
    desk.press("esc");
    assert_eq!((desk.shown().as_str(), desk.composer.hint()), ("my draf|t", None));
}

#[test]
fn a_find_is_taken_over_and_not_sent() {
    let home = home(&["alpha needle", "beta"]);
    let mut desk = stored(&home, ThreadId::generate());
    desk.write("mine");
    desk.press("ctrl-r");
    desk.write("need");
    assert_eq!(desk.press("enter"), Outcome::Redraw);
    assert_eq!(desk.shown(), "alpha needle|");
    // What was being written can be had back.
    desk.press("ctrl-c");
    desk.press("up");
    desk.press("up");
    assert_eq!(desk.text(), "mine");
    // Keys that edit take it over and edit it.
    desk.press("ctrl-r");
    desk.write("beta");
    desk.press("ctrl-e");
    desk.write("!");
    assert_eq!(desk.shown(), "beta!|");
}

#[test]
fn a_long_history_is_searched_a_part_at_a_time() {
    let home = tempfile::tempdir().unwrap();
    let mut lines = String::from("{\"session_id\":\"01a1fb45-edf5-7733-9423-7cb308e71e3d\",\"ts\":1,\"text\":\"the needle\"}\n");
    for number in 0..40_000 {
        lines.push_str(&format!("{{\"session_id\":\"01a1fb45-edf5-7733-9423-7cb308e71e3d\",\"ts\":1,\"text\":\"hay {number}\"}}\n"));
    }
    std::fs::write(home.path().join("history.jsonl"), lines).unwrap();
    let mut desk = stored(&home, ThreadId::generate());
    desk.press("ctrl-r");
    desk.composer.handle_paste("needle");
    assert!(desk.composer.hint().unwrap().to_string().ends_with("looking…"));
    assert!(desk.composer.next_deadline().unwrap() <= desk.now);
    assert!(desk.settle().len() > 1);
    assert_eq!(desk.shown(), "the |needle");
}
