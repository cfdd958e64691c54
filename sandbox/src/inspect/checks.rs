//! What each fact of a machine means for the sandbox, and what to change. Pure.

use std::fmt;

use super::SystemFiles;
use crate::{Cause, Machine};

/// How well a part of the machine serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// Worth knowing, and nothing is wrong with it.
    Note,
    /// The sandbox works with less than it could.
    Weaker,
    /// Commands that need a sandbox do not run.
    Missing,
}

impl State {
    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Weaker => "weaker",
            Self::Missing => "missing",
        }
    }
}

/// One part, what was found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The part.
    pub name: &'static str,
    /// How well it serves.
    pub state: State,
    /// What was found.
    pub finding: String,
    /// What to change, where something can be.
    pub remedy: Option<String>,
}

impl fmt::Display for Check {
    /// One line, and a second one for the remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {:<18} {}", self.state.word(), self.name, self.finding)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n{:27} remedy: {remedy}", ""),
            None => Ok(()),
        }
    }
}

/// Looks at every part.
pub fn checks(files: &SystemFiles, machine: &Machine) -> Vec<Check> {
    let all = [
        Some(kernel(files, machine)),
        Some(namespaces(machine)),
        max_user_namespaces(files),
        userns_clone(files),
        apparmor(files, machine),
        Some(landlock(files, machine)),
        Some(seccomp(machine)),
        Some(ptrace(files)),
        Some(surroundings(files, machine)),
    ];
    all.into_iter().flatten().collect()
}

fn check(name: &'static str, state: State, finding: impl Into<String>, remedy: Option<&str>) -> Check {
    Check { name, state, finding: finding.into(), remedy: remedy.map(str::to_owned) }
}

fn caused(name: &'static str, state: State, cause: &Cause) -> Check {
    check(name, state, cause.what.clone(), Some(&cause.remedy))
}

/// The oldest kernel with Landlock, and the first in which it also closes sockets and signals.
const OLDEST: (u32, u32) = (5, 13);
const COMPLETE: (u32, u32) = (6, 12);

fn kernel(files: &SystemFiles, machine: &Machine) -> Check {
    let release = files.kernel.as_deref().unwrap_or(&machine.kernel);
    let finding = match &files.distribution {
        Some(distribution) => format!("Linux {release}, {distribution}"),
        None => format!("Linux {release}"),
    };
    match files.kernel_version() {
        Some(version) if version < OLDEST => check("kernel", State::Missing, finding, Some("use Linux 5.13 or newer")),
        Some(version) if version < COMPLETE => {
            let finding = format!("{finding}; from 6.12 on Landlock also keeps signals and local sockets apart");
            check("kernel", State::Note, finding, None)
        }
        Some(_) | None => check("kernel", State::Good, finding, None),
    }
}

fn namespaces(machine: &Machine) -> Check {
    match &machine.namespaces {
        Ok(()) => check("namespaces", State::Good, "user, mount, process, IPC and network namespaces can be made", None),
        // Inside our own sandbox none are wanted: the restrictions are in force.
        Err(cause) if machine.nested => check("namespaces", State::Note, cause.what.clone(), None),
        Err(cause) => caused("namespaces", State::Weaker, cause),
    }
}

fn max_user_namespaces(files: &SystemFiles) -> Option<Check> {
    let most = files.max_user_namespaces?;
    let finding = format!("user.max_user_namespaces = {most}");
    Some(match most {
        0 => check("namespace limit", State::Weaker, finding, Some("sudo sysctl -w user.max_user_namespaces=15000")),
        _ => check("namespace limit", State::Good, finding, None),
    })
}

fn userns_clone(files: &SystemFiles) -> Option<Check> {
    Some(match files.unprivileged_userns_clone? {
        true => check("namespace switch", State::Good, "kernel.unprivileged_userns_clone = 1", None),
        false => check(
            "namespace switch",
            State::Weaker,
            "kernel.unprivileged_userns_clone = 0",
            Some("sudo sysctl -w kernel.unprivileged_userns_clone=1"),
        ),
    })
}

fn apparmor(files: &SystemFiles, machine: &Machine) -> Option<Check> {
    let finding = |value: u8| format!("kernel.apparmor_restrict_unprivileged_userns = {value}");
    Some(match (files.apparmor_restricts_userns?, &machine.namespaces) {
        (false, _) => check("AppArmor", State::Good, finding(0), None),
        (true, Ok(())) => check("AppArmor", State::Good, format!("{}, which does not hold for codex here", finding(1)), None),
        (true, Err(_)) => check(
            "AppArmor",
            State::Weaker,
            finding(1),
            Some(
                "give codex a profile in /etc/apparmor.d with `userns,`, or sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
            ),
        ),
    })
}

fn landlock(files: &SystemFiles, machine: &Machine) -> Check {
    let listed = files.security_modules.as_ref().map(|modules| modules.iter().any(|module| module == "landlock"));
    match &machine.landlock {
        Ok(abi) => {
            let without = match abi {
                0..=2 => "; truncation is kept away by the call filter",
                3..=5 => "; signals and local sockets are kept apart by namespaces alone",
                _ => "",
            };
            check("Landlock", State::Good, format!("version {abi} of its interface{without}"), None)
        }
        Err(cause) if listed == Some(false) => {
            let remedy = format!("{}; it is not in the list of /sys/kernel/security/lsm", cause.remedy);
            check("Landlock", State::Missing, cause.what.clone(), Some(&remedy))
        }
        Err(cause) => caused("Landlock", State::Missing, cause),
    }
}

fn seccomp(machine: &Machine) -> Check {
    match &machine.seccomp {
        Ok(()) => check("seccomp", State::Good, "system calls can be filtered", None),
        Err(cause) => caused("seccomp", State::Missing, cause),
    }
}

/// Only `--log-denials` needs it, so nothing here weakens the sandbox.
fn ptrace(files: &SystemFiles) -> Check {
    match files.ptrace_scope {
        None => check("tracing", State::Good, "not restricted by Yama; `--log-denials` works unless a container forbids it", None),
        Some(scope @ (0 | 1)) => check("tracing", State::Good, format!("kernel.yama.ptrace_scope = {scope}; `--log-denials` works"), None),
        Some(scope @ 2) => check(
            "tracing",
            State::Note,
            format!("kernel.yama.ptrace_scope = {scope}; `--log-denials` works for the administrator alone"),
            Some("sudo sysctl -w kernel.yama.ptrace_scope=1"),
        ),
        Some(scope) => check(
            "tracing",
            State::Note,
            format!("kernel.yama.ptrace_scope = {scope}; `--log-denials` cannot list anything"),
            Some("start the machine with another value; this one cannot be lowered"),
        ),
    }
}

fn surroundings(files: &SystemFiles, machine: &Machine) -> Check {
    let filter = if files.filtered == Some(true) { ", with a system-call filter around this process" } else { "" };
    match (machine.nested, files.container) {
        (true, _) => check("surroundings", State::Note, "inside a sandbox of codex; its restrictions are in force and stay", None),
        (false, Some(sign)) => check("surroundings", State::Note, format!("a container ({sign}){filter}"), None),
        (false, None) => check("surroundings", State::Good, format!("no sign of a container{filter}"), None),
    }
}
