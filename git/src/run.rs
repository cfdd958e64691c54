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

pub(crate) fn command(folder: &Path) -> Command {
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

/// Files that git does not follow and of which a diff is made, at most.
const MOST_UNTRACKED: usize = 200;

/// What differs between the working tree and the last commit, with files that git does not follow yet, as a unified diff.
///
/// # Errors
/// One sentence: no repository, no git, or a repository whose settings name programs that reading files would start.
pub fn working_diff(folder: &Path) -> Result<String, String> {
    let root = crate::find_root(folder).ok_or("not inside a git repository")?;
    if crate::names_programs(&root) {
        return Err("the settings of this repository name programs that a diff would start; look at it with `!git diff`".to_owned());
    }
    const DIFF: [&str; 4] = ["diff", "--no-color", "--no-ext-diff", "--no-textconv"];
    let ask = |arguments: &[&str]| {
        let output = command(&root).args(arguments).stderr(Stdio::null()).output().map_err(|error| format!("cannot run git: {error}"))?;
        Ok::<_, String>((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    let has_commit = ask(&["rev-parse", "--verify", "--quiet", "HEAD"])?.0;
    let against = if has_commit { "HEAD" } else { "--cached" };
    let (_, mut diff) = ask(&[&DIFF[..], &[against, "--"]].concat())?;
    let (_, others) = ask(&["ls-files", "--others", "--exclude-standard", "-z"])?;
    for path in others.split('\0').filter(|path| !path.is_empty()).take(MOST_UNTRACKED) {
        // git ends with 1 here: the files differ.
        diff.push_str(&ask(&[&DIFF[..], &["--no-index", "--", "/dev/null", path]].concat())?.1);
    }
    Ok(diff)
}
