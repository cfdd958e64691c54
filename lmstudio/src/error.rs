//! What can be wrong with a local server.

/// Why a server cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LmStudioError {
    /// Nobody answers.
    #[error("LM Studio is not responding. Install from https://lmstudio.ai/download and run 'lms server start'. Tried {url}")]
    NotRunning {
        /// Where it was looked for.
        url: String,
    },
    /// It answers with something else than its interface says.
    #[error("the server at {url} does not answer as LM Studio does: {what}")]
    Unexpected {
        /// What was asked for.
        url: String,
        /// What was wrong.
        what: String,
    },
    /// There is no `lms` to download with.
    #[error(
        "model `{model}` is not there, and `lms` to download it was not found. LM Studio not found. Please install LM Studio from https://lmstudio.ai/"
    )]
    NoTool {
        /// The model.
        model: String,
    },
    /// The download failed.
    #[error("cannot download model `{model}`: {why}")]
    Download {
        /// The model.
        model: String,
        /// What `lms` said.
        why: String,
    },
}
