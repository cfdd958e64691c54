//! Gathers what the process was started in: environment, folders, terminal facts, the user's shell.
//!
//! The only place that asks the system for them; everything below is handed the answers.
#![expect(clippy::disallowed_methods, reason = "this is where ambient input enters")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_core::Runtime;
use codex_exec::{Ambient, StreamKind};
use codex_model_client::UserAgent;
use serde_json::Value;

use crate::arg0::link_folder;
use crate::env_file;
use crate::failure::Failure;
use crate::home::codex_home;

/// Where system-wide settings are.
const SYSTEM_DIR: &str = "/etc/codex";

/// Version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Which front-end asks.
pub(crate) struct FrontEnd {
    /// Default of the `originator` header.
    pub(crate) originator: &'static str,
    /// Name in the user agent.
    pub(crate) client: &'static str,
    /// `source` in session files.
    pub(crate) source: &'static str,
}

/// `codex exec`.
pub(crate) const EXEC: FrontEnd = FrontEnd { originator: "codex_exec", client: "codex-exec", source: "exec" };

/// The interactive screen.
pub(crate) const CLI: FrontEnd = FrontEnd { originator: "codex_cli_rs", client: "codex-cli", source: "cli" };

/// The environment, looked at but not yet made into anything.
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Of this process.
    pub(crate) fn of_this_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// A variable; `None` when unset.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The same with one variable set.
    pub(crate) fn with(mut self, name: &str, value: &OsStr) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Adds what `$CODEX_HOME/.env` sets and the process was not started with, and says what could not be used.
    fn add_file(&mut self, codex_home: &Path) {
        let file = env_file::read(codex_home);
        for warning in file.warnings {
            let line = format!("warning: {warning}\n");
            // Nobody can be told when this fails.
            let _ = std::io::stderr().write_all(codex_exec::sanitize(&line).as_bytes());
        }
        let inherited: BTreeSet<OsString> = self.0.keys().cloned().collect();
        let new = file.variables.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        self.0.extend(new.filter(|(name, _)| !inherited.contains(name)));
    }

    /// Puts the patch tool on the search path of commands, for patches inside lines that nobody can look into.
    fn offer_patch_tool(&mut self, codex_home: &Path, codex_exe: &Path) {
        let Some(links) = link_folder(codex_home, codex_exe) else { return };
        let present = self.get("PATH").map(OsString::from).unwrap_or_default();
        let folders = std::iter::once(links).chain(std::env::split_paths(&present).filter(|folder| !folder.as_os_str().is_empty()));
        // A folder with a colon in its name cannot stand in a search path.
        if let Ok(path) = std::env::join_paths(folders) {
            self.0.insert("PATH".into(), path);
        }
    }

    /// A variable as text; `None` when unset, empty or no UTF-8.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str().filter(|value| !value.is_empty())
    }
}

/// Gathers everything for a front-end.
pub(crate) fn gather(environment: Environment, front_end: &FrontEnd) -> Result<Ambient, Failure> {
    gather_in(environment, front_end, working_folder)
}

/// The working folder of the process.
pub(crate) fn working_folder() -> Result<PathBuf, Failure> {
    let cwd = std::env::current_dir().map_err(|error| unusable_folder(&error.to_string()))?;
    match too_long(cwd.as_os_str().len()) {
        Some(why) => Err(unusable_folder(&why)),
        None => Ok(cwd),
    }
}

/// The same as [`gather`] with a working folder from elsewhere, which is asked for after the home folder.
pub(crate) fn gather_in(
    mut environment: Environment,
    front_end: &FrontEnd,
    folder: impl FnOnce() -> Result<PathBuf, Failure>,
) -> Result<Ambient, Failure> {
    let passwd = PasswdEntry::of_this_user();
    let user_home = environment.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from).or_else(|| passwd.home.clone());
    let codex_home = codex_home(environment.get("CODEX_HOME"), user_home.as_deref())?;
    environment.add_file(&codex_home);
    let cwd = folder()?;
    let codex_exe = std::env::current_exe().map_err(|error| Failure::new(format!("Error: cannot find this program itself: {error}")))?;
    environment.offer_patch_tool(&codex_home, &codex_exe);
    let originator = environment.text("CODEX_INTERNAL_ORIGINATOR_OVERRIDE").unwrap_or(front_end.originator).to_owned();
    let terminal = environment.text("TERM_PROGRAM").or_else(|| environment.text("TERM"));
    let user_agent = UserAgent::for_this_machine(&originator, VERSION, terminal, front_end.client).to_string();
    let runtime = Runtime {
        codex_exe,
        shell: user_shell(passwd.shell, environment.get("SHELL").map(PathBuf::from)),
        tmpdir: environment.get("TMPDIR").map(PathBuf::from).filter(|path| path.is_absolute()),
        originator,
        user_agent,
        source: Value::String(front_end.source.to_owned()),
        version: VERSION.to_owned(),
        env: environment.0,
    };
    Ok(Ambient {
        runtime: Arc::new(runtime),
        codex_home,
        system_dir: PathBuf::from(SYSTEM_DIR),
        cwd,
        log_folder: Arc::default(),
        stdin: kind(&std::io::stdin()),
        stdout: kind(&std::io::stdout()),
        stderr: kind(&std::io::stderr()),
    })
}

fn unusable_folder(why: &str) -> Failure {
    Failure::new(format!("Error: the working folder cannot be used: {why}"))
}

/// The C library finds out where it is however deep that is, but no system call takes such a path, so the first one that is tried
/// would get the blame.
fn too_long(bytes: usize) -> Option<String> {
    const LONGEST: usize = 4096 - 1;
    (bytes > LONGEST)
        .then(|| format!("its path is {bytes} bytes long, and the system takes {LONGEST}; start in a folder nearer to the root"))
}

fn kind(stream: &impl IsTerminal) -> StreamKind {
    if stream.is_terminal() { StreamKind::Terminal } else { StreamKind::Other }
}

/// What `/etc/passwd` says of a user.
#[derive(Debug, Default, PartialEq, Eq)]
struct PasswdEntry {
    home: Option<PathBuf>,
    shell: Option<PathBuf>,
}

impl PasswdEntry {
    /// Users that come from elsewhere, such as a directory service, have no entry; the environment helps then.
    fn of_this_user() -> Self {
        let uid = rustix::process::getuid().as_raw();
        fs::read("/etc/passwd").map(|file| Self::find(&String::from_utf8_lossy(&file), uid)).unwrap_or_default()
    }

    fn find(passwd: &str, uid: u32) -> Self {
        let path = |text: &str| Some(PathBuf::from(text)).filter(|path| path.is_absolute());
        let fields = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let entry = fields.into_iter().find(|fields| fields.len() == 7 && fields[2].parse() == Ok(uid));
        entry.map(|fields| Self { home: path(fields[5]), shell: path(fields[6]) }).unwrap_or_default()
    }
}

/// Shells that take `-lc LINE`.
const KNOWN_SHELLS: [&str; 3] = ["bash", "zsh", "sh"];

/// The shell for command lines: the user's own where its syntax is the one models write.
fn user_shell(from_passwd: Option<PathBuf>, from_environment: Option<PathBuf>) -> PathBuf {
    let usable = |path: &PathBuf| {
        let known = path.file_name().and_then(OsStr::to_str).is_some_and(|name| KNOWN_SHELLS.contains(&name));
        known && path.is_absolute() && is_executable(path)
    };
    let fallbacks = [PathBuf::from("/bin/bash"), PathBuf::from("/usr/bin/bash")];
    let choices = from_passwd.into_iter().chain(from_environment).chain(fallbacks);
    choices.into_iter().find(usable).unwrap_or_else(|| PathBuf::from("/bin/sh"))
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_users_line_is_found_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nbroken\nme:x:1000:1000:Me:/home/me:/usr/bin/zsh\nsvc:x:7:7::/:\n";
        let me = PasswdEntry { home: Some("/home/me".into()), shell: Some("/usr/bin/zsh".into()) };
        assert_eq!(PasswdEntry::find(passwd, 1000), me);
        assert_eq!(PasswdEntry::find(passwd, 7), PasswdEntry { home: Some("/".into()), shell: None });
        assert_eq!(PasswdEntry::find(passwd, 5), PasswdEntry::default());
    }

    #[test]
    fn shells_of_another_syntax_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let shell = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let (fish, zsh, nologin) = (shell("fish"), shell("zsh"), shell("nologin"));
        assert_eq!(user_shell(Some(fish), Some(zsh.clone())), zsh);
        assert_eq!(user_shell(Some(zsh.clone()), None), zsh);
        assert!(user_shell(Some(nologin), Some("relative/bash".into())).is_absolute());
    }
}
