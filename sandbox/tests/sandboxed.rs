//! Sandboxed commands as the core runs them: wrapped here, started by `codex-process`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_process::{CaptureMode, Child, SpawnSpec, StdinMode, Stdio, spawn};
use codex_protocol::{Boundary, SandboxPolicy};
use codex_sandbox::{SandboxRequest, check_host, looks_denied, refusal, wrap};
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(20);
const CLOSED: Stdio = Stdio::Pipes { stdin: StdinMode::Closed };

fn example(name: &str) -> PathBuf {
    let path = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "`cargo test` without `--test` builds the example this needs: {}", path.display());
    path
}

fn home() -> tempfile::TempDir {
    // Not below `/tmp`, which `workspace-write` opens.
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn start(policy: SandboxPolicy, workspace: &Path, cwd: &Path, script: &str, stdio: Stdio) -> Child {
    let request = SandboxRequest {
        policy,
        boundary: Boundary::default(),
        codex_home: "/nonexistent".into(),
        proxy: None,
        landlock_only: false,
        announce: false,
        workspace: workspace.into(),
        cwd: cwd.into(),
        tmpdir: None,
        helper: example("sandbox_role"),
        argv: ["sh", "-c", script].map(Into::into).to_vec(),
    };
    let command = wrap(&request).unwrap();
    let env = vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())];
    spawn(&SpawnSpec { program: command.program, arg0: command.arg0, args: command.args, cwd: cwd.into(), env, stdio }).unwrap()
}

async fn end(child: &Child) -> (i32, String) {
    let status = timeout(LONG, child.wait()).await.expect("the command ends");
    (status.shell_code(), String::from_utf8_lossy(&child.capture().snapshot(CaptureMode::Head).bytes).into_owned())
}

async fn run(policy: SandboxPolicy, workspace: &Path, cwd: &Path, script: &str) -> (i32, String) {
    end(&start(policy, workspace, cwd, script, CLOSED)).await
}

async fn until_printed(child: &mut Child, wanted: &str) {
    let mut output = child.output().unwrap();
    let mut seen = String::new();
    while !seen.contains(wanted) {
        let chunk = timeout(LONG, output.recv()).await.expect("output comes").unwrap_or_else(|| panic!("ended after {seen:?}"));
        seen.push_str(&String::from_utf8_lossy(&chunk.bytes));
    }
}

#[tokio::test]
async fn a_denied_command_is_recognised_and_a_failed_one_is_not() {
    check_host().unwrap();
    let home = home();
    let (code, output) = run(SandboxPolicy::read_only(), home.path(), home.path(), "echo x > file").await;
    assert!(looks_denied(code, output.as_bytes()), "{code} {output}");
    assert_eq!(refusal(code, output.as_bytes()), None);
    let (code, output) = run(SandboxPolicy::read_only(), home.path(), home.path(), "echo failed; exit 3").await;
    assert_eq!((code, output.as_str()), (3, "failed\n"));
    assert!(!looks_denied(code, output.as_bytes()));
}

#[tokio::test]
async fn a_folder_the_command_asks_for_is_not_made_writable() {
    let home = home();
    let [workspace, elsewhere] = ["workspace", "elsewhere"].map(|name| home.path().join(name));
    fs::create_dir(&workspace).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    // Without namespaces only what exists is writable at the top of a root.
    fs::write(workspace.join("there"), "").unwrap();
    let script = format!("pwd; echo x > here; echo x > {}/there", workspace.display());
    let (_, output) = run(SandboxPolicy::workspace_write(), &workspace, &elsewhere, &script).await;
    assert!(output.starts_with(elsewhere.to_str().unwrap()), "{output}");
    assert!(!elsewhere.join("here").exists());
    assert_eq!(fs::read_to_string(workspace.join("there")).unwrap(), "x\n");
}

#[tokio::test]
async fn full_access_runs_bare() {
    let home = home();
    let (code, output) =
        run(SandboxPolicy::DangerFullAccess, home.path(), home.path(), "echo x > file && grep NoNewPrivs /proc/self/status").await;
    assert_eq!((code, output.as_str()), (0, "NoNewPrivs:\t0\n"));
}

#[tokio::test]
async fn a_helper_that_is_missing_is_an_error_and_not_a_bare_command() {
    let home = home();
    let request = SandboxRequest {
        policy: SandboxPolicy::read_only(),
        boundary: Boundary::default(),
        codex_home: "/nonexistent".into(),
        proxy: None,
        landlock_only: false,
        announce: false,
        workspace: home.path().into(),
        cwd: home.path().into(),
        tmpdir: None,
        helper: home.path().join("gone"),
        argv: vec!["true".into()],
    };
    let command = wrap(&request).unwrap();
    let spec = SpawnSpec {
        program: command.program,
        arg0: command.arg0,
        args: command.args,
        cwd: home.path().into(),
        env: Vec::new(),
        stdio: CLOSED,
    };
    assert!(spawn(&spec).unwrap_err().to_string().contains("gone"));
}

#[tokio::test]
async fn a_terminal_works_inside() {
    let home = home();
    let script = "stty size; test -t 1 && echo tty; echo named > /dev/tty; echo again > /dev/stdout; read x; echo got $x";
    let child = start(SandboxPolicy::workspace_write(), home.path(), home.path(), script, Stdio::Pty { cols: 80, rows: 24 });
    child.write(b"line\n").await.unwrap();
    let (code, output) = end(&child).await;
    assert_eq!(code, 0, "{output}");
    for words in ["24 80\r\n", "tty\r\n", "named\r\n", "again\r\n", "got line\r\n"] {
        assert!(output.contains(words), "{words:?} in {output:?}");
    }
}

#[tokio::test]
async fn control_c_and_the_kill_ladder_reach_inside() {
    let home = home();
    let mut child =
        start(SandboxPolicy::workspace_write(), home.path(), home.path(), "echo ready; exec cat", Stdio::Pty { cols: 80, rows: 24 });
    until_printed(&mut child, "ready").await;
    child.write(b"\x03").await.unwrap();
    assert_eq!(end(&child).await.0, 130);
    let script = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = start(SandboxPolicy::workspace_write(), home.path(), home.path(), script, CLOSED);
    until_printed(&mut child, "ready").await;
    child.kill(LONG).await;
    assert_eq!(end(&child).await.0, 5);
}

#[tokio::test]
async fn killing_the_session_kills_the_sandboxed_command_and_its_children() {
    let home = home();
    rustix::fs::mknodat(rustix::fs::CWD, home.path().join("line"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    // Whoever holds the pipe open for writing is alive; its end of file says they all died.
    let line = home.path().join("line");
    let watch = tokio::task::spawn_blocking(move || File::open(line).unwrap().read_to_end(&mut Vec::new()).unwrap());
    let script = "exec 3>line; (trap '' TERM HUP; sleep 1000 & sleep 1000) & echo ready; wait";
    let mut session = spawn(&SpawnSpec {
        program: example("sandbox_session").into(),
        arg0: None,
        args: vec![example("sandbox_role").into(), home.path().into(), script.into()],
        cwd: "/".into(),
        env: Vec::new(),
        stdio: CLOSED,
    })
    .unwrap();
    until_printed(&mut session, "ready").await;
    // The sandboxed command has a group of its own, so this reaches the session's process alone.
    session.kill(Duration::ZERO).await;
    timeout(LONG, watch).await.expect("everyone dies").unwrap();
}

#[tokio::test]
async fn the_direct_child_is_tied_to_us_by_the_kernel() {
    // The tie is asked for before the helper runs and has to outlive both `exec`s and the loss of capabilities.
    let home = home();
    let script = format!("exec '{}'", example("death_signal").display());
    let (code, output) = run(SandboxPolicy::workspace_write(), home.path(), home.path(), &script).await;
    assert_eq!((code, output.as_str()), (0, "Some(9)\n"));
}

/// A17
#[tokio::test]
async fn nothing_is_typed_into_the_terminal() {
    let home = home();
    let script = "python3 -c 'import fcntl, termios\nfor c in \"touch typed\\n\":\n  fcntl.ioctl(0, termios.TIOCSTI, c.encode())' 2>&1 | tail -1; \
        echo end";
    let child = start(SandboxPolicy::workspace_write(), home.path(), home.path(), script, Stdio::Pty { cols: 80, rows: 24 });
    let (code, output) = end(&child).await;
    assert!(code == 0 && output.contains("PermissionError") && output.ends_with("end\r\n"), "{output}");
    assert!(!output.contains("touch typed"), "{output}");
}

#[tokio::test]
async fn a_shell_controls_its_jobs() {
    let home = home();
    let script = "PS1='> ' ENV= exec sh -i";
    // Only with namespaces has the command a `/dev` of its own.
    let terminal = if codex_sandbox::machine(&example("sandbox_role")).namespaces.is_ok() { "/dev/console\r\n" } else { "/dev/pts/" };
    let mut child = start(SandboxPolicy::workspace_write(), home.path(), home.path(), script, Stdio::Pty { cols: 80, rows: 24 });
    let mut output = child.output().unwrap();
    let mut seen = String::new();
    for (typed, answer) in [
        ("", "> "),
        // It says that it goes on once it has the terminal back; before, an interrupt would be the shell's. It starts nothing: a
        // child that is stopped before its `exec` keeps the parent that waits for it (`vfork`) from being stopped.
        ("sh -c 'trap \"echo ba\"\"ck\" CONT; echo g\"\"o; while :; do read -r line; done'\n", "go\r\n"),
        ("\x1a", "Stopped"),
        ("fg\n", "back\r\n"),
        ("\x03", "> "),
        ("tty\n", terminal),
        ("exit 4\n", "exit 4"),
    ] {
        child.write(typed.as_bytes()).await.unwrap();
        seen.clear();
        while !seen.contains(answer) {
            let chunk = timeout(LONG, output.recv()).await.unwrap_or_else(|_| panic!("no {answer:?} after {typed:?}: {seen:?}"));
            seen.push_str(&String::from_utf8_lossy(&chunk.unwrap_or_else(|| panic!("ended after {typed:?}: {seen:?}")).bytes));
        }
    }
    let (code, output) = end(&child).await;
    assert_eq!(code, 4, "{output}");
    assert!(!output.contains("can't access tty"), "{output}");
}
