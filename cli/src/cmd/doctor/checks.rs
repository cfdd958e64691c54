//! What is looked at, one function each.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;

use codex_config::schema::McpServerToml;
use codex_config::{Config, ConfigError};
use codex_core::{find_program, is_program};
use codex_exec::{Ambient, StreamKind};
use codex_sandbox::announcement;

use super::report::Finding;
use crate::address::Address;

/// The settings.
pub(super) fn config(loaded: &Result<Config, ConfigError>, home: &Path) -> Finding {
    const NAME: &str = "config";
    let file = home.join("config.toml");
    match loaded {
        Err(error) => {
            let finding = Finding::fail(NAME, without_excerpt(&error.to_string()));
            match way_out(error) {
                Some(remedy) => finding.remedy(remedy),
                None => finding,
            }
        }
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

/// What to do about settings that cannot be used; `None` where the error says so itself.
fn way_out(error: &ConfigError) -> Option<&'static str> {
    match error {
        ConfigError::ForeignHome { .. } | ConfigError::NoOssProvider => None,
        ConfigError::Read { .. } => Some("make the file readable for you"),
        ConfigError::UnknownProvider { .. } | ConfigError::UnknownProfile { .. } | ConfigError::UnknownFeature { .. } => {
            Some("correct the name, in config.toml or on the command line")
        }
        ConfigError::OverrideWithoutEquals(_) | ConfigError::OverrideWithoutKey(_) => Some("correct the command line"),
        _ => Some("correct the file; nothing runs before that"),
    }
}

/// An error in one line has no room for the lines around the place: file and line number are enough.
fn without_excerpt(error: &str) -> String {
    let is_excerpt =
        |line: &&str| line.trim_start().trim_start_matches(|letter: char| letter.is_ascii_digit()).trim_start().starts_with('|');
    error.lines().filter(|line| !is_excerpt(line)).collect::<Vec<_>>().join("\n")
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

/// What git says of itself: one that lies outside of the workspace, because it is run (T1).
fn git_version(ambient: &Ambient) -> Option<String> {
    let env = ambient.runtime.outside_env(&ambient.cwd);
    let program = find_program(OsStr::new("git"), env.get(OsStr::new("PATH"))?)?;
    #[expect(clippy::disallowed_methods, reason = "one question that is answered at once")]
    let mut command = std::process::Command::new(program);
    // In the root folder, where no repository has a say.
    command.arg("--version").env_clear().envs(env).current_dir("/").stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// MCP servers: whether their programs are there, and their addresses are any. None is started or asked.
pub(super) fn mcp_servers(config: &Config, ambient: &Ambient) -> Finding {
    const NAME: &str = "mcp";
    let enabled: Vec<_> = config.mcp_servers.iter().filter(|(_, server)| server.enabled != Some(false)).collect();
    let faults: Vec<(String, bool)> = enabled
        .iter()
        .filter_map(|(name, server)| Some((format!("`{name}` {}", fault_of(server, ambient)?), server.required == Some(true))))
        .collect();
    if faults.is_empty() {
        let names: Vec<_> = enabled.iter().map(|(name, _)| name.as_str()).collect();
        return Finding::ok(
            NAME,
            match names.len() {
                0 => "no servers are configured".to_owned(),
                count => format!("{count} configured: {}", names.join(", ")),
            },
        );
    }
    let told = faults.iter().map(|(told, _)| told.as_str()).collect::<Vec<_>>().join("; ");
    let finding = if faults.iter().any(|(_, required)| *required) { Finding::fail(NAME, told) } else { Finding::warn(NAME, told) };
    finding.remedy("install what is missing, correct `command` or `url`, or `codex mcp remove NAME`")
}

/// Why a server could not be reached.
fn fault_of(server: &McpServerToml, ambient: &Ambient) -> Option<String> {
    if let Some(url) = &server.url {
        return Address::of(url).is_none().then(|| "has a `url` that is no address of a server".to_owned());
    }
    let command = server.command.as_ref()?;
    let is_there = match command.contains('/') {
        true => is_program(&ambient.cwd.join(command)),
        false => {
            let env = ambient.runtime.outside_env(&ambient.cwd);
            env.get(OsStr::new("PATH")).is_some_and(|path| find_program(OsStr::new(command), path).is_some())
        }
    };
    (!is_there).then(|| format!("needs the program `{command}`, which is not there"))
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
