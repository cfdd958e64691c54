//! `--listen`: where clients come from.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Where clients come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// One client on standard input and output.
    Stdio,
    /// WebSocket clients at an address.
    WebSocket(SocketAddr),
    /// Clients at a Unix socket; `None` is the one in `$CODEX_HOME`.
    Unix(Option<PathBuf>),
}

/// The text names no transport.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// Another scheme.
    #[error("unsupported --listen URL `{0}`; expected `stdio://` or `ws://IP:PORT` or `unix://PATH`")]
    Scheme(String),
    /// A host name, or no port.
    #[error("invalid websocket --listen URL `{0}`; expected `ws://IP:PORT`")]
    Address(String),
}

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "stdio://" {
            return Ok(Self::Stdio);
        }
        if let Some(address) = text.strip_prefix("ws://") {
            let address = address.strip_suffix('/').unwrap_or(address);
            return address.parse().map(Self::WebSocket).map_err(|_| ListenError::Address(text.to_owned()));
        }
        match text.strip_prefix("unix://") {
            Some("") => Ok(Self::Unix(None)),
            Some(path) => Ok(Self::Unix(Some(PathBuf::from(path)))),
            None => Err(ListenError::Scheme(text.to_owned())),
        }
    }
}
