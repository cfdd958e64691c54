//! Everything ambient, gathered once by the front-end: `core` itself never looks at the
//! environment, the home folder or the terminal.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::search_path;

/// What the process knows of its surroundings.
#[derive(Clone, Debug)]
pub struct Runtime {
    /// The environment of the process.
    pub env: BTreeMap<OsString, OsString>,
    /// This program, started again for the helper roles.
    pub codex_exe: PathBuf,
    /// The user's shell, absolute.
    pub shell: PathBuf,
    /// `TMPDIR`.
    pub tmpdir: Option<PathBuf>,
    /// Who asks the model server, such as `codex_exec`.
    pub originator: String,
    /// `user-agent` of requests.
    pub user_agent: String,
    /// `source` in session files, such as `"exec"`.
    pub source: Value,
    /// Version of this program.
    pub version: String,
}

impl Runtime {
    /// The shell's name without its folder.
    pub fn shell_name(&self) -> String {
        self.shell.file_name().map_or_else(|| "sh".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// The environment for programs of the user's that are started outside of any sandbox: the search path has no folder in
    /// it into which the workspace around `cwd` could have put a program (T1).
    pub fn outside_env(&self, cwd: &Path) -> BTreeMap<OsString, OsString> {
        let mut env = self.env.clone();
        if let Some(path) = env.get_mut(OsStr::new("PATH")) {
            *path = search_path::outside(path, cwd, self.env.get(OsStr::new("HOME")).map(Path::new));
        }
        env
    }

    /// A variable as text; `None` when unset or no UTF-8.
    pub fn env_text(&self, name: &str) -> Option<&str> {
        self.env.get(OsStr::new(name)).and_then(|value| value.to_str())
    }
}

/// Where model traffic comes from.
#[derive(Clone, Debug, Default)]
pub enum Traffic {
    /// The provider.
    #[default]
    Live,
    /// The provider, and a copy without secrets goes to this file.
    Record(PathBuf),
    /// A recording; the network is not used.
    Replay {
        /// Contents of the recording.
        text: String,
        /// Go on when a request differs from the recorded one.
        lenient: bool,
    },
}

/// Limits that end a turn after the step in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnLimits {
    /// Requests to the model; code `max_turns`.
    pub max_requests: Option<u32>,
    /// Tokens of all requests, input and output; code `max_tokens`.
    pub max_tokens: Option<i64>,
}

/// How a thread is started.
#[derive(Clone, Debug, Default)]
pub struct StartOptions {
    /// No session file.
    pub ephemeral: bool,
    /// Where model traffic comes from.
    pub traffic: Traffic,
    /// Limits of every turn.
    pub limits: TurnLimits,
    /// End live command sessions when the turn ends, for front-ends that end with it.
    pub end_sessions_with_turn: bool,
    /// Nobody reads questions: what would be asked about is refused, whatever the approval policy (T6).
    pub nobody_to_ask: bool,
    /// Tell every item of history too.
    pub raw_items: bool,
    /// Tools that the front end carries out itself.
    pub tools: codex_tools::BroughtTools,
}
