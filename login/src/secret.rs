//! A text that does not show itself: tokens, codes, verifiers.

use std::fmt;

/// A secret text. `Debug` shows none of it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret; `None` when there is nothing in it.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The secret itself, for the one place it goes to.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether both are the same, found out in a time that depends on the length alone.
    pub(crate) fn is(&self, other: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), other.as_bytes());
        own.len() == other.len() && own.iter().zip(other).fold(0, |unlike, (a, b)| unlike | (a ^ b)) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_and_equality_is_exact() {
        let secret = Secret::new(" s3cret\n").unwrap();
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(***) Secret(***)");
        assert!(secret.is("s3cret"));
        for other in ["", "s3cre", "s3cret ", "S3cret", "s3creT"] {
            assert!(!secret.is(other), "{other:?}");
        }
        assert_eq!(Secret::new(" \n"), None);
    }
}
