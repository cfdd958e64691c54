//! The one sanitiser: every string that is not our own passes it before it is laid out.
//!
//! Escape sequences and control characters go, characters that reorder or hide text are spelt as `<U+202E>`, tabs become
//! blanks. What joins emoji and shapes scripts (U+200C, U+200D, variation selectors) stays: it hides nothing by itself.

use std::borrow::Cow;

use codex_ansi_escape::{Piece, pieces};

/// Columns between tab stops in text and code.
const TAB_STOP: usize = 4;

/// Returns `text` without anything a terminal would act on but newlines. A carriage return that would overwrite its line
/// begins a new one.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == '\n' || is_plain(c)) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = pieces(text);
    while let Some(piece) = rest.next() {
        match piece {
            Piece::Text(text) => push_text(&mut clean, text),
            Piece::Style(_) => {}
            Piece::Control('\n') => clean.push('\n'),
            Piece::Control('\t') => {
                let column = clean.rsplit('\n').next().unwrap_or_default().chars().count();
                clean.extend(std::iter::repeat_n(' ', TAB_STOP - column % TAB_STOP));
            }
            Piece::Control('\r') if !rest.rest().starts_with('\n') && !clean.is_empty() && !clean.ends_with('\n') => clean.push('\n'),
            Piece::Control(_) => {}
        }
    }
    Cow::Owned(clean)
}

/// As [`sanitize`], and newlines become blanks: for names, titles and everything else that has one row.
pub fn sanitize_line(text: &str) -> String {
    sanitize(text).replace('\n', " ")
}

fn push_text(clean: &mut String, text: &str) {
    for c in text.chars() {
        if is_deceptive(c) {
            clean.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else {
            clean.push(c);
        }
    }
}

fn is_plain(c: char) -> bool {
    !c.is_control() && !is_deceptive(c)
}

/// Characters that change the order of what stands around them, or that nobody can see.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{200e}' | '\u{200f}' | '\u{061c}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{200b}'
        | '\u{2060}'..='\u{2064}'
        | '\u{206a}'..='\u{206f}'
        | '\u{2028}' | '\u{2029}'
        | '\u{180e}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    // O1
    #[test]
    fn what_a_terminal_would_act_on_is_gone() {
        for (dirty, clean) in [
            ("plain\ntext", "plain\ntext"),
            ("a\x1b[31mb\x1b[0m", "ab"),
            ("\x1b]52;c;AAAA\x07x", "x"),
            ("safe\rEVIL", "safe\nEVIL"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\tb", "a   b"),
            ("x\u{202e}y\u{200b}z\u{feff}", "x<U+202E>y<U+200B>z<U+FEFF>"),
            ("bell\x07 back\x08 del\x7f c1\u{85}", "bell back del c1"),
            ("👩‍👩‍👧 ✔️", "👩‍👩‍👧 ✔️"),
        ] {
            assert_eq!(sanitize(dirty), clean, "{dirty:?}");
        }
        assert_eq!(sanitize_line("a\nb\x1b[2J"), "a b");
    }

    proptest! {
        // O1
        #[test]
        fn no_control_character_passes_and_a_second_pass_changes_nothing(text in any::<String>()) {
            let clean = sanitize(&text).into_owned();
            prop_assert!(clean.chars().all(|c| c == '\n' || is_plain(c)));
            prop_assert_eq!(sanitize(&clean), clean.as_str());
        }

        #[test]
        fn printable_text_is_kept(text in "[ -~äöü日本\n]{0,60}") {
            prop_assert_eq!(sanitize(&text), text.as_str());
        }
    }
}
