//! What may be wrong with a skill. One that is faulty is left out and named; the others stay.

use std::path::PathBuf;

/// Why a file or a folder was left out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// The first line is not `---`, or no such line follows.
    #[error("missing YAML frontmatter delimited by ---")]
    NoFrontMatter,
    /// It does not say what it is for.
    #[error("missing field `description`")]
    NoDescription,
    /// A text is too long.
    #[error("invalid {field}: exceeds maximum length of {most} characters")]
    TooLong {
        /// Which, as it is spelt in the file.
        field: &'static str,
        /// Characters it may have.
        most: usize,
    },
    /// What stands between the two lines is no YAML of the shape that is wanted.
    #[error("invalid YAML: {0}")]
    Yaml(String),
    /// The file cannot be read; the reason as the system gives it.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The whole file is wanted, and it is longer than this many bytes.
    #[error("is longer than {0} bytes")]
    TooBig(u64),
    /// A link of a project that is not trusted leads to files of somebody else.
    #[error("is ignored: the link leads out of the project, which is not trusted")]
    LeadsOut,
    /// There are more folders or skills than are looked at.
    #[error("holds more than {most} {what}: those behind them are left out")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are looked at.
        most: usize,
    },
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub kind: FaultKind,
}
