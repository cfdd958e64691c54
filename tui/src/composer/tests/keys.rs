use pretty_assertions::assert_eq;

use super::*;

fn submitted(outcome: Outcome) -> String {
    match outcome {
        Outcome::Submit(draft) => draft.text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn enter_sends_and_the_text_is_gone() {
    let mut desk = Desk::new();
    assert_eq!(desk.press("enter"), Outcome::None);
    desk.write("  hello there ");
    assert_eq!(submitted(desk.press("enter")), "hello there");
    assert_eq!(desk.shown(), "|");
    desk.write("   ");
    assert_eq!(desk.press("enter"), Outcome::None);
}

#[test]
fn lines_begin_with_every_key_that_terminals_can_tell() {
    for key in ["ctrl-j", "alt-enter", "shift-enter"] {
        let mut desk = Desk::new();
        desk.write("one");
        assert_eq!(desk.press(key), Outcome::Redraw, "{key}");
        desk.write("two");
        assert_eq!(desk.text(), "one\ntwo", "{key}");
    }
    let mut desk = Desk::new();
    desk.write("one\\");
    assert_eq!(desk.press("enter"), Outcome::Redraw);
    assert_eq!(desk.shown(), "one\n|");
    desk.write("two\\\\");
    assert_eq!(submitted(desk.press("enter")), "one\ntwo\\\\");
}

#[test]
fn with_the_setting_enter_begins_lines_and_ctrl_enter_sends() {
    let keymap = crate::keymap::Keymap::default().with_enter_for_newlines();
    let mut desk = Desk::with(ComposerOptions { keymap, ..ComposerOptions::default() });
    desk.write("one");
    assert_eq!(desk.press("enter"), Outcome::Redraw);
    desk.write("two");
    assert_eq!(submitted(desk.press("ctrl-enter")), "one\ntwo");
}

#[test]
fn tab_queues_while_a_turn_runs_and_sends_otherwise() {
    let mut desk = Desk::new();
    desk.write("a");
    assert_eq!(submitted(desk.press("tab")), "a");
    desk.composer.set_running(true);
    assert_eq!(desk.press("tab"), Outcome::None);
    desk.write("b");
    assert_eq!(desk.composer.hint().unwrap().to_string(), "tab to queue message");
    match desk.press("tab") {
        Outcome::Queue(draft) => assert_eq!(draft.text, "b"),
        other => panic!("{other:?}"),
    }
    desk.write("c");
    assert_eq!(submitted(desk.press("enter")), "c");
    assert_eq!(desk.press("alt-up"), Outcome::EditQueued);
}

#[test]
fn what_was_written_is_not_lost_when_a_queued_message_comes_back() {
    let mut desk = Desk::new();
    desk.write("half a thought");
    desk.composer.set_draft(&Draft::plain("queued"));
    assert_eq!(desk.shown(), "queued|");
    assert_eq!(submitted(desk.press("enter")), "queued");
    desk.press("up");
    desk.press("up");
    assert_eq!(desk.text(), "half a thought");
}

#[test]
fn leaving_takes_two_presses_within_two_seconds() {
    for key in ["ctrl-c", "ctrl-d"] {
        let mut desk = Desk::new();
        assert_eq!(desk.press(key), Outcome::Redraw, "{key}");
        let shown = desk.composer.hint().unwrap().to_string();
        assert_eq!(shown, format!("{} again to quit", key.replace('-', " + ")));
        assert_eq!(desk.press(key), Outcome::Quit, "{key}");
        // Time alone takes the offer back.
        desk.press(key);
        let deadline = desk.composer.next_deadline().unwrap();
        assert_eq!(deadline - desk.now, Duration::from_secs(2));
        desk.now = deadline;
        assert_eq!(desk.composer.tick(deadline), Outcome::Redraw);
        assert_eq!((desk.composer.hint(), desk.composer.next_deadline()), (None, None));
        assert_eq!(desk.press(key), Outcome::Redraw);
        // So does any other key.
        assert_eq!(desk.press("left"), Outcome::Redraw);
        assert_eq!(desk.composer.hint(), None);
        assert_eq!(desk.press(key), Outcome::Redraw);
    }
    let mut desk = Desk::with(ComposerOptions { confirm_quit: false, ..ComposerOptions::default() });
    assert_eq!(desk.press("ctrl-c"), Outcome::Quit);
    assert_eq!(desk.press("ctrl-d"), Outcome::Quit);
}

#[test]
fn ctrl_c_clears_the_text_first_then_interrupts_then_leaves() {
    let mut desk = Desk::new();
    desk.composer.set_running(true);
    desk.write("draft");
    assert_eq!(desk.press("ctrl-c"), Outcome::Redraw);
    assert_eq!(desk.text(), "");
    assert_eq!(desk.press("ctrl-c"), Outcome::Interrupt);
    desk.composer.set_running(false);
    assert_eq!(desk.press("ctrl-c"), Outcome::Redraw);
    assert_eq!(desk.press("ctrl-c"), Outcome::Quit);
    desk.press("up");
    assert_eq!(desk.text(), "draft");
}

#[test]
fn ctrl_d_deletes_forward_where_there_is_text() {
    let mut desk = Desk::new();
    desk.write("ab");
    desk.press("home");
    assert_eq!(desk.press("ctrl-d"), Outcome::Redraw);
    assert_eq!(desk.shown(), "|b");
    desk.press("end");
    assert_eq!(desk.press("ctrl-d"), Outcome::None);
}

#[test]
fn esc_interrupts_or_is_handed_on() {
    let mut desk = Desk::new();
    assert_eq!(desk.press("esc"), Outcome::Escape);
    desk.write("text");
    assert_eq!(desk.press("esc"), Outcome::None);
    desk.composer.set_running(true);
    assert_eq!(desk.press("esc"), Outcome::Interrupt);
    assert_eq!(desk.text(), "text");
}

#[test]
fn texts_that_are_no_messages_say_what_they_are() {
    let mut desk = Desk::new();
    desk.write("/xyzzy");
    assert_eq!(desk.press("enter"), Outcome::UnknownCommand("xyzzy".to_owned()));
    assert_eq!(desk.text(), "/xyzzy");
    desk.press("ctrl-u");
    desk.write("/rename new name");
    assert_eq!(desk.press("enter"), Outcome::Command { name: "rename".to_owned(), args: "new name".to_owned() });
    desk.write("/approvals ");
    assert_eq!(desk.press("enter"), Outcome::Command { name: "permissions".to_owned(), args: String::new() });
    desk.write("/model extra words");
    assert_eq!(submitted(desk.press("enter")), "/model extra words");
    desk.write(" /model");
    assert_eq!(submitted(desk.press("enter")), "/model");
    desk.write("/etc/passwd read it");
    assert_eq!(submitted(desk.press("enter")), "/etc/passwd read it");
    desk.write("!");
    assert_eq!(desk.press("enter"), Outcome::EmptyShell);
    assert_eq!(desk.press("esc"), Outcome::None);
    assert_eq!(desk.text(), "!");
    desk.write("ls -l");
    assert_eq!(desk.press("enter"), Outcome::Shell("ls -l".to_owned()));
    assert_eq!(desk.text(), "");
}

#[test]
fn the_overview_of_keys_opens_in_an_empty_text_only() {
    let mut desk = Desk::new();
    desk.write("?");
    assert!(desk.composer.covers_status_line());
    desk.write("?");
    assert!(!desk.composer.covers_status_line());
    desk.write("?");
    assert_eq!(desk.press("esc"), Outcome::Escape);
    assert_eq!((desk.composer.covers_status_line(), desk.text()), (false, ""));
    desk.write("?");
    desk.write("why?");
    assert_eq!((desk.composer.covers_status_line(), desk.text()), (false, "why?"));
}

#[test]
fn other_keys_ask_for_what_others_do() {
    let mut desk = Desk::new();
    for (key, outcome) in [("ctrl-g", Outcome::OpenEditor), ("ctrl-v", Outcome::PasteImage), ("shift-tab", Outcome::NextMode)] {
        assert_eq!(desk.press(key), outcome, "{key}");
    }
    let release = KeyEvent { kind: crossterm::event::KeyEventKind::Release, ..KeyEvent::from(crossterm::event::KeyCode::Char('x')) };
    assert_eq!(desk.composer.handle_key(release, desk.now), Outcome::None);
    assert_eq!(desk.press("ctrl-x"), Outcome::None);
    assert_eq!(desk.text(), "");
}

#[test]
fn what_an_editor_hands_back_can_be_undone() {
    let mut desk = Desk::new();
    desk.write("draft");
    desk.composer.set_text("edited\nelsewhere");
    assert_eq!(desk.shown(), "edited\nelsewhere|");
    desk.press("ctrl-_");
    assert_eq!(desk.text(), "draft");
}

#[test]
fn the_overview_names_the_key_for_lines_that_works_here() {
    let mut desk = Desk::new();
    desk.write("?");
    assert!(desk.picture(80).contains("  ctrl + j for newline"));
    desk.composer.set_tells_modifiers(true);
    assert!(desk.picture(80).contains("  shift + enter for newline"));
}
