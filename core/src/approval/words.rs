//! The model's words in a question to a person: short, and nothing in them that cannot be seen.
//!
//! A front-end labels them as the model's and shows them on lines of their own; that they cannot drive its terminal or
//! hide what they say is seen to here, for every front-end (U2, U4).

use std::fmt::Write as _;

/// Most characters of the model's words that a person is shown.
const MOST: usize = 500;
/// What stands at the end of words that were cut.
const CUT: char = '…';

/// Makes words fit to be shown.
pub(crate) fn model_words(words: &str) -> String {
    let mut shown = String::new();
    let mut count = 0;
    for c in words.chars() {
        let before = shown.len();
        if is_visible(c) {
            shown.push(c);
        } else {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        }
        count += shown[before..].chars().count();
        if count > MOST {
            shown.truncate(before);
            let keep = shown.chars().count().min(MOST - 1);
            shown = shown.chars().take(keep).collect();
            shown.push(CUT);
            return shown;
        }
    }
    shown
}

/// Whether a character shows as what it is.
fn is_visible(c: char) -> bool {
    match c {
        '\n' => true,
        c if c.is_control() => false,
        // Blanks that are no plain blank, soft hyphen, zero width, directions, joiners, variation selectors, tags.
        '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{1680}' | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' => false,
        '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{3164}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => false,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}' => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// A49
    #[test]
    fn words_that_imitate_a_dialog_are_cut_and_spelled_out() {
        let long = "y".repeat(50 * 1024);
        assert_eq!(model_words(&long).chars().count(), MOST);
        assert!(model_words(&"\u{1b}".repeat(1000)).chars().count() <= MOST);
        let hostile = "ok\u{1b}[2J\r\u{202e}deny\u{200b}\u{e0041}\u{9b}K\u{a0}x";
        assert_eq!(model_words(hostile), "ok\\u{1b}[2J\\u{d}\\u{202e}deny\\u{200b}\\u{e0041}\\u{9b}K\\u{a0}x");
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        let words = "häß 日本\nneeds the network: `cargo fetch`";
        assert_eq!(model_words(words), words);
    }
}
