//! What a person is told when a command could not do its work.

use std::fmt;

/// Why nothing was done, and what may help.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hints: Vec<String>,
}

impl Failure {
    /// A failure with the whole line for people, first words included.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new() }
    }

    /// Adds a line that may help.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The line without hints.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        1
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", codex_exec::sanitize(&self.message))?;
        self.hints.iter().try_for_each(|hint| writeln!(f, "hint: {}", codex_exec::sanitize(hint)))
    }
}

impl From<codex_exec::ExecError> for Failure {
    fn from(error: codex_exec::ExecError) -> Self {
        Self::new(error.to_string())
    }
}
