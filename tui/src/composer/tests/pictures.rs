use super::*;
use crate::composer::files::{FileHit, FileHits};

/// The same state at three widths, and flat.
fn pictures(desk: &Desk) -> String {
    let mut all = String::new();
    for columns in [40, 80, 120] {
        all.push_str(&format!("--- {columns} columns\n{}\n", desk.picture(columns)));
    }
    let flat = Look { flat: true, ..Look::default() };
    all.push_str(&format!("--- flat\n{}\n", desk.picture_with(80, &flat)));
    all
}

#[test]
fn empty() {
    insta::assert_snapshot!(pictures(&Desk::new()));
}

#[test]
fn several_lines() {
    let mut desk = Desk::new();
    desk.composer.handle_paste(
        "Please look at the parser, which is slow for long lines, and say why before anything is changed.\n\n\
         \tindented\n日本語のテキスト と emoji 🎉 ですが、とても長いので折り返されます。折り返しは文字の間です。",
    );
    insta::assert_snapshot!(pictures(&desk));
}

#[test]
fn placeholders() {
    let mut desk = Desk::new();
    desk.composer.handle_paste(&"x".repeat(1_001));
    desk.write(" and ");
    desk.composer.attach_image("/tmp/a.png".into());
    insta::assert_snapshot!(pictures(&desk));
}

#[test]
fn commands_list() {
    let mut desk = Desk::new();
    desk.write("/");
    insta::assert_snapshot!(pictures(&desk));
}

#[test]
fn files_list() {
    let mut desk = Desk::new();
    desk.write("see @ma");
    let hit = |path: &str, matched: &[usize]| FileHit { path: path.to_owned(), matched: matched.to_vec() };
    let hits = vec![
        hit("src/main.rs", &[4, 5]),
        hit("a/very/long/way/down/into/some/folder/that/nobody/wants/to/type/manual.md", &[68, 69]),
        hit("docs/日本語/まとめ ma.md", &[13, 14]),
    ];
    desk.composer.set_file_hits(FileHits { query: "ma".to_owned(), hits, done: true });
    insta::assert_snapshot!(pictures(&desk));
}

#[test]
fn skills_list() {
    let entry = MentionEntry {
        name: "demo".to_owned(),
        kind: "Skill".to_owned(),
        about: "A demo skill that shows how instructions are kept in files of their own".to_owned(),
        path: "/skills/demo/SKILL.md".to_owned(),
    };
    let mut desk = Desk::with(ComposerOptions { mentions: vec![entry], ..ComposerOptions::default() });
    desk.write("$de");
    insta::assert_snapshot!(pictures(&desk));
}

#[test]
fn overview_of_keys() {
    let mut desk = Desk::new();
    desk.write("?");
    insta::assert_snapshot!(pictures(&desk));
}

#[test]
fn search_in_history() {
    let mut desk = Desk::new();
    desk.write("alpha needle");
    desk.press("enter");
    desk.press("ctrl-r");
    desk.write("need");
    insta::assert_snapshot!(pictures(&desk));
}

#[test]
fn in_little_space_the_row_of_the_cursor_is_shown() {
    let mut desk = Desk::new();
    desk.composer.handle_paste("one\ntwo\nthree\nfour\nfive");
    desk.press("up");
    let picture = desk.picture_in(Rect::new(0, 0, 20, 3), &Look::default());
    insta::assert_snapshot!(picture);
}
