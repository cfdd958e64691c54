//! A workspace beside something outside of it, and confined commands in it.
#![allow(dead_code, unreachable_pub, missing_docs)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use codex_linux_sandbox::{Backend, Confinement, command_line};

pub fn example(name: &str) -> PathBuf {
    let path = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "`cargo test` without `--test` builds the example this needs: {}", path.display());
    path
}

#[expect(clippy::disallowed_methods, reason = "plain processes are what these tests are about")]
pub fn plain(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// Neither folder is below `/tmp`, which a policy may open.
pub struct Place {
    _folder: tempfile::TempDir,
    pub base: PathBuf,
    pub workspace: PathBuf,
    pub outside: PathBuf,
    pub home: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let base = folder.path().canonicalize().unwrap();
        let [workspace, outside, home] = ["workspace", "outside", "home"].map(|name| base.join(name));
        for folder in [&workspace, &outside] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("file"), "kept").unwrap();
        }
        fs::create_dir_all(home.join("sessions")).unwrap();
        for secret in ["auth.json", ".env", "sessions/one", "config.toml"] {
            fs::write(home.join(secret), "secret").unwrap();
        }
        Self { _folder: folder, base, workspace, outside, home }
    }

    /// The workspace is writable, nothing else; the network is off.
    pub fn limits(&self) -> Confinement {
        Confinement {
            cwd: self.workspace.clone(),
            write: vec![self.workspace.clone()],
            workspace: Some(self.workspace.clone()),
            codex_home: Some(self.home.clone()),
            announce: true,
            ..Confinement::default()
        }
    }

    /// Both means, for what has to hold under each.
    pub fn both(&self) -> [Confinement; 2] {
        [self.limits(), Confinement { backend: Backend::Landlock, ..self.limits() }]
    }

    pub fn sh(&self, limits: &Confinement, script: &str) -> Seen {
        Seen::of(&self.without(&[], limits, &["sh", "-c", script]).output().unwrap())
    }

    /// A command on a machine that lacks parts.
    pub fn without(&self, parts: &[&str], limits: &Confinement, argv: &[&str]) -> Command {
        let argv: Vec<_> = argv.iter().map(OsString::from).collect();
        let call = command_line(&example("sandbox_helper"), limits, &argv);
        let mut command = plain(call.program);
        command.arg0(call.arg0).args(parts.iter().flat_map(|part| ["--without", part])).args(call.args).current_dir("/");
        command
    }

    pub fn names(&self) -> Vec<String> {
        names(&self.workspace)
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What a command left to see.
#[derive(Debug)]
pub struct Seen {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Seen {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// Whether this machine has no namespaces to test with; says so.
#[allow(dead_code, clippy::print_stderr, reason = "not in every program of tests; one that is skipped says so")]
pub(crate) fn without_namespaces() -> bool {
    let made = plain("unshare").args(["--user", "--map-root-user", "--mount", "--pid", "--fork", "true"]).output();
    let missing = !made.is_ok_and(|made| made.status.success());
    if missing {
        eprintln!("skipped: no user namespaces on this machine");
    }
    missing
}
