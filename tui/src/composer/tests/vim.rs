use pretty_assertions::assert_eq;

use super::*;

fn desk(text: &str) -> Desk {
    let mut desk = Desk::with(ComposerOptions { vim: true, commands: commands(), ..ComposerOptions::default() });
    desk.composer.handle_paste(text);
    desk.press("esc");
    assert_eq!(desk.composer.mode(), Some("NORMAL"));
    desk.write("gg0");
    desk
}

#[test]
fn commands_do_what_vi_does() {
    const CASES: &[(&str, &str, &str)] = &[
        // Text, commands from its start, text with the cursor.
        ("one two three", "w", "one |two three"),
        ("one two three", "2w", "one two |three"),
        ("one two three", "e", "on|e two three"),
        ("one two three", "2e", "one tw|o three"),
        ("one two three", "$", "one two thre|e"),
        ("one two three", "$b", "one two |three"),
        ("  one", "^", "  |one"),
        ("a\nb\nc", "G", "a\nb\n|c"),
        ("a\nb\nc", "2G", "a\n|b\nc"),
        ("a\nb\nc", "Ggg", "|a\nb\nc"),
        ("abc\nabc", "lj", "abc\na|bc"),
        ("one two", "fw", "one t|wo"),
        ("one two", "tw", "one |two"),
        ("one two one", "fo;", "one two |one"),
        ("one two one", "fo;,", "one tw|o one"),
        ("one two", "$Fn", "o|ne two"),
        ("one two", "x", "|ne two"),
        ("one two", "3x", "| two"),
        ("one two", "$x", "one t|w"),
        ("one two", "lX", "|ne two"),
        ("one two three", "dw", "|two three"),
        ("one two three", "d2w", "|three"),
        ("one two three", "2dw", "|three"),
        ("one two three", "wde", "one | three"),
        ("one two three", "wD", "one| "),
        ("one two three", "$db", "one two |e"),
        ("one\ntwo", "dw", "|\ntwo"),
        ("one\ntwo\nthree", "dd", "|two\nthree"),
        ("one\ntwo\nthree", "jdd", "one\n|three"),
        ("one\ntwo\nthree", "Gdd", "one\n|two"),
        ("one\ntwo\nthree", "2dd", "|three"),
        ("one\ntwo\nthree", "dj", "|three"),
        ("one\ntwo\nthree", "dG", "|"),
        ("one\ntwo\nthree", "jdgg", "|three"),
        ("one two", "dfw", "|o"),
        ("one two", "dtw", "|wo"),
        ("one two", "yyp", "one two\n|one two"),
        ("one two", "yyP", "|one two\none two"),
        ("one two", "yw$p", "one twoone| "),
        ("one two", "dwP", "one| two"),
        ("one two", "x3p", "noo|oe two"),
        ("one two", "rX", "|Xne two"),
        ("one two", "2rX", "X|Xe two"),
        ("one two", "~~", "ON|e two"),
        ("one\n  two", "J", "one| two"),
        ("one two", "xu", "|one two"),
        ("one two", "dwxuu", "|one two"),
        ("one two", "d3", "|one two"),
    ];
    for (text, commands, expected) in CASES {
        let mut desk = desk(text);
        desk.write(commands);
        assert_eq!(desk.shown(), *expected, "{commands} on {text:?}");
    }
}

#[test]
fn inserting_begins_where_it_should_and_ends_with_esc() {
    const CASES: &[(&str, &str, &str)] = &[
        ("one two", "wiX", "one X|two"),
        ("one two", "waX", "one tX|wo"),
        ("one two", "AX", "one twoX|"),
        ("  one", "$IX", "  X|one"),
        ("one\ntwo", "oX", "one\nX|\ntwo"),
        ("one\ntwo", "jOX", "one\nX|\ntwo"),
        ("one two", "cwX", "X| two"),
        ("one two three", "c2wX", "X| three"),
        ("one two", "wCX", "one X|"),
        ("one\ntwo", "ccX", "X|\ntwo"),
        ("one two", "sX", "X|ne two"),
        ("one\ntwo", "jSX", "one\nX|"),
    ];
    for (text, commands, expected) in CASES {
        let mut desk = desk(text);
        desk.write(commands);
        assert_eq!((desk.shown().as_str(), desk.composer.mode()), (*expected, Some("INSERT")), "{commands} on {text:?}");
        desk.press("esc");
        assert_eq!(desk.composer.mode(), Some("NORMAL"));
    }
}

#[test]
fn it_starts_with_inserting_and_esc_goes_on_where_there_is_nothing_to_end() {
    let mut desk = Desk::with(ComposerOptions { vim: true, ..ComposerOptions::default() });
    assert_eq!(desk.composer.mode(), Some("INSERT"));
    desk.write("hi");
    assert!(desk.composer.wants_escape());
    assert_eq!(desk.press("esc"), Outcome::Redraw);
    assert_eq!(desk.shown(), "h|i");
    desk.write("2d");
    assert_eq!(desk.press("esc"), Outcome::Redraw);
    assert_eq!(desk.press("esc"), Outcome::None);
    desk.composer.set_running(true);
    assert_eq!(desk.press("esc"), Outcome::Interrupt);
    assert!(matches!(desk.press("enter"), Outcome::Submit(_)));
    desk.composer.set_running(false);
    assert_eq!(desk.press("esc"), Outcome::Escape);
}

#[test]
fn j_and_k_go_through_history_at_the_edges() {
    let mut desk = Desk::with(ComposerOptions { vim: true, ..ComposerOptions::default() });
    for text in ["first", "second"] {
        desk.write(text);
        desk.press("enter");
    }
    desk.press("esc");
    desk.write("k");
    assert_eq!(desk.text(), "second");
    desk.write("0k");
    assert_eq!(desk.text(), "first");
    desk.write("0j");
    assert_eq!(desk.text(), "second");
}

#[test]
fn a_change_is_done_again() {
    const CASES: &[(&str, &str, &str)] = &[
        ("one two three", "dw.", "|three"),
        ("one two three four", "dw2.", "|four"),
        ("one two three", "x..", "| two three"),
        ("one two three", "cwnew<esc>w.", "new ne|w three"),
        ("a\nb\nc", "Ax<esc>j.", "ax\nb|x\nc"),
        ("a\nb\nc", "ddp.", "b\na\n|a\nc"),
        ("one two", "rXw.", "Xne |Xwo"),
        ("one two", "xu.", "|ne two"),
        ("one two", "~w.", "One T|wo"),
        ("one", ".", "|one"),
    ];
    for (text, keys, expected) in CASES {
        let mut desk = desk(text);
        for part in keys.split_inclusive("<esc>") {
            desk.write(part.trim_end_matches("<esc>"));
            if part.ends_with("<esc>") {
                desk.press("esc");
            }
        }
        assert_eq!(desk.shown(), *expected, "{text:?} {keys}");
    }
}

#[test]
fn a_part_is_chosen_and_operated_on() {
    const CASES: &[(&str, &str, &str)] = &[
        ("one two three", "wved", "one | three"),
        ("one two three", "vwd", "|wo three"),
        ("one two three", "v2ld", "| two three"),
        ("one two three", "wvey$p", "one two threetw|o"),
        ("one two three", "wvbd", "|wo three"),
        ("one two three", "wveod", "one | three"),
        ("one two", "ve~", "|ONE two"),
        ("One Two", "veu", "|one Two"),
        ("a\nb\nc", "Vjd", "|c"),
        ("a\nb\nc", "jVd", "a\n|c"),
        ("a\nb\nc", "vjJ", "a| b\nc"),
        ("a\nb\nc", "VyjP", "a\n|a\nb\nc"),
        ("one two", "vlvx", "o|e two"),
        ("one two three", "ved.", "| three"),
    ];
    for (text, keys, expected) in CASES {
        let mut desk = desk(text);
        desk.write(keys);
        assert_eq!(desk.shown(), *expected, "{text:?} {keys}");
    }
    let mut desk = desk("one two");
    desk.write("v");
    assert_eq!(desk.composer.mode(), Some("VISUAL"));
    desk.write("V");
    assert_eq!(desk.composer.mode(), Some("V-LINE"));
    desk.press("esc");
    assert_eq!(desk.composer.mode(), Some("NORMAL"));
    desk.write("vec");
    assert_eq!(desk.composer.mode(), Some("INSERT"));
    desk.write("three");
    assert_eq!(desk.composer.draft().text, "three two");
}
