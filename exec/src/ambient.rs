//! What the program was started in. Gathered once by the binary; nothing below asks the system again.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use codex_core::Runtime;

/// Whether a stream is a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamKind {
    /// A person is there.
    Terminal,
    /// A file, a pipe, a socket, nothing.
    Other,
}

/// What the program was started in.
#[derive(Clone, Debug)]
pub struct Ambient {
    /// Environment, paths and names for the threads.
    pub runtime: Arc<Runtime>,
    /// `$CODEX_HOME`, absolute; exists.
    pub codex_home: PathBuf,
    /// Where system-wide files are.
    pub system_dir: PathBuf,
    /// The working folder of the process.
    pub cwd: PathBuf,
    /// Where the log goes, for the binary; filled in once the settings are read.
    pub log_folder: Arc<OnceLock<PathBuf>>,
    /// Standard input.
    pub stdin: StreamKind,
    /// Standard output.
    pub stdout: StreamKind,
    /// Standard error.
    pub stderr: StreamKind,
}

impl Ambient {
    /// Whether a person sees both outputs, so that the final message need not be shown twice.
    pub(crate) fn one_screen(&self) -> bool {
        self.stdout == StreamKind::Terminal && self.stderr == StreamKind::Terminal
    }

    /// Whether the log may be coloured when the flag leaves it open.
    pub(crate) fn wants_colour(&self) -> bool {
        let set = |name: &str| self.runtime.env.get(OsStr::new(name)).is_some_and(|value| !value.is_empty());
        let dumb = self.runtime.env.get(OsStr::new("TERM")).is_some_and(|term| term == "dumb");
        self.stderr == StreamKind::Terminal && !set("NO_COLOR") && !dumb
    }
}
