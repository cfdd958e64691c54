//! What can go wrong between a client and its server.

use codex_app_server_protocol::ErrorBody;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server could not be started or reached.
    #[error("cannot connect to the app server: {0}")]
    Connect(String),
    /// The connection ended before the answer came.
    #[error("the connection to the app server has ended")]
    Closed,
    /// The server refused.
    #[error("{method}: {} ({})", error.message, error.code)]
    Refused {
        /// What was asked.
        method: String,
        /// What it said.
        error: Box<ErrorBody>,
    },
    /// The answer is not what the method promises, or the params cannot be spelt.
    #[error("{method}: {source}")]
    Shape {
        /// What was asked.
        method: String,
        /// What does not fit.
        #[source]
        source: serde_json::Error,
    },
}
