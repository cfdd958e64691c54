//! What the server was started in, gathered by the binary.

use std::path::PathBuf;
use std::sync::Arc;

use codex_config::LoadOptions;
use codex_core::Runtime;

/// What the server was started in.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Environment, paths and names for threads; the names are those of the client that starts one.
    pub runtime: Arc<Runtime>,
    /// What the command line says of the configuration; threads add what their client says.
    pub load: LoadOptions,
    /// The name of the terminal, for the user agent.
    pub terminal: Option<String>,
}

impl Surroundings {
    /// `$CODEX_HOME`.
    pub(crate) fn codex_home(&self) -> &PathBuf {
        &self.load.codex_home
    }
}
