//! Text of which a person must see every character: commands and paths in questions.

use std::ops::Range;

/// Text with what is invisible spelt out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revealed {
    /// The text; its newlines stand behind a visible mark `⏎` where they are part of one argument.
    pub text: String,
    /// Bytes of `text` that spell a character nobody could see, to be shown in a style of their own.
    pub marks: Vec<Range<usize>>,
}

/// Spells control characters, direction controls, zero-width characters, tags, variation selectors and foreign blanks as
/// `\x1b` or `\u{202e}`. Newlines stay newlines and are no marks.
pub fn reveal(text: &str) -> Revealed {
    let mut revealed = Revealed::default();
    for c in text.chars() {
        if c == '\n' || !is_invisible(c) {
            revealed.text.push(c);
            continue;
        }
        let start = revealed.text.len();
        match c {
            '\t' => revealed.text.push_str("\\t"),
            '\r' => revealed.text.push_str("\\r"),
            c if u32::from(c) < 0x100 => revealed.text.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => revealed.text.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
        revealed.marks.push(start..revealed.text.len());
    }
    revealed
}

/// Whether a word mixes Latin letters with Greek or Cyrillic ones, many of which look the same.
pub fn is_mixed_script(word: &str) -> bool {
    let latin = word.chars().any(|c| c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c));
    let alike = word.chars().any(|c| matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}'));
    latin && alike
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    // U2
    #[test]
    fn what_nobody_sees_is_spelt() {
        for (hidden, shown) in [
            ("touch a", "touch a"),
            ("a\x1b[2Kb", "a\\x1b[2Kb"),
            ("x\u{202e}y", "x\\u{202e}y"),
            ("a\rb\tc\u{7f}", "a\\rb\\tc\\x7f"),
            ("a\u{a0}b\u{2003}c", "a\\xa0b\\u{2003}c"),
            ("a\u{e0041}\u{fe0f}", "a\\u{e0041}\\u{fe0f}"),
            ("one\ntwo", "one\ntwo"),
        ] {
            assert_eq!(reveal(hidden).text, shown, "{hidden:?}");
        }
        let revealed = reveal("a\x1bb");
        assert_eq!(&revealed.text[revealed.marks[0].clone()], "\\x1b");
    }

    // U2
    #[test]
    fn look_alike_letters_are_noticed() {
        assert!(is_mixed_script("p\u{430}ypal"));
        assert!(!is_mixed_script("paypal") && !is_mixed_script("привет") && !is_mixed_script("naïve"));
    }

    proptest! {
        #[test]
        fn nothing_invisible_is_left(text in any::<String>()) {
            prop_assert!(reveal(&text).text.chars().all(|c| c == '\n' || !is_invisible(c)));
        }
    }
}
