use pretty_assertions::assert_eq;
use proptest::prelude::*;
use similar::{ChangeTag, TextDiff};

use super::*;
use crate::patch::ChunkLine;
use crate::{Section, parse};

fn chunks(body: &str) -> Vec<Chunk> {
    let patch = parse(&format!("*** Begin Patch\n*** Update File: f\n{body}*** End Patch")).unwrap();
    match patch.sections.into_iter().next() {
        Some(Section::Update { chunks, .. }) => chunks,
        other => panic!("{other:?}"),
    }
}

#[test]
fn chunks_change_the_lines_they_name_and_no_others() {
    let cases = [
        ("one\ntwo\nthree\n", "@@\n one\n-two\n+2\n three\n", "one\n2\nthree\n"),
        ("one\ntwo\n", "@@\n-one\n-two\n", ""),
        ("", "@@\n+x\n", "x\n"),
        ("one\ntwo", "@@\n one\n", "one\ntwo\n"),
        ("one\ntwo", "@@\n two\n+3\n", "one\ntwo\n3\n"),
        ("one", "@@\n+2\n", "one\n2\n"),
        ("a\n\n\n", "@@\n+x\n", "a\n\n\nx\n"),
        ("a\n\n", "@@\n a\n", "a\n\n"),
        ("a\nb\n", "@@ a\n+n\n", "a\nb\nn\n"),
        ("a\nb\nc\n", "@@\n+n1\n@@\n-c\n+C\n*** End of File\n@@\n+n2\n", "a\nb\nC\nn1\nn2\n"),
        ("x\na\nx\n", "@@ a\n-x\n+y\n", "x\na\ny\n"),
        ("x\na\nx\n", "@@\n-x\n+y\n*** End of File\n", "x\na\ny\n"),
        ("\u{feff}one\ntwo\n", "@@\n-two\n+2\n", "\u{feff}one\n2\n"),
    ];
    for (text, body, want) in cases {
        let updated = update_text(text, &chunks(body)).unwrap();
        assert_eq!(updated, Updated { text: want.into(), fuzzy: false }, "{text:?} {body}");
    }
}

#[test]
fn loosely_matched_context_keeps_the_bytes_of_the_file() {
    let cases = [
        ("one  \ntwo\n", "@@\n one\n-two\n+2\n", "one  \n2\n"),
        ("one\ntwo\n", "@@\n     one\n-two\n+2\n", "one\n2\n"),
        ("\u{201c}one\u{201d}\ntwo\n", "@@ \"one\"\n-two\n+2\n", "\u{201c}one\u{201d}\n2\n"),
    ];
    for (text, body, want) in cases {
        assert_eq!(update_text(text, &chunks(body)), Ok(Updated { text: want.into(), fuzzy: true }), "{text:?} {body}");
    }
}

#[test]
fn a_crlf_file_stays_one_and_that_alone_is_not_fuzzy() {
    let cases = [
        ("one\r\ntwo\r\nthree\r\n", "@@\n one\n-two\n+2\n+2b\n", "one\r\n2\r\n2b\r\nthree\r\n"),
        ("one\r\ntwo", "@@\n two\n+3\n", "one\r\ntwo\r\n3\r\n"),
        ("one\r\ntwo", "@@\n one\n", "one\r\ntwo\r\n"),
        ("one\r\ntwo\r", "@@\n one\n", "one\r\ntwo\r\n"),
        ("one\r\ntwo\nthree\n", "@@\n one\n-two\n+2\n", "one\r\n2\nthree\n"),
    ];
    for (text, body, want) in cases {
        assert_eq!(update_text(text, &chunks(body)), Ok(Updated { text: want.into(), fuzzy: false }), "{text:?} {body}");
    }
}

#[test]
fn a_blank_last_line_the_file_does_not_have_is_let_go() {
    let cases = [
        ("one\ntwo\n", "@@\n-two\n+2\n \n", "one\n2\n"),
        ("one\ntwo\n", "@@\n two\n \n+b\n", "one\ntwo\n\nb\n"),
        ("one\ntwo\n", "@@\n one\n-\n+b\n+\n", "one\nb\ntwo\n"),
        ("one\ntwo\n", "@@\n-two\n+2\n \n*** End of File\n", "one\n2\n"),
        ("one\ntwo\n", "@@ one\n-\n+x\n", "one\nx\ntwo\n"),
        ("one\n\ntwo\n", "@@\n-one\n+1\n \n", "1\n\ntwo\n"),
    ];
    for (text, body, want) in cases {
        assert_eq!(update_text(text, &chunks(body)).map(|updated| updated.text), Ok(want.into()), "{text:?} {body}");
    }
}

#[test]
fn chunks_that_do_not_fit_name_what_was_missing() {
    let lines = |text: &str| Err(Mismatch::Lines(text.into()));
    let cases = [
        ("one\n", "@@\n-nope\n+x\n", lines("nope")),
        ("one\n", "@@\n one\n-two\n\n", lines("one\ntwo\n")),
        ("one\ntwo\n", "@@\n-two\n+x\n@@\n-two\n+y\n", lines("two")),
        ("one\ntwo\n", "@@\n-two\n+x\n@@\n-one\n", lines("one")),
        ("a\nb\n", "@@ a\n-a\n+x\n", lines("a")),
        ("a\nb\n", "@@ c\n-a\n", Err(Mismatch::Context("c".into()))),
        ("a\nb\n", "@@\n-b\n+c\n@@ a\n-b\n", Err(Mismatch::Context("a".into()))),
        ("x\na\nx\nb\n", "@@\n-x\n*** End of File\n", lines("x")),
        ("three\nfour\nfive\n", "@@\n four\n-five\n+5\n@@\n three\n four\n-five\n+V\n*** End of File\n", lines("three\nfour\nfive")),
    ];
    for (text, body, want) in cases {
        assert_eq!(update_text(text, &chunks(body)), want, "{text:?} {body}");
    }
}

/// The chunks that turn one text into another, with some lines of context.
fn chunks_between(old: &str, new: &str, radius: usize) -> Vec<Chunk> {
    let diff = TextDiff::from_lines(old, new);
    let groups = diff.grouped_ops(radius);
    let chunk = |group: &Vec<similar::DiffOp>| {
        let lines = group.iter().flat_map(|op| diff.iter_changes(op)).map(|change| ChunkLine {
            kind: match change.tag() {
                ChangeTag::Equal => LineKind::Context,
                ChangeTag::Delete => LineKind::Remove,
                ChangeTag::Insert => LineKind::Insert,
            },
            text: change.value().trim_end_matches('\n').to_owned(),
        });
        Chunk { context: None, lines: lines.collect(), end_of_file: false }
    };
    groups.iter().map(chunk).collect()
}

/// A text of different lines and one made of it by leaving out, replacing and adding lines behind kept ones.
fn edited() -> impl Strategy<Value = (String, String)> {
    prop::collection::vec(0_u8..5, 1..60).prop_map(|fates| {
        let (mut old, mut new) = (String::new(), String::new());
        for (i, fate) in fates.into_iter().enumerate() {
            old += &format!("line {i}\n");
            match fate {
                0 => {}
                1 => new += &format!("other {i}\n"),
                2 => new += &format!("line {i}\nadded {i}\n\n"),
                _ => new += &format!("line {i}\n"),
            }
        }
        (old, new)
    })
}

proptest! {
    #[test]
    fn applying_a_difference_gives_the_target((old, new) in edited()) {
        // A chunk that only adds would go to the end: one line of context must be there to hold on to.
        let chunks = chunks_between(&old, &new, 2);
        prop_assert_eq!(update_text(&old, &chunks).map(|updated| updated.text), Ok(new));
    }

    #[test]
    fn applying_a_difference_to_a_crlf_text_gives_the_crlf_target((old, new) in edited()) {
        let chunks = chunks_between(&old, &new, 2);
        let want = Updated { text: new.replace('\n', "\r\n"), fuzzy: false };
        prop_assert_eq!(update_text(&old.replace('\n', "\r\n"), &chunks), Ok(want));
    }

    #[test]
    fn whole_texts_can_be_replaced(old in "[ab\u{e9} \n]{0,40}", new in "[abc \n]{0,40}") {
        let (old, new) = (format!("{old}\n"), format!("{new}\n"));
        let chunks = chunks_between(&old, &new, 1000);
        prop_assert_eq!(update_text(&old, &chunks).map(|updated| updated.text), Ok(new));
    }

    #[test]
    fn context_alone_changes_nothing_but_a_missing_last_line_end(text in "[ab \r\n]{1,40}", from in 0_usize..20, count in 1_usize..5) {
        let all: Vec<&str> = text.split_inclusive('\n').collect();
        let lines = all.iter().skip(from % all.len()).take(count).map(|line| ChunkLine {
            kind: LineKind::Context,
            text: line.trim_end_matches('\n').to_owned(),
        });
        let chunk = Chunk { context: None, lines: lines.collect(), end_of_file: false };
        let got = update_text(&text, &[chunk]).map(|updated| updated.text).unwrap();
        prop_assert!(got == text || (!text.ends_with('\n') && got.starts_with(&text) && got.ends_with('\n')), "{got:?}");
    }
}
