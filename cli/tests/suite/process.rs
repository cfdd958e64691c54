//! How the tests start the binary: a clean environment, a home and a workspace of their own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use codex_test_support::{TestHome, TestWorkspace};
use serde_json::Value;

/// Where the binary is.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_codex"))
}

/// A command without any variable of the person who runs the tests.
pub(crate) fn bare(program: impl AsRef<Path>, folder: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "a test starts the program as a shell would")]
    let mut command = Command::new(program.as_ref());
    command.env_clear().current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("PATH", env!("PATH")).env("HOME", folder).env("LANG", "C.UTF-8");
    command
}

/// `codex ARGS`.
pub(crate) fn codex(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Command {
    let mut command = bare(binary(), workspace.path());
    command.envs(home.env()).args(args);
    command
}

/// `codex ARGS`, minding every signal: what runs under `nohup` or in the background of a script inherits that some are ignored.
pub(crate) fn attentive(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Command {
    let mut command = bare("env", workspace.path());
    command.arg("--default-signal").arg(binary()).envs(home.env()).args(args);
    command
}

/// `codex exec --json ARGS`, with writing allowed.
pub(crate) fn exec_json(home: &TestHome, workspace: &TestWorkspace, args: &[&str]) -> Run {
    let all: Vec<&str> = ["exec", "--json", "-s", "workspace-write"].iter().chain(args).copied().collect();
    Run::of(&mut codex(home, workspace, &all))
}

/// A run that has ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    /// Standard error without the line in which a machine without namespaces says so.
    pub(crate) fn told(&self) -> String {
        self.stderr.split_inclusive('\n').filter(|line| !line.starts_with("sandbox: commands are confined by ")).collect()
    }

    /// The lines of standard output as JSON, ids of threads replaced.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| without_ids(serde_json::from_str(line).unwrap())).collect()
    }

    /// The `type` of each event.
    pub(crate) fn kinds(&self) -> Vec<String> {
        self.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// `error` of the `turn.failed` event.
    pub(crate) fn failure(&self) -> Value {
        let events = self.events();
        let failed = events.iter().find(|event| event["type"] == "turn.failed");
        failed.unwrap_or_else(|| panic!("no turn failed: {}{}", self.stdout, self.stderr))["error"].clone()
    }

    /// Panics unless the exit code is this one.
    #[track_caller]
    pub(crate) fn assert_code(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

fn without_ids(mut event: Value) -> Value {
    if let Some(id) = event.get_mut("thread_id") {
        *id = Value::from("[id]");
    }
    event
}

/// Waits for something that another process does; there is no event to wait for across processes.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within twenty seconds");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for a program to end, and for its output.
#[track_caller]
pub(crate) fn ended(mut child: Child) -> Run {
    eventually("the program ends", || child.try_wait().unwrap());
    Run::from(child.wait_with_output().unwrap())
}

/// Whether a process is there and not merely waiting to be reaped.
pub(crate) fn is_running(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}

/// Process ids of those that have this word among their own.
pub(crate) fn running_with(word: &str) -> Vec<String> {
    let pids = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let has_word = |pid: &String| {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).any(|each| each == word.as_bytes()) && is_running(pid)
    };
    pids.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit())).filter(has_word).collect()
}

/// Whether this machine refuses namespaces; says then what is left out for it, and why.
pub(crate) fn without_namespaces(what: &str) -> bool {
    match &codex_sandbox::machine(&binary()).namespaces {
        Ok(()) => false,
        Err(cause) => {
            #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
            {
                eprintln!("skipped: {cause}: {what}");
            }
            true
        }
    }
}
