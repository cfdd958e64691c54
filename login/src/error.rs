//! What can go wrong with stored credentials. No variant carries a key.

use std::io;
use std::path::PathBuf;

/// Why credentials could not be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The file is there but cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not JSON.
    #[error("cannot understand `{}`: {source}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why; the text alone is what `login status` shows.
        #[source]
        source: serde_json::Error,
    },
    /// The file is JSON of another shape.
    #[error("cannot understand `{}`: {fault}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong, without any value.
        fault: &'static str,
    },
    /// The file holds a sign-in this build cannot use.
    #[error(
        "`{}` holds a ChatGPT sign-in, which is not supported yet; set CODEX_API_KEY or store an API key with `codex login --with-api-key`",
        path.display()
    )]
    UnsupportedSignIn {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file cannot be deleted.
    #[error("cannot delete `{}`: {source}", path.display())]
    Delete {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}
