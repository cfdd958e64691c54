//! The example: a git repository with a small program, its test, and a bug between them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use codex_core::find_program;
use codex_exec::Ambient;

use crate::failure::Failure;

const FILES: [(&str, &str); 2] = [("sum.sh", include_str!("workspace/sum.sh")), ("test.sh", include_str!("workspace/test.sh"))];

/// Instructions for every session; with them a request would not be the recorded one.
const OWN_INSTRUCTIONS: [&str; 2] = ["AGENTS.md", "AGENTS.override.md"];

/// The example on disk. It stays when the program ends.
pub(super) struct Workspace {
    folder: PathBuf,
    /// Where the session is kept.
    home: PathBuf,
    /// The environment of the demo's own programs: nothing that lies in the folder at hand is one of them (T1).
    env: BTreeMap<OsString, OsString>,
}

/// How the test went.
pub(super) struct TestRun {
    pub(super) code: i32,
    pub(super) output: String,
}

impl Workspace {
    /// Makes the example in a fresh folder for temporary files.
    pub(super) fn make(ambient: &Ambient) -> Result<Self, Failure> {
        // A `TMPDIR` that is not there says nothing about the demo.
        let parent = ambient.runtime.tmpdir.clone().filter(|folder| folder.is_dir()).unwrap_or_else(|| PathBuf::from("/tmp"));
        let told = |error: io::Error| Failure::new(format!("Error: cannot make a workspace below {}: {error}", parent.display()));
        let fresh = tempfile::Builder::new().prefix("codex-demo-").tempdir_in(&parent).map_err(told)?.keep();
        let fresh = fresh.canonicalize().map_err(told)?;
        let folder = fresh.join("workspace");
        fs::create_dir(&folder).map_err(told)?;
        for (name, content) in FILES {
            fs::write(folder.join(name), content).map_err(told)?;
        }
        let home = session_home(&ambient.codex_home, &fresh).map_err(told)?;
        let workspace = Self { folder, home, env: ambient.runtime.outside_env(&ambient.cwd) };
        workspace.git(&["init", "--quiet", "--template="])?;
        workspace.git(&["add", "--all"])?;
        workspace.git(&["commit", "--quiet", "--message", "A sum that is not quite right"])?;
        Ok(workspace)
    }

    /// Where the example is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the session is kept.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Runs the test.
    pub(super) fn test(&self) -> Result<TestRun, Failure> {
        let output = self.output("sh", &["test.sh"])?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        Ok(TestRun { code: output.status.code().unwrap_or(-1), output: text })
    }

    /// What the run changed, as git tells it.
    pub(super) fn diff(&self) -> Result<String, Failure> {
        self.git(&["diff", "--no-ext-diff", "--no-color"])
    }

    fn git(&self, arguments: &[&str]) -> Result<String, Failure> {
        let known = [
            "-c",
            "user.name=codex demo",
            "-c",
            "user.email=demo@localhost",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "core.hooksPath=/dev/null",
        ];
        let arguments: Vec<&str> = known.iter().chain(arguments).copied().collect();
        let output = self.output("git", &arguments)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!("Error: git {} failed: {}", arguments.join(" "), said.trim())))
    }

    fn output(&self, program: &str, arguments: &[&str]) -> Result<Output, Failure> {
        let missing = || Failure::new(format!("Error: the demo needs `{program}`, which is not there"));
        #[expect(clippy::disallowed_methods, reason = "the demo's own programs on the demo's own files, not a command of a model")]
        let mut command =
            Command::new(self.env.get(OsStr::new("PATH")).and_then(|path| find_program(OsStr::new(program), path)).ok_or_else(missing)?);
        // Settings of the person who runs the demo must not change what it shows.
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(&self.env)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        command.output().map_err(|error| Failure::new(format!("Error: the demo needs `{program}`, which could not be started: {error}")))
    }
}

/// The person's own folder, so that the session stands beside the others; one of its own where that
/// folder holds instructions for the model or cannot be written.
fn session_home(codex_home: &Path, fresh: &Path) -> io::Result<PathBuf> {
    let plain = OWN_INSTRUCTIONS.iter().all(|name| fs::symlink_metadata(codex_home.join(name)).is_err());
    let private = |path: &Path| fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    if plain && private(&codex_home.join("sessions")).is_ok() {
        return Ok(codex_home.to_path_buf());
    }
    let home = fresh.join("home");
    private(&home)?;
    Ok(home)
}
