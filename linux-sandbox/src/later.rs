//! Variables of the command that must not reach the helper, because they would choose code for it.
//!
//! A user's policy may set `LD_LIBRARY_PATH` to a folder in the workspace, which commands can write to. The helper starts
//! before it is confined, so the loader must not look there for it. Such variables travel under another name and get their
//! own back with the command.
#![allow(unsafe_code)]

use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::failure::Failure;

/// What stands before the name of a variable that waits.
const PREFIX: &str = "CODEX_SANDBOX_LATER_";

/// Whether the C library acts on a variable before `main`.
fn acts_early(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b"LD_") || name == "GLIBC_TUNABLES"
}

/// The environment to start the helper with, so that the command starts with this one.
pub fn environment_for_helper(env: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let rename = |(name, value): (OsString, OsString)| {
        if !acts_early(&name) {
            return (name, value);
        }
        let mut later = OsString::from(PREFIX);
        later.push(name);
        (later, value)
    };
    env.into_iter().map(rename).collect()
}

/// Makes this the environment of the process. To be called with a single thread.
pub(crate) fn replace_environment(env: &[(OsString, OsString)]) -> Result<(), Failure> {
    let text = |text: &OsString| CString::new(text.as_bytes()).map_err(Failure::step("the environment"));
    let pairs = env.iter().map(|(name, value)| Ok((text(name)?, text(value)?))).collect::<Result<Vec<_>, Failure>>()?;
    // SAFETY: one thread, so nobody reads the environment meanwhile; names and values are C strings that outlive the calls.
    unsafe {
        libc::clearenv();
        for (name, value) in &pairs {
            libc::setenv(name.as_ptr(), value.as_ptr(), 1);
        }
    }
    Ok(())
}

/// The environment of this process with every variable under its own name, as `exec` takes it.
pub(crate) fn environment() -> Vec<CString> {
    #[expect(clippy::disallowed_methods, reason = "the command's own environment, on its way to the command")]
    let variables: Vec<_> = std::env::vars_os().collect();
    let waiting = |name: &OsStr| name.as_bytes().strip_prefix(PREFIX.as_bytes()).map(OsStr::from_bytes).map(OsStr::to_owned);
    let own: Vec<OsString> = variables.iter().filter_map(|(name, _)| waiting(name)).collect();
    let named = variables.into_iter().filter_map(|(name, value)| match waiting(&name) {
        Some(later) => acts_early(&later).then_some((later, value)),
        // What waits wins over what has the name already.
        None => (!own.contains(&name)).then_some((name, value)),
    });
    named.filter_map(|(name, value)| CString::new([name.as_bytes(), b"=", value.as_bytes()].concat()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_chooses_code_waits() {
        let pairs =
            |items: &[(&str, &str)]| items.iter().map(|(name, value)| (name.into(), value.into())).collect::<Vec<(OsString, OsString)>>();
        let env = pairs(&[("PATH", "/bin"), ("LD_PRELOAD", "x"), ("OLD_X", "y"), ("GLIBC_TUNABLES", "z")]);
        let expected = pairs(&[
            ("PATH", "/bin"),
            ("CODEX_SANDBOX_LATER_LD_PRELOAD", "x"),
            ("OLD_X", "y"),
            ("CODEX_SANDBOX_LATER_GLIBC_TUNABLES", "z"),
        ]);
        assert_eq!(environment_for_helper(env), expected);
    }
}
