//! What can be wrong with a local server.

use crate::version::{OLDEST, Version};

/// Why a server cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OllamaError {
    /// Nobody answers.
    #[error(
        "No running Ollama server detected. Start it with: `ollama serve` (after installing). \
         Install instructions: https://ollama.com/download. Tried {url}"
    )]
    NotRunning {
        /// Where it was looked for.
        url: String,
    },
    /// It speaks no Responses yet.
    #[error("Ollama {found} is too old. Codex requires Ollama {OLDEST} or newer.")]
    TooOld {
        /// What runs.
        found: Version,
    },
    /// It answers with something else than its interface says.
    #[error("the server at {url} does not answer as Ollama does: {what}")]
    Unexpected {
        /// What was asked for.
        url: String,
        /// What was wrong.
        what: String,
    },
    /// The model could not be pulled.
    #[error("cannot pull model `{model}`: {why}")]
    Pull {
        /// The model.
        model: String,
        /// The server's words.
        why: String,
    },
}
