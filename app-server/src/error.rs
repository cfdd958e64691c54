//! What ends a server, and what a request may be answered with instead of a result.

use codex_app_server_protocol::ErrorBody;
use codex_app_server_protocol::message::{INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND};
use serde_json::Value;

/// The server could not start, or not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The system refused something.
    #[error("cannot {what}: {source}")]
    System {
        /// What was refused.
        what: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nobody listens at a socket, or not for this user.
    #[error("cannot connect to the socket `{}`: {source}", path.display())]
    Connect {
        /// The socket.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The flags do not fit together, or a file they name cannot be used.
    #[error("{0}")]
    Flags(String),
}

/// Why a request has no result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure(pub(crate) ErrorBody);

impl Failure {
    fn with_code(code: i64, message: impl Into<String>) -> Self {
        Self(ErrorBody { code, message: message.into(), data: None })
    }

    /// The request cannot be served as it is.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::with_code(INVALID_REQUEST, message)
    }

    /// Options contradict each other or are out of range.
    pub(crate) fn params(message: impl Into<String>) -> Self {
        Self::with_code(INVALID_PARAMS, message)
    }

    /// The system said no.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::with_code(INTERNAL_ERROR, message)
    }

    /// The method is known and not built.
    pub(crate) fn not_built(method: &str) -> Self {
        Self::with_code(METHOD_NOT_FOUND, format!("{method} is not supported by this server"))
    }

    /// Adds what programs read.
    pub(crate) fn with_data(mut self, data: Value) -> Self {
        self.0.data = Some(data);
        self
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error.to_string())
    }
}
