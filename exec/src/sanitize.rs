//! Makes text of models and tools safe to show on a terminal.
//!
//! Escape sequences and control characters are taken out, characters that reorder or hide text are
//! spelt as `<U+202E>`, a carriage return that would overwrite its line starts a new one. Everything
//! else stays byte for byte, tabs and newlines included. Pure; knows nothing of streams.

use std::borrow::Cow;

const ESC: char = '\u{1b}';
const BEL: char = '\u{07}';
const STRING_TERMINATOR: char = '\u{9c}';

/// Returns `text` without anything a terminal would act on.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    match text.char_indices().find(|(_, c)| is_special(*c)) {
        None => Cow::Borrowed(text),
        Some((at, _)) => {
            let mut clean = String::with_capacity(text.len());
            clean.push_str(&text[..at]);
            clean_into(&mut clean, &text[at..]);
            Cow::Owned(clean)
        }
    }
}

fn is_special(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || is_deceptive(c)
}

/// Characters that change the order of what stands around them, or that nobody can see.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{200b}'
        | '\u{2060}'..='\u{2064}'
        | '\u{206a}'..='\u{206f}'
        | '\u{2028}' | '\u{2029}'
        | '\u{180e}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

fn clean_into(clean: &mut String, text: &str) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\n' | '\t' => {
                clean.push(c);
                after
            }
            '\r' => carriage_return(clean, after),
            ESC => escape(after),
            '\u{9b}' => control_sequence(after),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => control_string(after),
            c if c.is_control() => after,
            c if is_deceptive(c) => {
                clean.push_str(&format!("<U+{:04X}>", u32::from(c)));
                after
            }
            c => {
                clean.push(c);
                after
            }
        };
    }
}

/// Before a line feed a carriage return does no harm; elsewhere it would let later text cover earlier text.
fn carriage_return<'a>(clean: &mut String, after: &'a str) -> &'a str {
    let rest = after.trim_start_matches('\r');
    if rest.starts_with('\n') {
        clean.push('\r');
    } else if !rest.is_empty() {
        clean.push('\n');
    }
    rest
}

/// Skips what belongs to an ESC; returns what comes after it.
fn escape(after: &str) -> &str {
    let Some(kind) = after.chars().next() else { return after };
    let body = &after[kind.len_utf8()..];
    match kind {
        '[' => control_sequence(body),
        ']' | 'P' | 'X' | '^' | '_' => control_string(body),
        ' '..='/' => {
            let rest = body.trim_start_matches(|c: char| (' '..='/').contains(&c));
            rest.strip_prefix(|c: char| ('0'..='~').contains(&c)).unwrap_or(rest)
        }
        '0'..='~' => body,
        _ => after,
    }
}

/// Skips parameters, intermediates and the final byte of a CSI sequence. A broken one ends where it breaks.
fn control_sequence(body: &str) -> &str {
    let rest = body.trim_start_matches(|c: char| ('0'..='?').contains(&c));
    let rest = rest.trim_start_matches(|c: char| (' '..='/').contains(&c));
    rest.strip_prefix(|c: char| ('@'..='~').contains(&c)).unwrap_or(rest)
}

/// Skips an OSC, DCS, SOS, PM or APC string with its end mark. One without an end mark loses its
/// introducer only, so that it cannot make the rest of a text vanish.
fn control_string(body: &str) -> &str {
    let mut previous = '\0';
    for (at, c) in body.char_indices() {
        match c {
            BEL | STRING_TERMINATOR => return &body[at + c.len_utf8()..],
            '\\' if previous == ESC => return &body[at + 1..],
            _ => previous = c,
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn plain_text_is_not_even_copied() {
        for text in ["", "a\tb\nc", "häß 日本語 👩‍👩‍👧 \u{200f}עברית", "{\"a\": [1]}\n\n"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }

    #[test]
    fn sequences_are_taken_out_whole() {
        let cases = [
            ("a\u{1b}[31mred\u{1b}[0m b", "ared b"),
            ("\u{1b}[2J\u{1b}[1;1Hx", "x"),
            ("\u{1b}[?1049hx\u{1b}[38:2::1:2:3my", "xy"),
            ("\u{9b}31mx\u{9b}0 qy", "xy"),
            ("a\u{1b}]0;title\u{07}b", "ab"),
            ("a\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\b", "alinkb"),
            ("a\u{1b}]52;c;aGk=\u{9c}b", "ab"),
            ("a\u{9d}0;t\u{07}b", "ab"),
            ("a\u{1b}P$q\"p\u{1b}\\b", "ab"),
            ("a\u{1b}_G payload\u{1b}\\b", "ab"),
            ("a\u{1b}(0b\u{1b})Bc", "abc"),
            ("a\u{1b}cb\u{1b}7c", "abc"),
            ("a\u{1b}", "a"),
            ("a\u{1b}[", "a"),
            ("a\u{1b}[12", "a"),
            ("a\u{1b}[1\nb", "a\nb"),
            ("a\u{1b}\u{1b}[31mb", "ab"),
            ("a\u{1b}ü", "aü"),
            ("bell\u{07} back\u{08} del\u{7f} nul\u{0} ff\u{0c}", "bell back del nul ff"),
            ("nel\u{85}x", "nelx"),
        ];
        for (text, clean) in cases {
            assert_eq!(sanitize(text), clean, "{text:?}");
        }
    }

    #[test]
    fn an_open_string_cannot_swallow_the_rest() {
        assert_eq!(sanitize("a\u{1b}]0;rest\nof it"), "a0;rest\nof it");
        assert_eq!(sanitize("a\u{90}rest"), "arest");
    }

    #[test]
    fn carriage_returns_cannot_cover_a_line() {
        assert_eq!(sanitize("rm -rf /\recho hi"), "rm -rf /\necho hi");
        assert_eq!(sanitize("dos\r\nlines\r\r\nend\r"), "dos\r\nlines\r\nend");
    }

    #[test]
    fn deceptive_characters_are_spelt_out() {
        assert_eq!(sanitize("a\u{202e}b\u{2066}c\u{2069}"), "a<U+202E>b<U+2066>c<U+2069>");
        assert_eq!(sanitize("pass\u{200b}word \u{feff}\u{e0041}"), "pass<U+200B>word <U+FEFF><U+E0041>");
    }

    #[test]
    fn nothing_a_terminal_acts_on_survives() {
        let alphabet = ['\u{1b}', '[', ']', 'P', '\\', '\u{07}', '\u{9b}', '\u{9d}', '\u{9c}', '\r', '\n', '3', 'm', ' ', 'é', '\u{202e}'];
        let mut state = 7_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push(alphabet[(state >> 33) as usize % alphabet.len()]);
            }
            let clean = sanitize(&text);
            assert!(!clean.chars().any(|c| is_special(c) && c != '\r'), "{text:?} -> {clean:?}");
            assert!(clean.split('\r').skip(1).all(|after| after.starts_with('\n')), "{text:?} -> {clean:?}");
            assert_eq!(sanitize(&clean), clean, "cleaning twice changes {text:?}");
        }
    }
}
