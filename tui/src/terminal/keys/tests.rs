use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Vec<Input> {
    let mut parser = KeyParser::default();
    let mut found = parser.feed(text.as_bytes());
    found.extend(parser.give_up());
    found
}

fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Vec<Input> {
    vec![Input::Key(KeyEvent::new(code, modifiers))]
}

#[test]
fn newline_keys_are_told_apart_in_every_encoding() {
    for text in ["\x1b[13;2u", "\x1b[27;2;13~"] {
        assert_eq!(parse(text), pressed(KeyCode::Enter, KeyModifiers::SHIFT), "{text:?}");
    }
    assert_eq!(parse("\r"), pressed(KeyCode::Enter, KeyModifiers::NONE));
    assert_eq!(parse("\n"), pressed(KeyCode::Char('j'), KeyModifiers::CONTROL));
    assert_eq!(parse("\x1b\r"), pressed(KeyCode::Enter, KeyModifiers::ALT));
    assert_eq!(parse("\x1b[13;5u"), pressed(KeyCode::Enter, KeyModifiers::CONTROL));
}

#[test]
fn keys_of_the_table() {
    let cases: &[(&str, KeyCode, KeyModifiers)] = &[
        ("\x1b[A", KeyCode::Up, KeyModifiers::NONE),
        ("\x1bOA", KeyCode::Up, KeyModifiers::NONE),
        ("\x1b[1;3A", KeyCode::Up, KeyModifiers::ALT),
        ("\x1b\x1b[A", KeyCode::Up, KeyModifiers::ALT),
        ("\x1b[Z", KeyCode::BackTab, KeyModifiers::SHIFT),
        ("\x1b[3~", KeyCode::Delete, KeyModifiers::NONE),
        ("\x1b[6~", KeyCode::PageDown, KeyModifiers::NONE),
        ("\x1b[15~", KeyCode::F(5), KeyModifiers::NONE),
        ("\x1bOP", KeyCode::F(1), KeyModifiers::NONE),
        ("\x1b", KeyCode::Esc, KeyModifiers::NONE),
        ("\x1b[27u", KeyCode::Esc, KeyModifiers::NONE),
        ("\x1bb", KeyCode::Char('b'), KeyModifiers::ALT),
        ("\x1b\x7f", KeyCode::Backspace, KeyModifiers::ALT),
        ("\x1b]", KeyCode::Char(']'), KeyModifiers::ALT),
        ("\x03", KeyCode::Char('c'), KeyModifiers::CONTROL),
        ("\x1b[99;5u", KeyCode::Char('c'), KeyModifiers::CONTROL),
        ("\x1b[97:65;2u", KeyCode::Char('A'), KeyModifiers::SHIFT),
        ("A", KeyCode::Char('A'), KeyModifiers::SHIFT),
        ("é", KeyCode::Char('é'), KeyModifiers::NONE),
        ("\u{1f600}", KeyCode::Char('\u{1f600}'), KeyModifiers::NONE),
    ];
    for (text, code, modifiers) in cases {
        assert_eq!(parse(text), pressed(*code, *modifiers), "{text:?}");
    }
}

#[test]
fn a_released_key_is_no_key() {
    assert_eq!(parse("\x1b[97;1:3u"), []);
    assert_eq!(parse("\x1b[1;1:3A"), []);
}

#[test]
fn two_escapes_in_one_read_are_two_keys() {
    let escape = Input::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
    assert_eq!(parse("\x1b\x1b"), [escape.clone(), escape]);
}

#[test]
fn answers_never_become_text_however_they_are_split() {
    let answers = [
        ("\x1b]10;rgb:ffff/ffff/ffff\x1b\\", vec![]),
        ("\x1b]11;rgb:1e1e/0000/ffff\x07", vec![Input::Background([30, 0, 255])]),
        ("\x1b]11;rgb:1e/00/ff\x1b\\", vec![Input::Background([30, 0, 255])]),
        ("\x1b[?62;22c", vec![]),
        ("\x1b[>1;4000;0c", vec![]),
        ("\x1b[24;80R", vec![]),
        ("\x1b[?7u", vec![Input::Kitty]),
        ("\x1b[?2026;2$y", vec![]),
        ("\x1bP>|kitty(0.32)\x1b\\", vec![]),
        ("\x1b_Gi=1;OK\x1b\\", vec![]),
    ];
    for (text, expected) in &answers {
        for at in 1..text.len() {
            let mut parser = KeyParser::default();
            let mut found = parser.feed(&text.as_bytes()[..at]);
            found.extend(parser.feed(&text.as_bytes()[at..]));
            found.extend(parser.give_up());
            assert_eq!(&found, expected, "{text:?} split at {at}");
        }
    }
}

#[test]
fn a_paste_is_one_text_and_its_lines_end_in_newlines() {
    let text = "\x1b[200~a\r\nb\rc\x1b[31m\x1b[201~x";
    let expected = vec![Input::Paste("a\nb\nc\u{1b}[31m".to_owned()), Input::Key(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE))];
    for at in 1..text.len() {
        let mut parser = KeyParser::default();
        let mut found = parser.feed(&text.as_bytes()[..at]);
        found.extend(parser.feed(&text.as_bytes()[at..]));
        assert_eq!(found, expected, "split at {at}");
    }
}

#[test]
fn a_paste_without_end_is_not_lost() {
    let mut parser = KeyParser::default();
    assert_eq!(parser.feed(b"\x1b[200~half"), []);
    assert_eq!(parser.give_up(), [Input::Paste("half".to_owned())]);
    assert_eq!(parser.feed(b"x"), pressed(KeyCode::Char('x'), KeyModifiers::NONE));
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_are_taken_without_panic(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..40)) {
        let mut parser = KeyParser::default();
        for piece in &pieces {
            parser.feed(piece);
        }
        parser.give_up();
        prop_assert_eq!(parser.patience(), None);
    }

    #[test]
    fn typed_text_comes_through_whole(text in "[a-z0-9 äß漢😀]{0,40}") {
        let typed: String = parse(&text).into_iter().filter_map(|input| match input {
            Input::Key(KeyEvent { code: KeyCode::Char(c), .. }) => Some(c),
            _ => None,
        }).collect();
        prop_assert_eq!(typed, text);
    }
}
