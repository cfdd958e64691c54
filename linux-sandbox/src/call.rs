//! The helper's command line: built by the caller, taken apart by the helper.
//!
//! `codex-linux-sandbox --cwd DIR [FLAGS] -- COMMAND ARGS...`. Plain arguments rather than one encoded text, because paths
//! are bytes and a single argument has a size limit of its own.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use codex_protocol::SandboxFallback;

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

/// What a command may do. The default is the strictest: nothing is written, the network is off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confinement {
    /// Where the command runs, absolute. Grants nothing.
    pub cwd: PathBuf,
    /// The writable roots: absolute and without symbolic links on the way, or they are not writable. One that is missing when
    /// the command starts is skipped.
    pub write: Vec<PathBuf>,
    /// Writable roots for temporary files. They differ where namespaces are missing: new files are made at their top level even then.
    pub temporary: Vec<PathBuf>,
    /// The session's folder, where names of [`deny_read`](Self::deny_read) are looked for beside the roots. Grants nothing.
    pub workspace: Option<PathBuf>,
    /// The network.
    pub network: Network,
    /// `$CODEX_HOME`: read-only where it lies in a root, and its credentials and sessions cannot be read.
    pub codex_home: Option<PathBuf>,
    /// What may not be read beside these: absolute paths and globs, or `**/NAME` for that name anywhere in a root.
    pub deny_read: Vec<String>,
    /// What to do where namespaces cannot be had.
    pub fallback: SandboxFallback,
    /// Which means to use.
    pub backend: Backend,
    /// Whether `git` commands that write go through a broker, where there can be one.
    pub git_broker: bool,
    /// Whether the helper says on standard error when it has to do without a part, in one line.
    pub announce: bool,
}

impl Confinement {
    /// All writable roots.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &Path> {
        self.write.iter().chain(&self.temporary).map(PathBuf::as_path)
    }
}

/// The network of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// None.
    #[default]
    Off,
    /// The machine's.
    On,
    /// An empty one with two listeners, which are handed over at this socket. Where namespaces cannot be had it is none.
    Proxy(PathBuf),
}

/// The means of confinement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// Namespaces with Landlock and seccomp inside; what [`SandboxFallback`] says where there are no namespaces.
    #[default]
    Best,
    /// Landlock and seccomp alone, as if there were no namespaces.
    Landlock,
}

/// Builds the call that runs `argv` confined. `argv` is started without a shell, its first word looked up in `PATH`.
pub fn command_line(helper: &Path, confinement: &Confinement, argv: &[OsString]) -> CommandLine {
    let call = Call { limits: confinement.clone(), argv: argv.to_vec() };
    CommandLine { program: helper.as_os_str().to_owned(), arg0: ROLE.to_owned(), args: call.into_args() }
}

/// One call of the helper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) limits: Confinement,
    /// Never empty once parsed.
    pub(crate) argv: Vec<OsString>,
}

impl Call {
    fn into_args(self) -> Vec<OsString> {
        let Self { limits, argv } = self;
        let mut args = vec![OsString::from("--cwd"), limits.cwd.into_os_string()];
        match limits.network {
            Network::Off => {}
            Network::On => args.push("--network".into()),
            Network::Proxy(socket) => args.extend(["--proxy".into(), socket.into_os_string()]),
        }
        for path in limits.write {
            args.extend(["--write".into(), path.into_os_string()]);
        }
        for path in limits.temporary {
            args.extend(["--temporary".into(), path.into_os_string()]);
        }
        if let Some(workspace) = limits.workspace {
            args.extend(["--workspace".into(), workspace.into_os_string()]);
        }
        if let Some(home) = limits.codex_home {
            args.extend(["--home".into(), home.into_os_string()]);
        }
        for pattern in limits.deny_read {
            args.extend(["--deny-read".into(), OsString::from(pattern)]);
        }
        match limits.fallback {
            SandboxFallback::Strict => {}
            SandboxFallback::Refuse => args.extend(["--fallback", "refuse"].map(OsString::from)),
            SandboxFallback::Relaxed => args.extend(["--fallback", "relaxed"].map(OsString::from)),
        }
        if limits.backend == Backend::Landlock {
            args.push("--landlock".into());
        }
        if limits.git_broker {
            args.push("--git-broker".into());
        }
        if limits.announce {
            args.push("--announce".into());
        }
        args.push("--".into());
        args.extend(argv);
        args
    }

    /// Reads the arguments after the program's name. The error is a phrase for the one who called.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut args = args.into_iter();
        let mut call = Self::default();
        let limits = &mut call.limits;
        loop {
            let arg = args.next().ok_or("`--` and a command are missing")?;
            match arg.to_str() {
                Some("--cwd") => limits.cwd = absolute("--cwd", args.next())?,
                Some("--write") => limits.write.push(absolute("--write", args.next())?),
                Some("--temporary") => limits.temporary.push(absolute("--temporary", args.next())?),
                Some("--workspace") => limits.workspace = Some(absolute("--workspace", args.next())?),
                Some("--home") => limits.codex_home = Some(absolute("--home", args.next())?),
                Some("--deny-read") => limits.deny_read.push(text("--deny-read", args.next())?),
                Some("--network") => limits.network = Network::On,
                Some("--proxy") => limits.network = Network::Proxy(absolute("--proxy", args.next())?),
                Some("--fallback") => limits.fallback = fallback(args.next())?,
                Some("--landlock") => limits.backend = Backend::Landlock,
                Some("--git-broker") => limits.git_broker = true,
                Some("--announce") => limits.announce = true,
                Some("--") => break,
                Some(_) | None => return Err(format!("unexpected argument `{}`", one_line(&arg))),
            }
        }
        call.argv.extend(args);
        if call.argv.is_empty() {
            return Err("a command is missing after `--`".into());
        }
        if call.limits.cwd.as_os_str().is_empty() {
            return Err("`--cwd` is missing".into());
        }
        Ok(call)
    }
}

fn text(flag: &str, value: Option<OsString>) -> Result<String, String> {
    let value = value.ok_or_else(|| format!("`{flag}` needs a value"))?;
    String::from_utf8(value.into_vec()).map_err(|_| format!("`{flag}` needs UTF-8"))
}

fn fallback(value: Option<OsString>) -> Result<SandboxFallback, String> {
    match value.as_deref().map(OsStr::as_bytes) {
        Some(b"strict") => Ok(SandboxFallback::Strict),
        Some(b"refuse") => Ok(SandboxFallback::Refuse),
        Some(b"relaxed") => Ok(SandboxFallback::Relaxed),
        Some(_) | None => Err("`--fallback` needs `strict`, `refuse` or `relaxed`".into()),
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
    use super::*;

    fn os(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn what_is_built_is_what_is_read() {
        let strange = OsString::from_vec(b"/a\xff b\nc".to_vec());
        let argv = [strange.clone(), "--".into(), "".into(), "--network".into()];
        let full = Confinement {
            cwd: "/w/sub".into(),
            write: vec!["/w".into(), strange.into()],
            temporary: vec!["/tmp".into()],
            workspace: Some("/w".into()),
            network: Network::Proxy("/run/p".into()),
            codex_home: Some("/h".into()),
            deny_read: vec!["**/.env".into()],
            fallback: SandboxFallback::Relaxed,
            backend: Backend::Landlock,
            git_broker: true,
            announce: true,
        };
        let bare = Confinement { cwd: "/".into(), ..Confinement::default() };
        let online = Confinement { network: Network::On, fallback: SandboxFallback::Refuse, ..bare.clone() };
        for limits in [full, bare, online] {
            let line = command_line("/bin/codex".as_ref(), &limits, &argv);
            assert_eq!(Call::parse(line.args), Ok(Call { limits, argv: argv.to_vec() }));
        }
    }

    #[test]
    fn nothing_said_is_nothing_granted() {
        let call = Call::parse(os(&["--cwd", "/", "--", "ls"])).unwrap();
        assert_eq!((call.limits.network, call.limits.write.len(), call.limits.fallback), (Network::Off, 0, SandboxFallback::Strict));
    }

    #[test]
    fn bad_calls_are_named() {
        for (args, message) in [
            (&[][..], "`--` and a command are missing"),
            (&["--cwd", "/", "--"], "a command is missing after `--`"),
            (&["--", "ls"], "`--cwd` is missing"),
            (&["--cwd", "here", "--", "ls"], "`--cwd` needs an absolute path, not `here`"),
            (&["--write"], "`--write` needs a path"),
            (&["--fallback", "none"], "`--fallback` needs `strict`, `refuse` or `relaxed`"),
            (&["--wri\nte"], "unexpected argument `--wri\\nte`"),
            (&["ls"], "unexpected argument `ls`"),
        ] {
            assert_eq!(Call::parse(os(args)), Err(message.to_owned()));
        }
    }
}
