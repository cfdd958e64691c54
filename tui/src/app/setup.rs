//! What the screen is started with, and what it ends with.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use codex_app_server_client::ThreadSettings;
use codex_config::LoadOptions;
use codex_core::Runtime;

/// What the process was started in.
#[derive(Clone)]
pub struct Surroundings {
    /// Environment, paths and names for the threads.
    pub runtime: Arc<Runtime>,
    /// Where the log goes; filled in once the settings are read.
    pub log_folder: Arc<OnceLock<PathBuf>>,
    /// Whether standard input is a terminal.
    pub stdin_is_terminal: bool,
    /// Whether standard output is one.
    pub stdout_is_terminal: bool,
    /// Opens an address in the user's browser; `false` when nothing could be started.
    pub open_browser: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("runtime", &self.runtime).finish_non_exhaustive()
    }
}

/// A conversation that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// In this session file, on this machine.
    File(PathBuf),
    /// At the server, by its id, the beginning of it, or its name.
    Named(String),
    /// At the server, the one that was written last.
    Newest {
        /// In whatever folder.
        all: bool,
    },
}

/// A server elsewhere at which the threads run.
#[derive(Clone)]
pub struct Place {
    /// `ws://HOST:PORT`, `wss://HOST:PORT` or `unix://PATH`.
    pub address: String,
    /// What it wants to hear of whoever connects.
    pub token: Option<String>,
    /// What was said of the configuration of its threads.
    pub settings: ThreadSettings,
}

impl Place {
    /// Whether it runs on this machine, as far as its address says.
    pub fn is_here(&self) -> bool {
        let host = self.address.strip_prefix("ws://").or_else(|| self.address.strip_prefix("wss://"));
        let here = |host: &str| ["127.", "localhost", "[::1]"].iter().any(|name| host.starts_with(name));
        host.is_none_or(here)
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token is a secret.
        f.debug_struct("Place").field("address", &self.address).field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Which conversation is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversation {
    /// A new one.
    New,
    /// An earlier one, continued.
    Resume(Stored),
    /// A copy of an earlier one.
    Fork(Stored),
    /// One that is chosen from a list.
    Choose {
        /// It is copied, not continued.
        fork: bool,
        /// Those of other folders too.
        all: bool,
        /// Those of programs without a screen too.
        include_non_interactive: bool,
    },
}

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Launch {
    /// How the configuration is read, with what the flags say.
    pub options: LoadOptions,
    /// Which conversation.
    pub conversation: Conversation,
    /// The server that threads run at; `None` for this process.
    pub place: Option<Place>,
    /// What is said first.
    pub prompt: Option<String>,
    /// Image files that go with it, absolute.
    pub images: Vec<PathBuf>,
    /// Never use the alternate screen.
    pub no_alt_screen: bool,
    /// Flat lines for a screen reader.
    pub screen_reader: bool,
}

/// How the screen ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The exit code of the program.
    pub code: u8,
}

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TuiError {
    /// Standard input is no terminal.
    #[error("Error: stdin is not a terminal")]
    Stdin,
    /// Standard output is no terminal.
    #[error("Error: stdout is not a terminal")]
    Stdout,
    /// The terminal cannot move its cursor, and the user did not want to go on.
    #[error("ERROR: Refusing to start the interactive TUI because TERM is set to \"dumb\". Run in a supported terminal or unset TERM.")]
    Dumb,
    /// The configuration is wrong; the message says where.
    #[error("{0}")]
    Config(String),
    /// The thread cannot be started; the message says why.
    #[error("Error: {0}")]
    Thread(String),
    /// The terminal cannot be used.
    #[error("Error: {what}: {source}")]
    Terminal {
        /// What was tried.
        what: &'static str,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl TuiError {
    /// A failure of the terminal.
    pub(crate) fn terminal(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Terminal { what, source }
    }
}
