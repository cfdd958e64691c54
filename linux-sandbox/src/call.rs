//! The helper's command line: built by the caller, taken apart by the helper.
//!
//! `codex-linux-sandbox --cwd DIR [--network] [--write PATH]... -- COMMAND ARGS...`. Plain arguments rather than one
//! encoded text, because paths are bytes and a single argument has a size limit of its own.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use codex_protocol::SandboxPolicy;

/// The name the helper is started under.
pub const ROLE: &str = "codex-linux-sandbox";

/// What to start so that a command runs confined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The helper's file.
    pub program: OsString,
    /// The name it must be started under: [`ROLE`].
    pub arg0: String,
    /// Its arguments, the command's among them.
    pub args: Vec<OsString>,
}

/// Builds the call that runs `argv` in `cwd` under `policy`.
///
/// `roots` are the policy's writable roots, absolute; those that are missing when the command starts are skipped.
/// `argv` is started without a shell, its first word looked up in `PATH`. Only what the policy grants is passed on, so a
/// policy that needs no sandbox becomes read-only here rather than nothing.
pub fn command_line(helper: &Path, policy: &SandboxPolicy, roots: &[PathBuf], cwd: &Path, argv: &[OsString]) -> CommandLine {
    let call = Call {
        cwd: cwd.to_path_buf(),
        network: policy.needs_sandbox() && policy.network_enabled(),
        write: roots.iter().cloned().chain(shared_memory(policy)).collect(),
        argv: argv.to_vec(),
    };
    CommandLine { program: helper.as_os_str().to_owned(), arg0: ROLE.to_owned(), args: call.into_args() }
}

/// Where POSIX shared memory and semaphores live. Like `/tmp` it is shared with the host, so it comes with the right to write.
fn shared_memory(policy: &SandboxPolicy) -> Option<PathBuf> {
    match policy {
        SandboxPolicy::WorkspaceWrite { .. } => Some(PathBuf::from("/dev/shm")),
        SandboxPolicy::ReadOnly { .. } | SandboxPolicy::DangerFullAccess | SandboxPolicy::ExternalSandbox { .. } => None,
    }
}

/// One call of the helper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) cwd: PathBuf,
    pub(crate) network: bool,
    pub(crate) write: Vec<PathBuf>,
    /// Never empty once parsed.
    pub(crate) argv: Vec<OsString>,
}

impl Call {
    fn into_args(self) -> Vec<OsString> {
        let mut args = vec![OsString::from("--cwd"), self.cwd.into_os_string()];
        if self.network {
            args.push("--network".into());
        }
        for path in self.write {
            args.extend([OsString::from("--write"), path.into_os_string()]);
        }
        args.push("--".into());
        args.extend(self.argv);
        args
    }

    /// Reads the arguments after the program's name. The error is a phrase for the one who called.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut args = args.into_iter();
        let mut call = Self::default();
        loop {
            let arg = args.next().ok_or("`--` and a command are missing")?;
            match arg.to_str() {
                Some("--cwd") => call.cwd = absolute("--cwd", args.next())?,
                Some("--write") => call.write.push(absolute("--write", args.next())?),
                Some("--network") => call.network = true,
                Some("--") => break,
                Some(_) | None => return Err(format!("unexpected argument `{}`", one_line(&arg))),
            }
        }
        call.argv.extend(args);
        if call.argv.is_empty() {
            return Err("a command is missing after `--`".into());
        }
        if call.cwd.as_os_str().is_empty() {
            return Err("`--cwd` is missing".into());
        }
        Ok(call)
    }
}

fn absolute(flag: &str, value: Option<OsString>) -> Result<PathBuf, String> {
    let path = PathBuf::from(value.ok_or_else(|| format!("`{flag}` needs a path"))?);
    if path.is_absolute() { Ok(path) } else { Err(format!("`{flag}` needs an absolute path, not `{}`", one_line(path.as_os_str()))) }
}

/// Text for a message: readable, on one line, without control characters.
pub(crate) fn one_line(text: &OsStr) -> String {
    text.to_string_lossy().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn os(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn what_is_built_is_what_is_read() {
        let strange = OsString::from_vec(b"/a\xff b\nc".to_vec());
        let roots = [PathBuf::from("/w"), PathBuf::from(strange.clone())];
        let argv = [strange, "--".into(), "".into(), "--network".into()];
        let line = command_line("/bin/codex".as_ref(), &SandboxPolicy::workspace_write(), &roots, "/w/sub".as_ref(), &argv);
        let [first, second] = roots;
        let expected = Call { cwd: "/w/sub".into(), network: false, write: vec![first, second, "/dev/shm".into()], argv: argv.to_vec() };
        assert_eq!(Call::parse(line.args), Ok(expected));
    }

    #[test]
    fn the_network_is_open_only_where_a_sandbox_policy_says_so() {
        let network = |policy: &SandboxPolicy| {
            Call::parse(command_line("/c".as_ref(), policy, &[], "/".as_ref(), &os(&["ls"])).args).unwrap().network
        };
        assert!(network(&SandboxPolicy::ReadOnly { network_access: true }));
        assert!(!network(&SandboxPolicy::read_only()));
        assert!(!network(&SandboxPolicy::workspace_write()));
        assert!(!network(&SandboxPolicy::DangerFullAccess));
    }

    #[test]
    fn bad_calls_are_named() {
        for (args, message) in [
            (&[][..], "`--` and a command are missing"),
            (&["--cwd", "/", "--"], "a command is missing after `--`"),
            (&["--", "ls"], "`--cwd` is missing"),
            (&["--cwd", "here", "--", "ls"], "`--cwd` needs an absolute path, not `here`"),
            (&["--write"], "`--write` needs a path"),
            (&["--wri\nte"], "unexpected argument `--wri\\nte`"),
            (&["ls"], "unexpected argument `ls`"),
        ] {
            assert_eq!(Call::parse(os(args)), Err(message.to_owned()));
        }
    }
}
