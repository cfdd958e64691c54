//! The one way to run git from this process in a repository that may come from anybody.
//!
//! git runs programs that a repository's settings name: hooks, filters, file-system monitors, pagers, helpers for URLs. So
//! its surroundings are fixed, settings of the system and of the user are left out, and what the repository's own settings could
//! name is switched off where a read-only question could meet it. Not for commands that write, or that read files through filters.

use std::path::Path;
use std::process::{Command, Stdio};

/// What stands before every subcommand: nothing named by a repository is started.
const SWITCHED_OFF: &[&str] = &[
    "--no-pager",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.sshCommand=false",
    "-c",
    "credential.helper=",
    "-c",
    "protocol.allow=never",
    "-c",
    "gc.auto=0",
];

/// The environment, whatever that of this process is.
const FIXED: &[(&str, &str)] = &[
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("LC_ALL", "C.UTF-8"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    ("GIT_EDITOR", ":"),
    ("GIT_PAGER", "cat"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_OPTIONAL_LOCKS", "0"),
];

fn command(folder: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "short questions to git, answered at once; surroundings are fixed here")]
    let mut command = Command::new("git");
    command.args(SWITCHED_OFF).current_dir(folder).env_clear().envs(FIXED.iter().copied()).stdin(Stdio::null());
    command
}

/// The commit at which the history of `HEAD` and that of a branch part. `None` where there is none, no such branch, no
/// repository or no git.
pub fn merge_base(folder: &Path, branch: &str) -> Option<String> {
    if branch.is_empty() || branch.starts_with('-') {
        return None;
    }
    let output = command(folder).args(["merge-base", "HEAD", branch]).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let id = text.lines().next().unwrap_or_default().trim();
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (output.status.success() && is_id).then(|| id.to_owned())
}
