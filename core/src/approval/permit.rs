//! Leave to start one command, once.
//!
//! Only this folder makes permits (the user typing a command is one way to one), and starting a command takes one away. The command that starts is the one the permit
//! names, with the folder and the sandbox it names: there is no second copy that could differ from what was asked about.

use std::path::PathBuf;

use codex_protocol::event::{PermissionProfile, SandboxEffect};

use super::permissions::Granted;

/// Leave to start one command, once.
#[derive(Debug)]
pub(crate) struct Permit {
    argv: Vec<String>,
    cwd: PathBuf,
    effect: SandboxEffect,
    widened_by: Granted,
    unasked: bool,
}

impl Permit {
    pub(super) fn new(argv: Vec<String>, cwd: PathBuf, effect: SandboxEffect) -> Self {
        Self { argv, cwd, effect, widened_by: Granted::default(), unasked: false }
    }

    /// For a line that the user typed themselves, to be run by their own shell: their typing it is their leave, and nothing is around
    /// it. What the model writes never comes here.
    pub(crate) fn typed_by_user(argv: Vec<String>, cwd: PathBuf) -> Self {
        Self::new(argv, cwd, SandboxEffect::Outside)
    }

    /// With what this command alone may do beyond the turn's sandbox.
    pub(super) fn widened_by(self, granted: &PermissionProfile) -> Self {
        Self { widened_by: Granted::of(granted), ..self }
    }

    /// For a command that runs unasked only because of what it does.
    pub(super) fn for_harmless(self) -> Self {
        Self { unasked: true, ..self }
    }

    /// What it may do beyond the turn's sandbox.
    pub(crate) fn widening(&self) -> &Granted {
        &self.widened_by
    }

    /// Program and arguments.
    pub(crate) fn argv(&self) -> &[String] {
        &self.argv
    }

    /// Where it runs.
    pub(crate) fn cwd(&self) -> &std::path::Path {
        &self.cwd
    }

    /// Whether nobody was asked because the command is known to be harmless, which has to stay true of what it starts (C4).
    pub(crate) fn is_for_harmless(&self) -> bool {
        self.unasked
    }

    /// Whether the turn's sandbox is around it.
    pub(crate) fn effect(&self) -> SandboxEffect {
        self.effect
    }
}
