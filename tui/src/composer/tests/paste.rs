use std::fs;

use pretty_assertions::assert_eq;

use super::*;

fn message(outcome: Outcome) -> Draft {
    match outcome {
        Outcome::Submit(draft) => draft,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_paste_keeps_its_lines_and_sends_nothing() {
    let mut desk = Desk::new();
    assert_eq!(desk.composer.handle_paste("abc\r\ndef\n"), Outcome::Redraw);
    assert_eq!(desk.text(), "abc\ndef\n");
    assert_eq!(message(desk.press("enter")).text, "abc\ndef");
}

#[test]
fn a_long_paste_is_one_placeholder_and_goes_out_in_full() {
    let mut desk = Desk::new();
    desk.composer.handle_paste(&"x".repeat(1_000));
    assert_eq!(desk.text().len(), 1_000);
    desk.press("ctrl-c");
    let (first, second) = ("é".repeat(1_001), "z".repeat(1_001));
    desk.composer.handle_paste(&first);
    desk.composer.handle_paste(&second);
    assert_eq!(desk.text(), "[Pasted Content 1001 chars][Pasted Content 1001 chars] #2");
    desk.write(" end");
    let draft = message(desk.press("enter"));
    assert_eq!(draft.text, format!("{first}{second} end"));
    assert_eq!(draft.shown(), "[Pasted Content 1001 chars][Pasted Content 1001 chars] #2 end");
    // One Backspace takes the whole of it.
    desk.composer.handle_paste(&first);
    desk.press("backspace");
    assert_eq!(desk.text(), "");
    // A message that comes back is what it was.
    desk.composer.set_draft(&draft);
    assert_eq!(message(desk.press("enter")), draft);
}

#[test]
fn a_placeholder_written_by_hand_stands_for_nothing() {
    let mut desk = Desk::new();
    desk.write("[Pasted Content 1001 chars]");
    assert_eq!(message(desk.press("enter")).text, "[Pasted Content 1001 chars]");
}

#[test]
fn paths_of_images_become_marks_and_a_deleted_mark_detaches() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.png"), folder.path().join("two shots.jpg"));
    fs::write(&one, "").unwrap();
    fs::write(&two, "").unwrap();
    let mut desk = Desk::with(ComposerOptions { cwd: folder.path().to_owned(), ..ComposerOptions::default() });
    desk.composer.handle_paste(&one.display().to_string());
    desk.composer.handle_paste(&format!("'{}'", two.display()));
    assert_eq!(desk.text(), "[Image #1] [Image #2] ");
    desk.write("compare");
    let both = vec![
        AttachedImage { label: "[Image #1]".to_owned(), path: one },
        AttachedImage { label: "[Image #2]".to_owned(), path: two.clone() },
    ];
    assert_eq!(desk.composer.draft().images, both);
    desk.press("home");
    desk.press("ctrl-d");
    desk.press("ctrl-d");
    let draft = message(desk.press("enter"));
    assert_eq!((draft.text.as_str(), draft.images), ("[Image #2] compare", both[1..].to_vec()));
    desk.composer.attach_image(two);
    assert_eq!(desk.text(), "[Image #1] ");
    desk.press("ctrl-_");
    assert_eq!(desk.composer.draft(), Draft::default());
}

#[test]
fn placeholders_survive_an_editor() {
    let mut desk = Desk::new();
    desk.composer.handle_paste(&"x".repeat(2_000));
    desk.composer.set_text("see [Pasted Content 2000 chars] and [Pasted Content 2000 chars]");
    let draft = message(desk.press("enter"));
    assert_eq!(draft.text, format!("see {} and [Pasted Content 2000 chars]", "x".repeat(2_000)));
}

#[test]
fn an_enter_among_fast_keys_begins_a_line() {
    let mut desk = Desk::new();
    desk.flood("first line\nsecond 2 ä 日本\n\nlast\n");
    let outcomes = desk.settle();
    assert_eq!(desk.text(), "first line\nsecond 2 ä 日本\n\nlast\n");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::None | Outcome::Redraw)), "{outcomes:?}");
    // What came at once is undone at once.
    desk.press("ctrl-_");
    assert!(desk.text().len() < 4, "{}", desk.text());
}

#[test]
fn an_enter_after_one_fast_line_was_pressed() {
    let mut desk = Desk::new();
    assert_eq!(desk.flood("do it\n"), Outcome::None);
    let outcomes = desk.settle();
    assert_eq!(outcomes.len(), 1);
    assert_eq!(message(outcomes[0].clone()).text, "do it");
    // A key that follows before the Enter was decided comes after it.
    desk.flood("again\n");
    assert_eq!(message(desk.at_once("ctrl-c")).text, "again");
    assert_eq!(desk.settle(), [Outcome::Redraw]);
    assert!(desk.composer.hint().is_some());
}

#[test]
fn enter_at_the_pace_of_a_person_always_sends() {
    let mut desk = Desk::new();
    desk.flood("fast");
    desk.now += Duration::from_millis(9);
    assert_eq!(message(desk.at_once("enter")).text, "fast");
    let mut desk = Desk::with(ComposerOptions { detect_bursts: false, ..ComposerOptions::default() });
    assert_eq!(message(desk.flood("fast\n")).text, "fast");
    let mut desk = Desk::new();
    desk.composer.handle_paste("marked");
    assert_eq!(message(desk.flood(" and\n")).text, "marked and");
}

#[test]
fn fast_keys_become_what_they_would_be_as_a_paste() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("shot.png");
    fs::write(&image, "").unwrap();
    let mut desk = Desk::new();
    desk.flood(&"abc 12\n".repeat(200));
    desk.settle();
    assert_eq!(desk.text(), "[Pasted Content 1400 chars]");
    assert_eq!(message(desk.press("enter")).text, "abc 12\n".repeat(200).trim_end());
    desk.flood(&image.display().to_string());
    desk.settle();
    assert_eq!(desk.text(), "[Image #1] ");
}

#[test]
fn no_fast_key_is_ever_lost() {
    let text = "0123456789 ñöü 日本語 🎉 👩\u{200d}💻 e\u{301} /?@$!";
    let mut desk = Desk::new();
    desk.write("x");
    desk.flood(text);
    desk.settle();
    assert_eq!(desk.text(), format!("x{text}"));
}
