//! MCP servers for tests, good ones and bad ones: a script without dependencies that runs under `python3`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const SCRIPT: &str = include_str!("mcp_server.py");

/// The script in a folder of its own, and what its servers log.
pub struct McpScript {
    dir: TempDir,
}

/// A server on a loopback port; it ends with this.
pub struct McpHttp {
    child: Child,
    port: u16,
}

impl Default for McpScript {
    fn default() -> Self {
        Self::new()
    }
}

impl McpScript {
    /// Writes the script.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("codex-mcp-").tempdir().expect("a temporary folder can be made");
        fs::write(dir.path().join("server.py"), SCRIPT).expect("the script can be written");
        Self { dir }
    }

    /// Where servers keep their log and look for their gate.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    fn script(&self) -> PathBuf {
        self.dir.path().join("server.py")
    }

    /// The table of a server that speaks over its standard streams; `more` are further lines of it.
    ///
    /// Modes: `good`; `modern` speaks the newest protocol alone; `silent`, `gate`, `late`, `refuse`, `exit`, `flood`, `junk`, `stderr`, `many`,
    /// `most`, `hostile` are faults, at the start or of the list.
    pub fn table(&self, name: &str, mode: &str, more: &str) -> String {
        let (script, folder) = (self.script().display().to_string(), self.folder().display().to_string());
        format!("[mcp_servers.{name}]\ncommand = \"python3\"\nargs = [{script:?}, \"stdio\", {mode:?}, {folder:?}]\n{more}\n")
    }

    /// Starts a server that speaks HTTP. Modes: `json`, `events`, `sse`, `oauth`, `slow-oauth`, `slow-refresh`.
    pub fn http(&self, mode: &str) -> McpHttp {
        #[expect(clippy::disallowed_methods, reason = "a test starts a program as a shell would")]
        let mut command = Command::new("python3");
        command.arg(self.script()).args(["http", mode]).arg(self.folder()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("the server tells its port");
        let port = line.trim().parse().expect("a port");
        McpHttp { child, port }
    }

    /// What servers were sent, in order.
    pub fn log(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl McpHttp {
    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }
}

impl Drop for McpHttp {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
