//! What is looked at, one function each.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use codex_config::{Config, ConfigError};
use codex_exec::{Ambient, StreamKind};
use codex_login::{AuthMode, AuthStore};
use codex_sandbox::announcement;

use super::report::Finding;

/// The settings.
pub(super) fn config(loaded: &Result<Config, ConfigError>, home: &Path) -> Finding {
    const NAME: &str = "config";
    let file = home.join("config.toml");
    match loaded {
        Err(error) => Finding::fail(NAME, error.to_string()).remedy("correct the file; nothing runs before that"),
        Ok(config) => match config.warnings.split_first() {
            Some((first, [])) => Finding::warn(NAME, first).remedy("it is told at each run until it is mended"),
            Some((first, rest)) => {
                Finding::warn(NAME, format!("{first} (and {} more)", rest.len())).remedy("each is told at the start of a run")
            }
            None if file.exists() => {
                Finding::ok(NAME, format!("{} (model {}, provider {})", file.display(), config.model, config.provider.id))
            }
            None => Finding::ok(NAME, format!("no {}; defaults (model {}, provider {})", file.display(), config.model, config.provider.id)),
        },
    }
}

/// The key for the provider. Its value is neither shown nor sent.
pub(super) fn credentials(config: &Config, ambient: &Ambient) -> Finding {
    const NAME: &str = "auth";
    let set = |name: &str| ambient.runtime.env_text(name).is_some_and(|value| !value.trim().is_empty());
    let provider = &config.provider;
    if let Some(name) = &provider.env_key {
        return if set(name) {
            Finding::ok(NAME, format!("`{name}` is set for the provider `{}`", provider.id))
        } else {
            let remedy = provider.env_key_instructions.clone().unwrap_or_else(|| format!("put the key of the provider into `{name}`"));
            Finding::fail(NAME, format!("`{name}` is not set, and the provider `{}` takes its key from there", provider.id)).remedy(remedy)
        };
    }
    if !provider.is_builtin_openai && !provider.requires_openai_auth {
        return Finding::ok(NAME, format!("the provider `{}` is used without a login", provider.id));
    }
    if let Some(name) = ["CODEX_API_KEY"].into_iter().find(|name| set(name)) {
        return Finding::ok(NAME, format!("`{name}` is set"));
    }
    let store = AuthStore::new(&ambient.codex_home, config.login.store);
    let file = store.path();
    if let Some(mode) = fs::metadata(&file).ok().map(|metadata| metadata.mode() & 0o777).filter(|mode| mode & 0o077 != 0) {
        return Finding::warn(NAME, format!("{} can be read by others (mode {mode:o})", file.display()))
            .remedy(format!("chmod 600 {}", file.display()));
    }
    match store.read() {
        Err(error) => Finding::fail(NAME, error.to_string()).remedy("`codex logout` forgets it; then sign in again"),
        Ok(Some(stored)) if stored.mode() == AuthMode::ChatGpt => Finding::ok(NAME, "signed in with an account"),
        Ok(Some(_)) => Finding::ok(NAME, "an API key is stored"),
        Ok(None) if set("OPENAI_API_KEY") => Finding::ok(NAME, "`OPENAI_API_KEY` is set"),
        Ok(None) => Finding::fail(NAME, "there is no key").remedy("`codex login`, `codex login --with-api-key`, or set OPENAI_API_KEY"),
    }
}

/// What this machine can put around commands.
pub(super) fn sandbox(config: &Config, ambient: &Ambient) -> Finding {
    const NAME: &str = "sandbox";
    let machine = codex_sandbox::machine(&ambient.runtime.codex_exe);
    let policy = &config.sandbox_policy;
    if let (Ok(abi), Ok(())) = (&machine.landlock, &machine.seccomp) {
        let parts = match (&machine.namespaces, machine.nested) {
            (_, true) => format!("inside a sandbox already; Landlock {abi} and seccomp within it"),
            (Ok(()), false) => format!("namespaces, Landlock {abi}, seccomp"),
            (Err(_), false) => format!("Landlock {abi} and seccomp alone"),
        };
        return match announcement(machine, policy, config.boundary.fallback) {
            None => Finding::ok(NAME, format!("{parts} ({})", policy.kind())),
            Some(weakness) => Finding::warn(NAME, weakness).remedy("`codex sandbox explain` says what holds"),
        };
    }
    let cause = [machine.landlock.as_ref().err(), machine.seccomp.as_ref().err()].into_iter().flatten().map(ToString::to_string);
    let told = format!("commands cannot be confined here: {}", cause.collect::<Vec<_>>().join("; "));
    if policy.needs_sandbox() {
        Finding::fail(NAME, told).remedy("no command runs in this mode; `codex sandbox explain` says more")
    } else {
        Finding::warn(NAME, told).remedy("`danger-full-access` is set, so commands run all the same")
    }
}

/// The terminal, as far as the environment and the streams tell.
pub(super) fn terminal(ambient: &Ambient) -> Finding {
    const NAME: &str = "terminal";
    let get = |name: &str| ambient.runtime.env_text(name).filter(|value| !value.is_empty());
    let term = get("TERM");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(get);
    let is_utf8 = locale.is_some_and(|locale| ["utf-8", "utf8"].iter().any(|name| locale.to_ascii_lowercase().contains(name)));
    if [ambient.stdin, ambient.stdout].contains(&StreamKind::Other) {
        return Finding::ok(NAME, "none on standard input and output; `codex exec` needs none");
    }
    match term {
        None | Some("dumb" | "unknown") => {
            Finding::warn(NAME, "TERM does not name a terminal that can draw").remedy("set TERM, such as TERM=xterm-256color")
        }
        Some(_) if !is_utf8 => Finding::warn(NAME, "the locale is not UTF-8, so some characters may look broken")
            .remedy("set LANG to a UTF-8 locale, such as LANG=C.UTF-8"),
        Some(term) => Finding::ok(NAME, format!("{term}, UTF-8{}", if get("COLORTERM").is_some() { ", true colour" } else { "" })),
    }
}

/// git itself, and the folder at hand.
pub(super) fn git(config: &Config, ambient: &Ambient) -> Finding {
    const NAME: &str = "git";
    let Some(version) = git_version(ambient) else {
        return Finding::warn(NAME, "there is no git in PATH").remedy("install git: without it changes cannot be looked at nor taken back");
    };
    let trust = match config.trusted {
        Some(true) => "trusted",
        Some(false) => "not trusted",
        None => "not decided about",
    };
    match codex_git::find_root(&ambient.cwd) {
        Some(root) => Finding::ok(NAME, format!("{version}; in the repository {} ({trust})", root.display())),
        None => Finding::warn(NAME, format!("{version}; {} is in no repository", ambient.cwd.display()))
            .remedy("`git init`, or `codex exec --skip-git-repo-check`"),
    }
}

fn git_version(ambient: &Ambient) -> Option<String> {
    let program = in_path(OsStr::new("git"), ambient)?;
    #[expect(clippy::disallowed_methods, reason = "one question that is answered at once")]
    let mut command = std::process::Command::new(program);
    // In the root folder, where no repository has a say.
    let output = command.arg("--version").current_dir("/").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn in_path(program: &OsStr, ambient: &Ambient) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
    if Path::new(program).components().count() > 1 {
        return Some(ambient.cwd.join(program)).filter(is_program);
    }
    let path = ambient.runtime.env.get(OsStr::new("PATH"))?;
    std::env::split_paths(path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(program)).find(is_program)
}

/// MCP servers: whether their programs are there. None is started.
pub(super) fn mcp_servers(config: &Config, ambient: &Ambient) -> Finding {
    const NAME: &str = "mcp";
    let enabled: Vec<_> = config.mcp_servers.iter().filter(|(_, server)| server.enabled != Some(false)).collect();
    let missing: Vec<String> = enabled
        .iter()
        .filter_map(|(name, server)| {
            let command = server.command.as_ref()?;
            in_path(OsStr::new(command), ambient).is_none().then(|| format!("`{name}` needs the program `{command}`, which is not there"))
        })
        .collect();
    let required = enabled.iter().any(|(_, server)| {
        server.required == Some(true) && server.command.as_ref().is_some_and(|command| in_path(OsStr::new(command), ambient).is_none())
    });
    match (missing.is_empty(), enabled.len()) {
        (true, 0) => Finding::ok(NAME, "no servers are configured"),
        (true, count) => Finding::ok(
            NAME,
            format!("{count} configured: {}", enabled.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")),
        ),
        (false, _) => {
            let told = missing.join("; ");
            let finding = if required { Finding::fail(NAME, told) } else { Finding::warn(NAME, told) };
            finding.remedy("install it, correct `command`, or `codex mcp remove NAME`")
        }
    }
}

/// Where sessions are kept.
pub(super) fn sessions(home: &Path) -> Finding {
    const NAME: &str = "sessions";
    let folder = home.join("sessions");
    let at = if folder.exists() { &folder } else { home };
    if let Err(error) = rustix::fs::access(at, rustix::fs::Access::WRITE_OK) {
        return Finding::fail(NAME, format!("{} cannot be written: {error}", at.display())).remedy("sessions are lost until it can be");
    }
    let mode = fs::metadata(at).map_or(0, |metadata| metadata.mode() & 0o777);
    if *at == folder && mode & 0o077 != 0 {
        return Finding::warn(NAME, format!("{} is open to others (mode {mode:o})", folder.display()))
            .remedy(format!("chmod 700 {}", folder.display()));
    }
    match codex_state::session_files(home) {
        Ok(files) => {
            let bytes: u64 = files.iter().filter_map(|file| fs::metadata(&file.path).ok()).map(|metadata| metadata.len()).sum();
            Finding::ok(NAME, format!("{} kept in {}, {:.1} MB", files.len(), folder.display(), bytes as f64 / 1e6))
        }
        Err(error) => Finding::fail(NAME, error.to_string()).remedy("make the folder readable for you"),
    }
}
