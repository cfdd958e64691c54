//! A throw-away `CODEX_HOME` that points to a scripted server.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::server::ModelServer;

/// A temporary home with a `config.toml`: model `gpt-5.1-codex`, provider `mock`, key in `MOCK_KEY`.
pub struct TestHome {
    dir: TempDir,
}

impl TestHome {
    /// A home for a server.
    pub fn new(server: &ModelServer) -> Self {
        Self::with_config(server, "", "")
    }

    /// A home with further top-level lines (tables last) and further lines of the provider's table.
    pub fn with_config(server: &ModelServer, top: &str, provider: &str) -> Self {
        Self::for_base_url(&server.base_url(), top, provider)
    }

    /// A home for a server that is not a [`ModelServer`]. `top` may set `model` anew.
    pub fn for_base_url(base_url: &str, top: &str, provider: &str) -> Self {
        let model = if top.lines().any(|line| line.starts_with("model =")) { "" } else { "model = \"gpt-5.1-codex\"\n" };
        let home = Self::with_raw_config(&format!(
            "{model}model_provider = \"mock\"\n{top}\n[model_providers.mock]\nname = \"mock\"\nbase_url = \"{base_url}\"\n\
             wire_api = \"responses\"\nenv_key = \"MOCK_KEY\"\n{provider}\n"
        ));
        fs::create_dir_all(home.path()).expect("the temporary home can be made");
        home
    }

    /// A home whose `config.toml` is exactly this text.
    pub fn with_raw_config(config: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("codex-home-").tempdir().expect("a temporary folder can be made");
        fs::write(dir.path().join("config.toml"), config).expect("config.toml can be written");
        Self { dir }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The variables a program needs to use it.
    pub fn env(&self) -> Vec<(String, String)> {
        let pairs = [("CODEX_HOME", self.path().display().to_string()), ("MOCK_KEY", "mock-key".to_owned())];
        let no_proxy = [("NO_PROXY", "127.0.0.1".to_owned()), ("no_proxy", "127.0.0.1".to_owned())];
        pairs.into_iter().chain(no_proxy).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The session files below it, oldest first.
    pub fn session_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.path().join("sessions")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "jsonl") {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    /// The lines of the newest session file as JSON.
    ///
    /// # Panics
    /// When there is none, or a line is no JSON.
    pub fn last_session(&self) -> Vec<Value> {
        let files = self.session_files();
        let newest = files.last().expect("a session file was written");
        let text = fs::read_to_string(newest).expect("a session file can be read");
        text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }
}
