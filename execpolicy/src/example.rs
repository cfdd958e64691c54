//! Examples beside a rule, which are tried when the file is read.

use crate::rule::RuleFault;

/// A command that a rule has to match, or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    argv: Vec<String>,
}

impl Example {
    /// A line, split as a shell would.
    pub(crate) fn from_line(line: &str) -> Result<Self, RuleFault> {
        let argv = shlex::split(line).ok_or_else(|| RuleFault::Example("example string has invalid shell syntax".to_owned()))?;
        if argv.is_empty() {
            return Err(RuleFault::Example("example cannot be an empty string".to_owned()));
        }
        Ok(Self { argv })
    }

    /// Words.
    pub(crate) fn from_words(argv: Vec<String>) -> Result<Self, RuleFault> {
        if argv.is_empty() {
            return Err(RuleFault::Example("example cannot be an empty list".to_owned()));
        }
        Ok(Self { argv })
    }

    /// The words.
    pub(crate) fn argv(&self) -> &[String] {
        &self.argv
    }

    /// The command as a shell would take it.
    pub(crate) fn shown(&self) -> String {
        // A word with a NUL byte cannot be quoted for a shell.
        shlex::try_join(self.argv.iter().map(String::as_str)).unwrap_or_else(|_| format!("{:?}", self.argv))
    }
}
