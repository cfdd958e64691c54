//! Why a process could not be started.

use std::io;
use std::path::PathBuf;

/// A process that was not started. Nothing is left behind: no process, no open descriptor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// The program is missing, not executable, or not a program.
    #[error("cannot run `{program}`: {source}")]
    Program {
        /// As it was asked for.
        program: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The working folder cannot be entered.
    #[error("cannot enter `{}`: {source}", cwd.display())]
    Cwd {
        /// As it was asked for.
        cwd: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A zero byte where the system takes none.
    #[error("{what} contains a zero byte")]
    ZeroByte {
        /// Which part of the request.
        what: &'static str,
    },
    /// The system refused something around the process: descriptors, a terminal, memory, one process more.
    #[error("cannot start a process: {what}: {source}")]
    Setup {
        /// What was being done.
        what: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// Called outside of a tokio runtime, which reads the child's output.
    #[error("cannot start a process outside of a tokio runtime")]
    NoRuntime,
}

impl SpawnError {
    /// The system's answer, where there is one.
    pub fn io(&self) -> Option<&io::Error> {
        match self {
            Self::Program { source, .. } | Self::Cwd { source, .. } | Self::Setup { source, .. } => Some(source),
            Self::ZeroByte { .. } | Self::NoRuntime => None,
        }
    }
}

/// `Setup` with its place named, for `map_err`.
pub(crate) fn setup<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> SpawnError {
    move |error| SpawnError::Setup { what, source: error.into() }
}
