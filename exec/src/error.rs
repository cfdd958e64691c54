//! Why a run could not start. Each text is the whole message for standard error; several of them are
//! matched by scripts, so their wording is part of the contract.

use std::io;
use std::path::PathBuf;

/// Why a run could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecError {
    /// A review of nothing.
    #[error("Error: Specify --uncommitted, --base, --commit, or provide custom review instructions")]
    NothingToReview,
    /// The working folder of `-C` cannot be entered.
    #[error("Error: {source}: {}", path.display())]
    WorkingFolder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The configuration is wrong; the message says where.
    #[error("{0}")]
    Config(String),
    /// The local server of `--oss` cannot be used; the message says how to start it.
    #[error("Error: {0}")]
    Oss(String),
    /// The server of `--remote` cannot be used.
    #[error("Error: {0}")]
    Remote(String),
    /// Not in a repository, and nobody said that this is fine.
    #[error("Not inside a trusted directory and --skip-git-repo-check was not specified.")]
    NotTrusted,
    /// No prompt, and nothing piped in.
    #[error("No prompt provided. Either specify one as an argument or pipe the prompt into stdin.")]
    NoPrompt,
    /// What was piped in is blank.
    #[error("No prompt provided via stdin.")]
    EmptyPrompt,
    /// What was piped in cannot be read.
    #[error("Failed to read prompt from stdin: {reason}")]
    PromptUnreadable {
        /// Why.
        reason: String,
    },
    /// The schema file cannot be read.
    #[error("Failed to read output schema file {}: {source}", path.display())]
    SchemaUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The schema file is no JSON.
    #[error("Output schema file {} is not valid JSON: {source}", path.display())]
    SchemaInvalid {
        /// The file.
        path: PathBuf,
        /// Where it breaks.
        #[source]
        source: serde_json::Error,
    },
    /// The recording to replay cannot be read.
    #[error("Failed to read recording {}: {source}", path.display())]
    RecordingUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The prompt of an MCP server that was named cannot be used.
    #[error("Error: {0}")]
    Prompt(String),
    /// The thread could not be started.
    #[error("Error: thread/start: {0}")]
    Start(String),
    /// The thread could not be taken up again.
    #[error("Error: thread/resume: {0}")]
    Resume(String),
    /// There is no copy of the thread to go on in.
    #[error("Error: thread/fork: {0}")]
    Fork(String),
    /// The operating system refused something the run cannot do without.
    #[error("Error: {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// An error with everything it was caused by, in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text.push_str(&format!(": {deeper}"));
        cause = deeper.source();
    }
    text
}
