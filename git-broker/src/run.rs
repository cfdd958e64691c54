//! Starts git for the broker: which environment it gets, and short questions to it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use rustix::process::{Pid, PidfdFlags, Signal};

use crate::pipes::BrokerEnds;
use crate::repository::Repository;
use crate::settings::{self, Setting};

/// What is needed to start git for one request.
pub(crate) struct Git {
    pub(crate) program: PathBuf,
    pub(crate) cwd: PathBuf,
    pub(crate) repository: Option<Repository>,
    /// Harmless variables of the request.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// Harmless settings of the request.
    pub(crate) settings: Vec<Setting>,
}

/// Always the same, whatever the request says.
const FIXED: &[(&str, &str)] = &[
    ("PATH", "/usr/bin:/bin"),
    // No locale of the request's: translations are format strings. Messages are read here, too.
    ("LC_ALL", "C.UTF-8"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    // git itself knows this word: no program is started.
    ("GIT_EDITOR", ":"),
    ("GIT_SEQUENCE_EDITOR", ":"),
    ("GIT_PAGER", "cat"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", ""),
];

/// Where git looks for lists of ignored files and attributes of the user's own.
const HOMES: [&str; 2] = ["HOME", "XDG_CONFIG_HOME"];

impl Git {
    fn command(&self, args: &[OsString]) -> Command {
        #[expect(clippy::disallowed_methods, reason = "the broker's process ends with its one child and has no group to keep")]
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(&self.cwd).env_clear();
        #[expect(clippy::disallowed_methods, reason = "the sandbox's own environment, not the request's")]
        command.envs(HOMES.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))));
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.envs(FIXED.iter().copied());
        command.envs(settings::to_env(&self.settings));
        if let Some(repository) = &self.repository {
            command.env("GIT_DIR", &repository.git_dir).env("GIT_WORK_TREE", &repository.work_tree);
        }
        command
    }

    /// Runs git with the request's pipes; its exit code.
    pub(crate) fn run(&self, args: &[OsString], ends: &mut BrokerEnds) -> io::Result<u8> {
        let mut command = self.command(args);
        command.stdin(ends.input.try_clone()?).stdout(ends.out.try_clone()?).stderr(ends.err.try_clone()?);
        let has_filters = self.settings.iter().any(|(key, _)| key.starts_with(b"filter."));
        if has_filters {
            command.stderr(Stdio::piped());
        }
        let mut child = command.spawn()?;
        drop(command);
        let errors = child.stderr.take().map(|errors| pass_on(errors, ends.err.try_clone()));
        let code = finish(child, ends)?;
        if errors.is_some_and(|errors| errors.join().unwrap_or(false)) {
            ends.say("hint: codex sandbox: filters of a repository are not run here; ask to run this outside of the sandbox");
        }
        Ok(code)
    }

    /// Runs git as [`Git::run`] does, and keeps what it says on standard error.
    pub(crate) fn run_keeping_errors(&self, args: &[OsString], ends: &BrokerEnds) -> io::Result<(u8, String)> {
        let mut command = self.command(args);
        command.stdin(Stdio::null()).stdout(ends.out.try_clone()?).stderr(Stdio::piped());
        let output = command.spawn()?.wait_with_output()?;
        Ok((code_of(output.status), String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    /// The one line that git answers; `None` when it fails or says nothing.
    pub(crate) fn ask(&self, args: &[&OsStr]) -> Option<String> {
        let args: Vec<OsString> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let output = self.command(&args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let line = text.lines().next().unwrap_or_default();
        (output.status.success() && !line.is_empty()).then(|| line.to_owned())
    }
}

/// Passes git's errors on; the answer is whether one of them was that a filter did not run.
fn pass_on(errors: ChildStderr, to: io::Result<File>) -> JoinHandle<bool> {
    std::thread::spawn(move || {
        let mut filtered = false;
        let mut to = to.ok();
        let mut errors = BufReader::new(errors);
        let mut line = Vec::new();
        while errors.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line);
            filtered |= ["clean filter '", "smudge filter "].iter().any(|words| text.contains(words));
            // When nobody reads any more, git is still let finish.
            if to.as_mut().is_some_and(|to| to.write_all(&line).is_err()) {
                to = None;
            }
            line.clear();
        }
        filtered
    })
}

fn finish(mut child: Child, ends: &BrokerEnds) -> io::Result<u8> {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw)
        && let Ok(pidfd) = rustix::process::pidfd_open(pid, PidfdFlags::empty())
        && !ends.wait_for(&pidfd)
    {
        // Its locks are removed by git itself on this signal.
        let _ = rustix::process::pidfd_send_signal(&pidfd, Signal::TERM);
    }
    Ok(code_of(child.wait()?))
}

fn code_of(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(128);
    u8::try_from(code).unwrap_or(128)
}

/// What git says, line for line: the settings in force at `folder`, for the request. Asked of git as it is, by the client.
pub(crate) fn settings_in_force(program: &Path, folder: &Path, extra: &[OsString]) -> io::Result<Vec<Setting>> {
    #[expect(clippy::disallowed_methods, reason = "one question that is answered at once")]
    let mut command = Command::new(program);
    command.arg("-C").arg(folder);
    for setting in extra {
        command.arg("-c").arg(setting);
    }
    let output = command.args(["config", "--null", "--list"]).stdin(Stdio::null()).stderr(Stdio::null()).output()?;
    Ok(split_settings(&output.stdout))
}

/// Asks git for one value, as the client.
pub(crate) fn setting(program: &Path, folder: &Path, key: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "one question that is answered at once")]
    let mut command = Command::new(program);
    command.arg("-C").arg(folder).args(["config", "--get", key]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end_matches('\n').to_owned())
}

fn split_settings(bytes: &[u8]) -> Vec<Setting> {
    let entries = bytes.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    // A key without a value means yes.
    let split = |entry: &[u8]| match entry.iter().position(|byte| *byte == b'\n') {
        Some(at) => (entry[..at].to_vec(), entry[at + 1..].to_vec()),
        None => (entry.to_vec(), b"true".to_vec()),
    };
    entries.map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_split_at_line_ends_and_zeros() {
        let split = split_settings(b"user.name\nA B\0core.bare\0alias.x\nlog\n-1\0");
        let text = |(key, value): &Setting| format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value));
        assert_eq!(split.iter().map(text).collect::<Vec<_>>(), ["user.name=A B", "core.bare=true", "alias.x=log\n-1"]);
    }
}
