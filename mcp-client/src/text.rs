//! Makes text of servers fit to be shown and handed on: bounded, without control characters (O1, M3).

/// Whether a character would do something to a terminal, or hide.
fn is_unfit(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => true,
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

/// The text without control and invisible characters, at most `most` characters of it.
pub fn clean(text: &str, most: usize) -> String {
    let mut fit = text.chars().filter(|c| !is_unfit(*c));
    let mut cleaned: String = fit.by_ref().take(most).collect();
    if fit.next().is_some() {
        cleaned.push('…');
    }
    cleaned
}

/// Takes out of a result what would do something to a terminal; everything visible stays.
pub(crate) fn without_controls(text: &mut String) {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
        text.retain(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A64
    #[test]
    fn control_characters_go_and_the_rest_is_bounded() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c\u{200b}\nd", 100), "a[2Jbc\nd");
        assert_eq!(clean(&"x".repeat(1000), 3), "xxx…");
        assert_eq!(clean("abc", 3), "abc");
    }

    #[test]
    fn a_result_keeps_its_lines() {
        let mut text = "a\r\n\u{1b}]0;x\u{7}b\u{9b}c".to_owned();
        without_controls(&mut text);
        assert_eq!(text, "a\r\n]0;xbc");
    }
}
