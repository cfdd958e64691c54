//! A key that does not show itself.

use std::fmt;

/// An API key: not blank, without white space at its ends. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// Characters of a key that a person may see: this many at the start,
const SHOWN_FIRST: usize = 8;
/// and this many at the end.
const SHOWN_LAST: usize = 5;

impl ApiKey {
    /// Takes a key as it was typed or stored; `None` when nothing is left after trimming.
    pub fn new(raw: &str) -> Option<Self> {
        let key = raw.trim();
        (!key.is_empty()).then(|| Self(key.to_owned()))
    }

    /// The key itself, for the one header it goes into.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The first eight and last five characters; only stars where that would be most of the key.
    pub fn masked(&self) -> String {
        let chars: Vec<char> = self.0.chars().collect();
        if chars.len() <= SHOWN_FIRST + SHOWN_LAST {
            return "***".to_owned();
        }
        let (first, last) = (&chars[..SHOWN_FIRST], &chars[chars.len() - SHOWN_LAST..]);
        format!("{}***{}", first.iter().collect::<String>(), last.iter().collect::<String>())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_masked_form_shows_eight_and_five_characters() {
        let cases = [
            ("sk-test-0123456789abcdef", "sk-test-***bcdef"),
            ("sk-test-abcdef", "sk-test-***bcdef"),
            ("sk-test-bcdef", "***"),
            ("x", "***"),
            ("ääääääääxxxööööö", "ääääääää***ööööö"),
        ];
        for (key, masked) in cases {
            assert_eq!(ApiKey::new(key).unwrap().masked(), masked, "{key}");
        }
    }

    #[test]
    fn debug_never_shows_a_key() {
        let key = ApiKey::new("sk-test-0123456789abcdef");
        assert_eq!(format!("{key:?} {key:#?}"), "Some(ApiKey(***)) Some(\n    ApiKey(***),\n)");
    }

    #[test]
    fn blank_is_no_key() {
        assert_eq!(ApiKey::new(" \n"), None);
        assert_eq!(ApiKey::new(" k\n").unwrap().reveal(), "k");
    }
}
