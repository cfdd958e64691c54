//! A little randomness, for jitter and made-up call ids. Not for secrets.

use std::hash::{BuildHasher, RandomState};

/// A fresh number; the standard library seeds each hasher anew.
pub(crate) fn random_u64() -> u64 {
    RandomState::new().hash_one(0_u8)
}

/// `call_` and 22 letters or digits, for a call that came without an id of its own.
pub(crate) fn fresh_call_id() -> String {
    fresh_id("call")
}

/// A prefix and 22 letters or digits, for an item of a server that gives items no ids.
pub(crate) fn fresh_item_id(prefix: &str) -> String {
    fresh_id(prefix)
}

fn fresh_id(prefix: &str) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut id = format!("{prefix}_");
    let length = id.len() + 22;
    while id.len() < length {
        let mut bits = random_u64();
        for _ in 0..8 {
            if id.len() < length {
                id.push(char::from(LETTERS[(bits % 62) as usize]));
            }
            bits /= 62;
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_ids_have_their_form_and_differ() {
        let (first, second) = (fresh_call_id(), fresh_call_id());
        assert_eq!(first.len(), 27);
        assert!(first.starts_with("call_") && first[5..].chars().all(|letter| letter.is_ascii_alphanumeric()), "{first}");
        assert_ne!(first, second);
    }
}
