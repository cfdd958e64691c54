//! What can go wrong with credentials. No variant carries a secret, and of what a server says only what fits a short list
//! of letters: answers quote what they were sent.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why credentials could not be had or kept.
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
    /// What is stored is not JSON.
    #[error("cannot understand {place}: {source}")]
    Broken {
        /// Where it is stored.
        place: Place,
        /// Why; the text alone is what `login status` shows.
        #[source]
        source: serde_json::Error,
    },
    /// What is stored is JSON of another shape.
    #[error("cannot understand {place}: {fault}")]
    Shape {
        /// Where it is stored.
        place: Place,
        /// What is wrong, without any value.
        fault: &'static str,
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
    /// The keyring could not be asked.
    #[error("failed to {act} keyring: {reason}")]
    Keyring {
        /// `load CLI auth from`, `write CLI auth to` or `delete CLI auth from`.
        act: &'static str,
        /// Why.
        reason: String,
    },
    /// Another process keeps renewing the credentials.
    #[error("`{}` is locked by another process for too long", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The credentials are not of the kind that the configuration demands.
    #[error(transparent)]
    Restricted(Restriction),
    /// Nobody is configured to sign in at.
    #[error("signing in with an account needs {missing} in config.toml")]
    NotConfigured {
        /// The keys.
        missing: &'static str,
    },
    /// An address cannot be used.
    #[error("{what} is no address that credentials may be sent to: {fault}")]
    Address {
        /// Which.
        what: &'static str,
        /// Why.
        fault: &'static str,
    },
    /// The issuer does not offer what is needed.
    #[error("the sign-in server at {issuer} does not offer {what}")]
    NotOffered {
        /// The issuer.
        issuer: String,
        /// What.
        what: &'static str,
    },
    /// The port for the answer is taken.
    #[error("Port 127.0.0.1:{port} is already in use")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// No port could be opened.
    #[error("cannot listen on the loopback interface: {0}")]
    Listen(#[source] io::Error),
    /// The server could not be asked.
    #[error("cannot reach the sign-in server ({what}): {reason}")]
    Unreachable {
        /// What it was asked for.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The server refused.
    #[error("the sign-in server refused ({what}): {refusal}")]
    Refused {
        /// What it was asked for.
        what: &'static str,
        /// What it said.
        refusal: Refusal,
    },
    /// The server's answer makes no sense.
    #[error("cannot understand {0}")]
    Garbled(&'static str),
    /// The answer belongs to another question.
    #[error("the sign-in server's answer does not belong to this sign-in: {0}")]
    Mismatch(&'static str),
    /// The person said no.
    #[error("sign-in was declined: {0}")]
    Declined(Refusal),
    /// Nobody finished it.
    #[error("sign-in was not completed in time")]
    TimedOut,
    /// It was given up.
    #[error("Login was not completed")]
    Cancelled,
    /// The sign-in is over and cannot be renewed.
    #[error("your sign-in has ended ({0}); sign in again with `codex login`")]
    Ended(&'static str),
    /// Without randomness there is no safe sign-in.
    #[error("no randomness to be had: {0}")]
    NoRandomness(#[source] io::Error),
    /// The HTTP client could not be set up.
    #[error("cannot set up the HTTP client: {0}")]
    Client(String),
    /// Work on another thread did not end well.
    #[error("work on the credentials was cut off")]
    CutOff,
}

/// Where credentials are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file.
    File(PathBuf),
    /// In the keyring.
    Keyring,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Keyring => f.write_str("the credentials in the keyring"),
        }
    }
}

/// Why credentials that are there do not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Restriction {
    /// `forced_login_method = "chatgpt"`.
    #[error("ChatGPT login is required, but an API key is currently being used.")]
    AccountRequired,
    /// `forced_login_method = "api"`.
    #[error("API key login is required, but ChatGPT is currently being used.")]
    KeyRequired,
    /// `forced_chatgpt_workspace_id`.
    #[error("Login is restricted to workspace {wanted}, but current credentials belong to {}.", found.as_deref().unwrap_or("no workspace"))]
    Workspace {
        /// The one that is configured.
        wanted: String,
        /// The one of the account.
        found: Option<String>,
    },
}

/// What a server said when it refused: an error code of the standard, or a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Such as `invalid_grant`.
    Code(String),
    /// Such as 500.
    Status(u16),
}

impl Refusal {
    /// The longest code.
    const LONGEST: usize = 64;

    /// Takes an error code when it looks like one.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        let fits = !code.is_empty() && code.len() <= Self::LONGEST && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        fits.then(|| Self::Code(code.to_owned()))
    }

    /// Whether it is this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        matches!(self, Self::Code(own) if own == code)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => f.write_str(code),
            Self::Status(status) => write!(f, "status {status}"),
        }
    }
}

impl LoginError {
    /// Whether asking again later may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Locked { .. } => true,
            Self::Refused { refusal: Refusal::Status(status), .. } => *status >= 500 || *status == 429 || *status == 408,
            _ => false,
        }
    }
}
