//! Starts one child and then waits for ever: for a test that kills this process and looks at what is left.
//!
//! Usage: `process_parent CWD COMMAND`; prints `ready` and a line end once the child prints something.

use codex_process::{SpawnSpec, StdinMode, Stdio, spawn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1);
    let (Some(cwd), Some(command)) = (args.next(), args.next()) else { return Err("usage: parent CWD COMMAND".into()) };
    let mut child = spawn(&SpawnSpec {
        program: "/bin/sh".into(),
        arg0: None,
        args: vec!["-c".into(), command],
        cwd: cwd.into(),
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        stdio: Stdio::Pipes { stdin: StdinMode::Closed },
    })?;
    let mut output = child.output().ok_or("no output")?;
    output.recv().await.ok_or("the child printed nothing")?;
    std::io::Write::write_all(&mut std::io::stdout(), b"ready\n")?;
    std::future::pending::<()>().await;
    Ok(())
}
