//! Whether `$CODEX_HOME` is a folder that its user alone decides about (T5).
//!
//! Settings in it start programs and open the sandbox, so whoever can write there acts for the user.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::ConfigError;

/// The owner that is shown where the real one has no number in this user namespace.
const NOBODY_KNOWS: u32 = 65534;

/// A sentence about what should be mended, if anything should.
///
/// # Errors
/// When the folder belongs to another ordinary user.
pub(crate) fn check(codex_home: &Path) -> Result<Option<String>, ConfigError> {
    // A home that is not there holds nothing to be careful of.
    let Ok(metadata) = codex_home.metadata() else { return Ok(None) };
    let me = rustix::process::geteuid().as_raw();
    let shown = codex_home.display();
    match verdict(metadata.uid(), metadata.mode(), me) {
        Verdict::Own => Ok(None),
        Verdict::Foreign => Err(ConfigError::ForeignHome { path: codex_home.to_path_buf(), owner: metadata.uid() }),
        Verdict::OwnedByOther => Ok(Some(format!("`{shown}` belongs to another user (uid {})", metadata.uid()))),
        Verdict::Writable => Ok(Some(format!("`{shown}` can be written by others; `chmod go-w {shown}` mends that"))),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Own,
    /// Others may write to it.
    Writable,
    /// Somebody else's, who has more rights than we do anyway or cannot be told.
    OwnedByOther,
    /// Somebody else's, who would gain ours.
    Foreign,
}

fn verdict(owner: u32, mode: u32, me: u32) -> Verdict {
    match owner {
        _ if owner == me && mode & 0o022 != 0 => Verdict::Writable,
        _ if owner == me => Verdict::Own,
        0 | NOBODY_KNOWS => Verdict::OwnedByOther,
        // The administrator works in homes of others, such as one that is mounted into a container.
        _ if me == 0 => Verdict::OwnedByOther,
        _ => Verdict::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T5.
    #[test]
    fn a_home_that_others_decide_about_is_told_of_or_refused() {
        let cases = [
            (1000, 0o40_700, 1000, Verdict::Own),
            (1000, 0o40_755, 1000, Verdict::Own),
            (1000, 0o40_775, 1000, Verdict::Writable),
            (1000, 0o40_707, 1000, Verdict::Writable),
            (0, 0o40_755, 1000, Verdict::OwnedByOther),
            (65534, 0o40_755, 1000, Verdict::OwnedByOther),
            (1000, 0o40_755, 0, Verdict::OwnedByOther),
            (1001, 0o40_700, 1000, Verdict::Foreign),
        ];
        for (owner, mode, me, expected) in cases {
            assert_eq!(verdict(owner, mode, me), expected, "{owner} {mode:o} {me}");
        }
    }
}
