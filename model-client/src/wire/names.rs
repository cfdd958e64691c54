//! Names and ids in letters that every server takes.
//!
//! History keeps what was said; only the request spells it differently, always the same way, so that a call and its
//! result still fit together and one request stays the beginning of the next.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// The longest tool name.
const LONGEST_NAME: usize = 64;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The name under which a tool is offered.
pub(super) fn tool_name(name: &str) -> Cow<'_, str> {
    if !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(marked(name, LONGEST_NAME))
}

/// The id of a call for the Messages wire.
pub(super) fn plain_id(id: &str) -> Cow<'_, str> {
    if !id.is_empty() && id.bytes().all(is_plain) {
        return Cow::Borrowed(id);
    }
    Cow::Owned(marked(id, LONGEST_NAME))
}

/// The id of a call for servers that take nine letters and digits.
pub(super) fn short_id(id: &str) -> Cow<'_, str> {
    if id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Cow::Borrowed(id);
    }
    let hash = Sha256::digest(id.as_bytes());
    Cow::Owned(hash.iter().take(9).map(|byte| char::from(DIGITS[usize::from(*byte) % DIGITS.len()])).collect())
}

/// Other letters become `_`, and a hash keeps apart what would now be the same.
fn marked(text: &str, longest: usize) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_ascii() && is_plain(letter as u8) { letter } else { '_' }).collect();
    let hash = Sha256::digest(text.as_bytes());
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}_{hash}", &plain[..plain.len().min(longest - 9)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stay_and_others_are_told_apart_by_a_hash() {
        assert_eq!(tool_name("mcp__a__b-1"), "mcp__a__b-1");
        let long = "x".repeat(70);
        assert_eq!((tool_name(&long).len(), tool_name("é").len()), (64, 10));
        assert_ne!(tool_name(&format!("{long}1")), tool_name(&format!("{long}2")));
        assert_eq!(plain_id("toolu_1"), "toolu_1");
        assert!(plain_id("functions.f:0").starts_with("functions_f_0_"));
    }

    #[test]
    fn short_ids_are_nine_letters_or_digits() {
        assert_eq!(short_id("abcDEF123"), "abcDEF123");
        let short = short_id("call_0fypS1hVX");
        assert!(short.len() == 9 && short.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{short}");
        assert_eq!(short, short_id("call_0fypS1hVX"));
    }
}
