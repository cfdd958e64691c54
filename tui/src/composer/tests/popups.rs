use pretty_assertions::assert_eq;

use super::*;
use crate::composer::files::{FileHit, FileHits};

fn labels(desk: &Desk) -> Vec<String> {
    desk.composer.popup.view().map(|view| view.rows.iter().map(|row| row.label.clone()).collect()).unwrap_or_default()
}

fn hits(query: &str, paths: &[&str], done: bool) -> FileHits {
    let hit = |path: &&str| FileHit { path: (*path).to_owned(), matched: Vec::new() };
    FileHits { query: query.to_owned(), hits: paths.iter().map(hit).collect(), done }
}

#[test]
fn commands_are_offered_in_order_eight_at_a_time() {
    let mut desk = Desk::new();
    desk.write("/");
    assert_eq!(labels(&desk), ["/model", "/fast", "/permissions", "/experimental", "/skills", "/review", "/rename", "/new"]);
    desk.press("up");
    assert_eq!(labels(&desk).last().unwrap(), "/quit");
    // An edit begins at the top again, whatever was scrolled to.
    desk.write("sta");
    assert_eq!(labels(&desk), ["/status", "/statusline"]);
    assert_eq!(desk.composer.popup.view().unwrap().selected, 0);
    assert_eq!(desk.press("enter"), Outcome::Command { name: "status".to_owned(), args: String::new() });
}

#[test]
fn what_begins_with_the_letters_comes_before_what_has_them() {
    let mut desk = Desk::new();
    desk.write("/re");
    assert_eq!(labels(&desk)[..3], ["/review", "/rename", "/resume"]);
    desk.press("ctrl-u");
    desk.write("/rsm");
    assert_eq!(labels(&desk), ["/resume"]);
    desk.press("ctrl-u");
    desk.write("/app");
    assert_eq!(labels(&desk), ["/approvals"]);
    assert_eq!(desk.press("enter"), Outcome::Command { name: "permissions".to_owned(), args: String::new() });
    desk.write("/zzz");
    assert_eq!(labels(&desk), Vec::<String>::new());
}

#[test]
fn tab_completes_and_esc_closes_keeping_the_text() {
    let mut desk = Desk::new();
    desk.write("/mo");
    assert_eq!(desk.press("tab"), Outcome::Redraw);
    assert_eq!((desk.shown().as_str(), labels(&desk)), ("/model |", vec![]));
    desk.press("ctrl-u");
    desk.write("/mo");
    assert!(desk.composer.wants_escape());
    assert_eq!(desk.press("esc"), Outcome::Redraw);
    assert_eq!((desk.text(), labels(&desk)), ("/mo", vec![]));
    // It stays closed for this word, and Enter means the text.
    desk.write("d");
    assert_eq!(labels(&desk), Vec::<String>::new());
    assert_eq!(desk.press("enter"), Outcome::UnknownCommand("mod".to_owned()));
    desk.press("ctrl-u");
    desk.write("/mo");
    assert_eq!(labels(&desk), ["/model"]);
    assert_eq!(desk.press("ctrl-c"), Outcome::Redraw);
    assert_eq!((desk.text(), labels(&desk)), ("", vec![]));
}

#[test]
fn the_list_of_commands_opens_only_at_the_very_start() {
    for text in [" /mo", "x /mo", "/etc/", "a\n/mo"] {
        let mut desk = Desk::new();
        desk.composer.insert_text(text);
        assert_eq!(labels(&desk), Vec::<String>::new(), "{text:?}");
    }
    let mut desk = Desk::new();
    desk.write("/rename it");
    assert_eq!(labels(&desk), Vec::<String>::new());
}

#[test]
fn files_are_asked_for_as_the_word_changes_and_old_answers_are_dropped() {
    let mut desk = Desk::new();
    desk.write("see @");
    assert_eq!(desk.composer.take_file_query(), None);
    desk.write("m");
    assert_eq!(desk.composer.take_file_query().as_deref(), Some("m"));
    assert_eq!(desk.composer.take_file_query(), None);
    desk.write("a");
    assert_eq!(desk.composer.take_file_query().as_deref(), Some("ma"));
    assert_eq!(desk.composer.set_file_hits(hits("m", &["x"], true)), Outcome::None);
    assert_eq!(desk.composer.set_file_hits(hits("ma", &["src/main.rs"], false)), Outcome::Redraw);
    assert_eq!(labels(&desk), ["src/main.rs"]);
    assert_eq!(desk.composer.set_file_hits(hits("ma", &["make", "src/main.rs"], true)), Outcome::Redraw);
    assert_eq!(desk.press("down"), Outcome::Redraw);
    assert_eq!(desk.press("tab"), Outcome::Redraw);
    assert_eq!(desk.shown(), "see src/main.rs |");
    assert_eq!(labels(&desk), Vec::<String>::new());
}

#[test]
fn a_path_with_blanks_is_quoted_and_goes_in_mid_text() {
    let mut desk = Desk::new();
    desk.write("see  please");
    for _ in 0..7 {
        desk.press("left");
    }
    desk.write("@a");
    desk.composer.set_file_hits(hits("a", &["docs/a b.md"], true));
    assert_eq!(desk.press("enter"), Outcome::Redraw);
    assert_eq!(desk.shown(), "see \"docs/a b.md\" |please");
}

#[test]
fn a_selection_is_kept_while_more_is_found() {
    let mut desk = Desk::new();
    desk.write("@a");
    desk.composer.set_file_hits(hits("a", &["a1", "a2", "a3"], false));
    desk.press("down");
    desk.composer.set_file_hits(hits("a", &["a0", "a1", "a2", "a3"], true));
    desk.press("enter");
    assert_eq!(desk.text(), "a2 ");
}

#[test]
fn without_finds_the_list_says_so_and_enter_means_the_text() {
    let mut desk = Desk::new();
    desk.write("mail me @zz");
    desk.composer.set_file_hits(hits("zz", &[], true));
    assert!(desk.picture(40).contains("no matches"));
    match desk.press("enter") {
        Outcome::Submit(draft) => assert_eq!(draft.text, "mail me @zz"),
        other => panic!("{other:?}"),
    }
    // Inside a word the sign means nothing, and a blank ends the search.
    desk.write("a@b");
    assert_eq!(desk.composer.take_file_query(), None);
    desk.write(" @c ");
    assert!(!desk.composer.covers_status_line());
    desk.press("backspace");
    assert!(desk.composer.covers_status_line());
    desk.press("esc");
    assert_eq!((desk.text(), desk.composer.covers_status_line()), ("a@b @c", false));
    desk.press("left");
    desk.write("x");
    assert!(!desk.composer.covers_status_line());
}

#[test]
fn what_is_mentioned_goes_out_with_the_message() {
    let entry = |name: &str| MentionEntry {
        name: name.to_owned(),
        kind: "Skill".to_owned(),
        about: format!("A {name} skill"),
        path: format!("/skills/{name}/SKILL.md"),
    };
    let mentions = vec![entry("demo"), entry("deploy"), entry("demo-two")];
    let mut desk = Desk::with(ComposerOptions { mentions, ..ComposerOptions::default() });
    desk.write("use $de");
    assert_eq!(labels(&desk), ["demo", "deploy", "demo-two"]);
    desk.press("down");
    assert_eq!(desk.press("enter"), Outcome::Redraw);
    assert_eq!(desk.shown(), "use $deploy |");
    desk.write("$demo-two and $HOME");
    assert_eq!(labels(&desk), Vec::<String>::new());
    let names: Vec<String> = desk.composer.draft().mentions.into_iter().map(|mention| mention.name).collect();
    assert_eq!(names, ["deploy", "demo-two"]);
}

#[test]
fn in_little_space_the_selected_row_is_shown() {
    let mut desk = Desk::new();
    desk.write("/");
    for _ in 0..14 {
        desk.press("down");
        let selected = desk.composer.popup.view().map(|view| view.rows[view.selected].label.clone()).unwrap();
        for (columns, rows) in [(40, 3), (40, 6), (20, 5), (80, 4)] {
            for flat in [false, true] {
                let picture = desk.picture_in(Rect::new(0, 0, columns, rows), &Look { flat, ..Look::default() });
                assert!(picture.contains(&selected), "{selected} in {columns}x{rows}:\n{picture}");
            }
        }
    }
}
