//! What can be wrong with a configuration.
//!
//! The `Display` of [`ConfigError`] is the whole text a person gets, first words included (`Error: ...`,
//! `Error loading config.toml: ...`): programs match on these lines, so a caller prints them as they are and
//! adds nothing. Every one of them ends the program with status 1.

use std::io;
use std::path::PathBuf;

/// Why no configuration could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A `-c` without `=`.
    #[error("Error parsing -c overrides: Invalid override (missing '='): {0}")]
    OverrideWithoutEquals(String),
    /// A `-c` without a key.
    #[error("Error parsing -c overrides: Empty key in override: {0}")]
    OverrideWithoutKey(String),
    /// A `-c` whose key has more parts than any key can have.
    #[error("Error parsing -c overrides: a key of {parts} parts is none (64 at most): {start}...")]
    OverrideTooDeep {
        /// How it begins.
        start: String,
        /// How many parts it has.
        parts: usize,
    },
    /// A file that is not TOML, or a literal in it that cannot be: place, message and excerpt.
    #[error("Error loading config.toml:\n{0}")]
    Located(String),
    /// A value of the wrong kind, found in the merged layers: what and which key, and where it is in a file.
    #[error("Error loading config.toml: {0}")]
    Value(String),
    /// A project file that is not TOML.
    #[error("Error loading config.toml: Error parsing project config file {}: {detail}", path.display())]
    ProjectFile {
        /// The file.
        path: PathBuf,
        /// Place, excerpt and message.
        detail: String,
    },
    /// A requirements file that cannot be understood.
    #[error("Error loading config.toml: Error parsing requirements file {}: {detail}", path.display())]
    RequirementsFile {
        /// The file.
        path: PathBuf,
        /// Place, excerpt and message.
        detail: String,
    },
    /// A requirements file whose demands contradict themselves.
    #[error("Error loading config.toml: {0}")]
    Requirement(String),
    /// A configuration file that cannot be read.
    #[error("Error loading config.toml: cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Keys that nobody knows, where that is an error.
    #[error("Error: {0}")]
    UnknownKeys(String),
    /// `$CODEX_HOME` belongs to somebody else.
    #[error(
        "Error finding codex home: {} belongs to another user (uid {owner}); set CODEX_HOME to a folder of yours",
        path.display()
    )]
    ForeignHome {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// `model_provider` or `--local-provider` names nothing.
    #[error("Error: Model provider `{id}` not found{}", hint(.meant.as_deref()))]
    UnknownProvider {
        /// What was named.
        id: String,
        /// What may be meant.
        meant: Option<String>,
    },
    /// `-p` or `profile` names nothing.
    #[error("Error: config profile `{0}` not found")]
    UnknownProfile(String),
    /// `--enable` or `--disable` names nothing.
    #[error("Error: Unknown feature flag: {name}{}", hint(.meant.as_deref()))]
    UnknownFeature {
        /// What was named.
        name: String,
        /// What may be meant.
        meant: Option<String>,
    },
    /// `--oss` without a hint which server is meant.
    #[error(
        "Error: No default OSS provider configured. Use --local-provider=provider or set oss_provider to one of: lmstudio, ollama in config.toml"
    )]
    NoOssProvider,
    /// `CODEX_OSS_PORT` is no port.
    #[error("Error: CODEX_OSS_PORT is no port: `{0}`")]
    OssPort(String),
    /// A text file that a key names cannot be read.
    #[error("Error: failed to read {what} {}: {source}", path.display())]
    TextFile {
        /// What the file is, such as `model instructions file`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A text file that a key names holds only white space.
    #[error("Error: {what} is empty: {}", path.display())]
    EmptyTextFile {
        /// What the file is.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
}

fn hint(meant: Option<&str>) -> String {
    meant.map(|meant| format!("\nhint: did you mean `{meant}`?")).unwrap_or_default()
}
