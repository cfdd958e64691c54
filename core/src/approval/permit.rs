//! Leave to start one command, once.
//!
//! Only this folder makes permits, and starting a command takes one away. The command that starts is the one the permit
//! names, with the folder and the sandbox it names: there is no second copy that could differ from what was asked about.

use std::path::PathBuf;

use codex_protocol::event::SandboxEffect;

/// Leave to start one command, once.
#[derive(Debug)]
pub(crate) struct Permit {
    argv: Vec<String>,
    cwd: PathBuf,
    effect: SandboxEffect,
}

impl Permit {
    pub(super) fn new(argv: Vec<String>, cwd: PathBuf, effect: SandboxEffect) -> Self {
        Self { argv, cwd, effect }
    }

    /// Program and arguments.
    pub(crate) fn argv(&self) -> &[String] {
        &self.argv
    }

    /// Where it runs.
    pub(crate) fn cwd(&self) -> &std::path::Path {
        &self.cwd
    }

    /// Whether the turn's sandbox is around it.
    pub(crate) fn effect(&self) -> SandboxEffect {
        self.effect
    }
}
