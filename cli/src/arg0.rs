//! The helper roles: what this program is when it is started under another name.
//!
//! Looked at before anything else, so that a role costs no more than it needs.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

/// A helper role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The stand-alone patch tool.
    ApplyPatch,
    /// Confines itself and becomes a command.
    LinuxSandbox,
}

/// The role of a program name, with or without folders before it.
pub(crate) fn role_of(name: &OsStr) -> Option<Role> {
    match Path::new(name).file_name()?.to_str()? {
        "apply_patch" | "applypatch" => Some(Role::ApplyPatch),
        codex_linux_sandbox::ROLE => Some(Role::LinuxSandbox),
        _ => None,
    }
}

impl Role {
    /// Plays the role and returns its exit code; `args` come without the name.
    pub(crate) fn play(self, args: impl Iterator<Item = OsString>) -> u8 {
        match self {
            Self::ApplyPatch => {
                // A role looks at nothing but its folder; `.` is where it is when the path is gone.
                #[expect(clippy::disallowed_methods, reason = "the helper is a program of its own, with its own working folder")]
                let cwd = std::env::current_dir().unwrap_or_else(|_| ".".into());
                let (mut stdin, mut stdout, mut stderr) = (io::stdin().lock(), io::stdout().lock(), io::stderr().lock());
                codex_apply_patch::run_executable(args, &mut stdin, &mut stdout, &mut stderr, &cwd)
            }
            Self::LinuxSandbox => codex_linux_sandbox::run_main(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_roles() {
        for (name, role) in [
            ("apply_patch", Some(Role::ApplyPatch)),
            ("/tmp/x/applypatch", Some(Role::ApplyPatch)),
            ("codex-linux-sandbox", Some(Role::LinuxSandbox)),
            ("/usr/bin/codex", None),
            ("apply_patch.sh", None),
            ("", None),
        ] {
            assert_eq!(role_of(OsStr::new(name)), role, "{name}");
        }
    }
}
