//! Why the command did not run, as an exit code and one line.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::call::{ROLE, one_line};
use crate::host::Unenforceable;
use crate::machine::Cause;

/// Exit code when the command was not run because it could not be confined. The line on standard error begins with [`REFUSED_PREFIX`].
pub const REFUSED_EXIT: u8 = 125;

/// Exit code when the command's file cannot be run.
pub const NOT_EXECUTABLE_EXIT: u8 = 126;

/// Exit code when there is no such command.
pub const MISSING_EXIT: u8 = 127;

/// How every line of the helper begins.
pub const REFUSED_PREFIX: &str = "codex-linux-sandbox: ";

/// The helper's end without a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("bad call: {0}")]
    Call(String),
    #[error("cannot enter `{}`: {source}", one_line(cwd.as_os_str()))]
    Cwd { cwd: PathBuf, source: io::Error },
    #[error("{0}")]
    Unenforceable(#[from] Unenforceable),
    #[error("not run, because namespaces cannot be had and `sandbox_fallback` is `refuse`: {0}")]
    NoNamespaces(Cause),
    #[error("not run, because there is nothing to confine it with: {namespaces}; {landlock}")]
    Nothing { namespaces: Cause, landlock: Cause },
    #[error("not run, because the sandbox cannot be put in force: {step}: {reason}")]
    Step { step: &'static str, reason: String },
    #[error("cannot run `{}`: {source}", one_line(program))]
    Exec { program: OsString, source: io::Error },
}

/// A path for a message.
pub(crate) fn one_line_of(path: &std::path::Path) -> String {
    one_line(path.as_os_str())
}

impl Failure {
    /// For `map_err`: a step of the confinement that failed.
    pub(crate) fn step<E: std::fmt::Display>(step: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Step { step, reason: error.to_string() }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Call(_)
            | Self::Cwd { .. }
            | Self::Unenforceable(_)
            | Self::NoNamespaces(_)
            | Self::Nothing { .. }
            | Self::Step { .. } => REFUSED_EXIT,
            Self::Exec { source, .. } => match source.raw_os_error() {
                Some(libc::ENOENT | libc::ENOTDIR) => MISSING_EXIT,
                _ => NOT_EXECUTABLE_EXIT,
            },
        }
    }

    /// Says it on standard error.
    pub(crate) fn tell(&self) {
        // With standard error closed there is nobody to tell.
        let _ = io::stderr().write_all(self.line().as_bytes());
    }

    fn line(&self) -> String {
        debug_assert!(REFUSED_PREFIX.starts_with(ROLE));
        format!("{REFUSED_PREFIX}{self}\n")
    }
}
