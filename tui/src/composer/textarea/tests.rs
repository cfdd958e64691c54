use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

fn area(text: &str) -> TextArea {
    let mut area = TextArea::default();
    area.insert_text(text);
    area
}

/// The text with `|` where the cursor is.
fn shown(area: &TextArea) -> String {
    let mut text = area.text().to_owned();
    text.insert(area.cursor(), '|');
    text
}

fn rows(area: &TextArea, width: usize) -> Vec<String> {
    area.rows(width).into_iter().map(|row| area.text()[row.range].to_owned()).collect()
}

#[test]
fn what_people_see_as_one_character_is_deleted_as_one() {
    for one in ["é", "e\u{301}", "👩\u{200d}💻", "🇩🇪", "日", "👍🏽"] {
        let mut text = area(&format!("a{one}b"));
        text.left();
        text.delete_back();
        assert_eq!(shown(&text), "a|b", "{one:?}");
        let mut text = area(&format!("a{one}b"));
        text.left();
        text.left();
        assert_eq!(text.cursor(), 1, "{one:?}");
        text.delete_forward();
        assert_eq!(shown(&text), "a|b", "{one:?}");
    }
}

#[test]
fn words_end_at_spaces_and_signs() {
    let mut text = area("let foo_bar = x.baz();");
    let mut stops = Vec::new();
    while text.cursor() > 0 {
        text.word_left();
        stops.push(text.cursor());
    }
    assert_eq!(stops, [19, 16, 15, 14, 12, 4, 0]);
    let mut stops = Vec::new();
    while text.cursor() < text.text().len() {
        text.word_right();
        stops.push(text.cursor());
    }
    assert_eq!(stops, [3, 11, 13, 15, 16, 19, 22]);
}

#[test]
fn what_was_cut_comes_back() {
    let mut text = area("one two\nthree four");
    text.kill_word_back();
    assert_eq!(shown(&text), "one two\nthree |");
    text.yank();
    assert_eq!(shown(&text), "one two\nthree four|");
    text.kill_line_start();
    assert_eq!(shown(&text), "one two\n|");
    text.kill_line_start();
    assert_eq!(shown(&text), "one two|");
    text.line_start();
    text.kill_line_end();
    assert_eq!(shown(&text), "|");
    text.yank();
    text.yank();
    assert_eq!(shown(&text), "one twoone two|");
    text.line_start();
    text.kill_word_forward();
    assert_eq!(shown(&text), "| twoone two");
}

#[test]
fn typing_is_undone_by_words_and_redone() {
    let mut text = TextArea::default();
    for letter in "one two".chars() {
        text.type_char(letter);
    }
    assert!(text.undo());
    assert_eq!(shown(&text), "one |");
    assert!(text.undo());
    assert_eq!(shown(&text), "|");
    assert!(!text.undo());
    assert!(text.redo() && text.redo() && !text.redo());
    assert_eq!(shown(&text), "one two|");
    text.undo();
    text.type_char('x');
    assert!(!text.redo());
    assert_eq!(shown(&text), "one x|");
}

#[test]
fn units_are_stepped_over_deleted_and_brought_back_whole() {
    let mut text = area("see ");
    text.insert(Fragment::unit("[Image #1]", UnitId(7)));
    text.insert_text(" now");
    for _ in 0..4 {
        text.left();
    }
    text.left();
    assert_eq!(shown(&text), "see |[Image #1] now");
    text.right();
    text.delete_back();
    assert_eq!(shown(&text), "see | now");
    assert_eq!(text.units(), []);
    text.undo();
    assert_eq!(shown(&text), "see [Image #1]| now");
    assert_eq!(text.units(), [Unit { range: 4..14, id: UnitId(7) }]);
    text.line_start();
    text.insert_text("> ");
    assert_eq!(text.units(), [Unit { range: 6..16, id: UnitId(7) }]);
    text.kill_line_end();
    text.yank();
    assert_eq!(text.units(), [Unit { range: 6..16, id: UnitId(7) }]);
    // A mark typed by hand is no unit, and neither is what joins one.
    text.set_cursor(16);
    text.type_char('\u{301}');
    assert_eq!(text.units(), [Unit { range: 6..16, id: UnitId(7) }]);
}

#[test]
fn rows_break_at_spaces_and_wide_characters() {
    assert_eq!(rows(&area("hello brave world"), 11), ["hello brave ", "world"]);
    assert_eq!(rows(&area("hello brave   world"), 11), ["hello brave   ", "world"]);
    assert_eq!(rows(&area("abcdefghij"), 4), ["abcd", "efgh", "ij"]);
    assert_eq!(rows(&area("日本語のテキスト"), 5), ["日本", "語の", "テキ", "スト"]);
    assert_eq!(rows(&area("ab 日本語"), 6), ["ab 日", "本語"]);
    assert_eq!(rows(&area("a\n\nb\n"), 5), ["a", "", "b", ""]);
    assert_eq!(rows(&area(""), 5), [""]);
    let mut unit = area("xx ");
    unit.insert(Fragment::unit("[Pasted Content 1001 chars]", UnitId(1)));
    assert_eq!(rows(&unit, 28), ["xx ", "[Pasted Content 1001 chars]"]);
    assert_eq!(rows(&unit, 10), ["xx [Pasted ", "Content ", "1001 ", "chars]"]);
}

#[test]
fn going_by_rows_keeps_the_column_it_began_with() {
    let mut text = area("abcdef\nab\nabcdef");
    assert!(text.row_up(20));
    assert_eq!(text.position(20), (1, 2));
    assert!(text.row_up(20));
    assert_eq!(text.position(20), (0, 6));
    assert!(!text.row_up(20));
    assert!(text.row_down(20) && text.row_down(20) && !text.row_down(20));
    assert_eq!(text.position(20), (2, 6));
    let mut text = area("hello brave world");
    assert_eq!(text.position(11), (1, 5));
    assert!(text.row_up(11));
    assert_eq!(shown(&text), "hello| brave world");
    let mut wide = area("日本語\nabc");
    assert!(wide.row_up(20));
    assert_eq!(shown(&wide), "日|本語\nabc");
}

#[test]
fn a_unit_wider_than_the_screen_is_no_trap() {
    let mut text = area("a ");
    text.insert(Fragment::unit("[Pasted Content 123456 chars]", UnitId(1)));
    text.insert_text("\nend");
    text.set_cursor(0);
    let mut steps = 0;
    while text.row_down(10) {
        steps += 1;
        assert!(steps < 10, "{}", shown(&text));
    }
    assert_eq!(text.position(10).0, text.rows(10).len() - 1);
}

#[test]
fn controls_never_get_in() {
    let text = area("a\u{1b}[31mb\r\nc\rd\u{9b}e\u{0}\tf\u{7f}");
    assert_eq!(text.text(), "a[31mb\nc\nde\tf");
}

#[derive(Clone, Debug)]
enum Deed {
    Type(char),
    Insert(String),
    Unit(u64),
    Cursor(usize),
    Step(u8),
    Rows(bool, usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => prop_oneof![any::<char>(), proptest::sample::select(vec!['a', ' ', '\n', '日', '\u{301}', '\u{200d}', '🇩', '👩', '\t', ']'])]
            .prop_map(Deed::Type),
        1 => "[a-z \n日é👩\u{200d}💻]{0,12}".prop_map(Deed::Insert),
        1 => (0_u64..9).prop_map(Deed::Unit),
        1 => (0_usize..200).prop_map(Deed::Cursor),
        8 => (0_u8..18).prop_map(Deed::Step),
        2 => (any::<bool>(), 1_usize..40).prop_map(|(up, width)| Deed::Rows(up, width)),
    ]
}

fn carry_out(area: &mut TextArea, deed: &Deed) {
    match deed {
        Deed::Type(letter) => area.type_char(*letter),
        Deed::Insert(text) => area.insert_text(text),
        Deed::Unit(id) => area.insert(Fragment::unit(&format!("[Image #{id}]"), UnitId(*id))),
        Deed::Cursor(at) => area.set_cursor(*at),
        Deed::Rows(true, width) => drop(area.row_up(*width)),
        Deed::Rows(false, width) => drop(area.row_down(*width)),
        Deed::Step(step) => match step {
            0 => area.left(),
            1 => area.right(),
            2 => area.word_left(),
            3 => area.word_right(),
            4 => area.line_start(),
            5 => area.line_end(),
            6 => area.delete_back(),
            7 => area.delete_forward(),
            8 => area.kill_word_back(),
            9 => area.kill_word_forward(),
            10 => area.kill_line_start(),
            11 => area.kill_line_end(),
            12 | 13 => area.yank(),
            14 => drop(area.undo()),
            15 => drop(area.redo()),
            16 => area.set_cursor(area.word_start_after(area.cursor())),
            _ => area.set_cursor(area.last_of_word_after(area.cursor())),
        },
    }
}

fn is_sound(area: &TextArea) -> Result<(), TestCaseError> {
    prop_assert!(area.is_border(area.cursor()), "{:?} at {}", area.text(), area.cursor());
    prop_assert!(!area.text().chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t'));
    let mut end = 0;
    for unit in area.units() {
        prop_assert!(unit.range.start >= end && !unit.range.is_empty());
        prop_assert_eq!(&area.text()[unit.range.clone()], format!("[Image #{}]", unit.id.0));
        end = unit.range.end;
    }
    for width in [1, 2, 3, 7, 20] {
        let rows = area.rows(width);
        let (row, column) = area.position(width);
        prop_assert!(row < rows.len() && column <= width);
        let joined: Vec<&str> = rows.iter().map(|row| &area.text()[row.range.clone()]).collect();
        let mut whole = String::new();
        for (row, text) in rows.iter().zip(joined) {
            whole.push_str(text);
            if !row.goes_on {
                whole.push('\n');
            }
            let text = text.trim_end_matches([' ', '\t']);
            let one_piece = area.pieces(row.range.start..row.range.start + text.len()).len() <= 1;
            prop_assert!(one_piece || layout::columns(text) <= width, "{text:?} in {width}");
        }
        prop_assert_eq!(whole, format!("{}\n", area.text()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_keep_the_text_sound(deeds in proptest::collection::vec(deed(), 1..60)) {
        let mut area = TextArea::default();
        for deed in &deeds {
            carry_out(&mut area, deed);
            is_sound(&area)?;
        }
    }

    #[test]
    fn undoing_everything_returns_to_the_start_and_redoing_to_the_end(deeds in proptest::collection::vec(deed(), 1..60)) {
        let mut area = area("the start");
        area.reset(Fragment::plain("the start"));
        for deed in deeds.iter().filter(|deed| !matches!(deed, Deed::Step(14 | 15))) {
            carry_out(&mut area, deed);
        }
        let end = area.content();
        while area.undo() {}
        prop_assert_eq!(area.content(), Fragment::plain("the start"));
        while area.redo() {}
        prop_assert_eq!(area.content(), end);
    }
}
