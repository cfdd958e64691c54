//! Versions of the server, compared by their numbers.

use std::fmt;

/// The oldest version that speaks Responses.
pub const OLDEST: Version = Version { major: 0, minor: 13, patch: 4 };

/// A version; what follows the numbers is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number.
    pub patch: u32,
}

impl Version {
    /// Reads `0.13.4` or `v0.13.4-rc1`; `None` when there is no number at the start.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let mut numbers = text.split(['.', '-', '+']).map(|part| part.parse::<u32>().ok());
        let major = numbers.next().flatten()?;
        let mut next = || numbers.next().flatten().unwrap_or(0);
        Some(Self { major, minor: next(), patch: next() })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let version = |text: &str| Version::parse(text).unwrap();
        assert!(version("0.9.10") < OLDEST && version("0.13.4") == OLDEST && version("v0.14.0-rc1") > OLDEST && version("1") > OLDEST);
        assert_eq!(Version::parse("main"), None);
    }
}
