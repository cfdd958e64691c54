//! Reads small pieces of YAML that somebody else wrote.
//!
//! The parser's work grows with the square of open brackets and with what aliases repeat, so a piece with more of either than any
//! honest one has is refused unread.

use serde::de::DeserializeOwned;

/// Bytes of a piece.
pub(crate) const LONGEST: u64 = 16 * 1024;
/// Brackets, or signs that begin aliases, in a piece.
const MOST_SIGNS: usize = 512;

/// Reads one document.
///
/// # Errors
/// What is wrong with it, for people.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let count = |signs: [char; 2]| text.matches(signs).count();
    if count(['[', '{']) > MOST_SIGNS || count(['*', '&']) > MOST_SIGNS {
        return Err(format!("more than {MOST_SIGNS} brackets or aliases"));
    }
    serde_yaml_ng::from_str(text).map_err(|error| error.to_string())
}
