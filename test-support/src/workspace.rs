//! A throw-away folder to work in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A temporary folder, optionally a git repository.
pub struct TestWorkspace {
    dir: TempDir,
    path: PathBuf,
}

impl Default for TestWorkspace {
    fn default() -> Self {
        Self::new()
    }
}

impl TestWorkspace {
    /// An empty folder outside any repository.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("codex-work-").tempdir().expect("a temporary folder can be made");
        let path = dir.path().canonicalize().expect("a folder that was just made can be resolved");
        Self { dir, path }
    }

    /// An empty git repository.
    pub fn git() -> Self {
        let workspace = Self::new();
        workspace.run_git(&["init", "-q", "-b", "main"]);
        workspace
    }

    /// Where it is, links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file, and the folders above it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("folders can be made");
        }
        fs::write(&path, content).expect("a file can be written");
        path
    }

    /// Reads a file as text; `None` when it is not there.
    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path().join(name)).ok()
    }

    /// Adds everything and commits it.
    pub fn commit(&self, message: &str) {
        self.run_git(&["add", "-A"]);
        self.run_git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Runs git here, without the configuration of the person who runs the tests, and gives its output.
    ///
    /// # Panics
    /// When git is missing or fails.
    pub fn run_git(&self, arguments: &[&str]) -> String {
        #[expect(clippy::disallowed_methods, reason = "a fixture needs no process group or limits")]
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(self.dir.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        let output = git.output().expect("git can be started");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
