//! Starts one sandboxed shell command and then waits for ever: for a test that kills this process and looks at what is left.
//!
//! Usage: `sandbox_session HELPER FOLDER COMMAND`; prints `ready` and a line end once the command prints something.

use codex_process::{SpawnSpec, StdinMode, Stdio, spawn};
use codex_protocol::{Boundary, SandboxPolicy};
use codex_sandbox::{SandboxRequest, wrap};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [helper, folder, script] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "usage: sandbox_session HELPER FOLDER COMMAND")?;
    let request = SandboxRequest {
        policy: SandboxPolicy::workspace_write(),
        boundary: Boundary::default(),
        codex_home: "/nonexistent".into(),
        proxy: None,
        landlock_only: false,
        announce: false,
        workspace: folder.clone().into(),
        cwd: folder.clone().into(),
        tmpdir: None,
        helper: helper.into(),
        argv: vec!["sh".into(), "-c".into(), script.into()],
    };
    let command = wrap(&request)?;
    let mut child = spawn(&SpawnSpec {
        program: command.program,
        arg0: command.arg0,
        args: command.args,
        cwd: folder.into(),
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        stdio: Stdio::Pipes { stdin: StdinMode::Closed },
    })?;
    child.output().ok_or("no output")?.recv().await.ok_or("the command printed nothing")?;
    std::io::Write::write_all(&mut std::io::stdout(), b"ready\n")?;
    std::future::pending::<()>().await;
    Ok(())
}
