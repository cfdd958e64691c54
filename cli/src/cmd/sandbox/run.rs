//! Becomes the command, or follows it to its end to list what it was refused.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::Command;

use codex_config::command_environment;
use codex_linux_sandbox::trace::{self, Traced};
use codex_sandbox::denials::{Mechanism, ThisMachine, report};
use codex_sandbox::{Effective, Machine, SandboxRequest, SandboxedCommand, wrap};

use super::proxied;
use super::settle::Settled;
use crate::failure::Failure;

/// What shells return for a command that is not there, and for one that cannot be run.
const MISSING: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

pub(super) fn run(settled: Settled, command: &[OsString], log_denials: bool) -> Result<u8, Failure> {
    let mut env = environment(&settled);
    let proxy = proxied::start(&settled)?;
    if proxy.is_some() {
        proxied::show(&mut env);
    }
    let request = SandboxRequest { argv: command.to_vec(), proxy, ..settled.request };
    let wrapped = wrap(&request).map_err(|error| Failure::new(format!("Error: {error}")))?;
    if !log_denials {
        return Ok(become_command(&request, &wrapped, &env));
    }
    if !wrapped.sandboxed {
        tell(&format!("codex sandbox: nothing is denied under `{}`\n", request.policy.kind()));
        return Ok(become_command(&request, &wrapped, &env));
    }
    follow(&request, wrapped, env)
}

/// What a command of the model starts with.
fn environment(settled: &Settled) -> BTreeMap<OsString, OsString> {
    let (config, request) = (&settled.config, &settled.request);
    let mut env = command_environment(&config.shell_environment, &settled.ambient.runtime.env, &config.credential_variables());
    if request.policy.needs_sandbox() && !request.policy.network_enabled() {
        env.insert("CODEX_SANDBOX_NETWORK_DISABLED".into(), "1".into());
    }
    // Kept as it is where it names this folder by another way; a folder that was chosen has another name.
    if request.cwd != settled.ambient.cwd {
        env.insert("PWD".into(), request.cwd.clone().into_os_string());
    }
    env
}

/// Returns only when the command could not be started, with the exit code that says so.
fn become_command(request: &SandboxRequest, wrapped: &SandboxedCommand, env: &BTreeMap<OsString, OsString>) -> u8 {
    if wrapped.arg0.as_deref() == Some(codex_linux_sandbox::ROLE.as_ref()) {
        // The helper is this very program, and nothing has been started in it that could be in its way.
        let env = wrapped.environment(env.clone().into_iter().collect());
        return codex_linux_sandbox::become_helper(&env, wrapped.args.clone(), Some(codex_git_broker::serve));
    }
    #[expect(clippy::disallowed_methods, reason = "this process becomes the command: there is no group to keep and nothing to wait for")]
    let mut process = Command::new(&wrapped.program);
    process.args(&wrapped.args).env_clear().envs(wrapped.environment(env.clone().into_iter().collect())).current_dir(&request.cwd);
    if let Some(arg0) = &wrapped.arg0 {
        process.arg0(arg0);
    }
    let error = process.exec();
    let program = wrapped.program.to_string_lossy();
    tell(&format!("codex sandbox: cannot run `{}`: {error}\n", codex_exec::sanitize(&program)));
    match error.kind() {
        io::ErrorKind::NotFound => MISSING,
        _ => NOT_EXECUTABLE,
    }
}

fn follow(request: &SandboxRequest, wrapped: SandboxedCommand, env: BTreeMap<OsString, OsString>) -> Result<u8, Failure> {
    // Asked before the command has changed anything, and before there is a child.
    let mechanism = mechanism(codex_sandbox::machine(&request.helper), request);
    let effective = Effective::of(request);
    rustix::process::chdir(&request.cwd).map_err(|error| Failure::new(format!("Error: {error}")))?;
    let env = wrapped.environment(env.into_iter().collect());
    let first = wrapped.arg0.unwrap_or_else(|| wrapped.program.clone());
    let traced = Traced { program: wrapped.program.into(), argv: std::iter::once(first).chain(wrapped.args).collect(), env };
    let outcome = trace::run(&traced).map_err(|error| Failure::new(format!("Error: {error}")))?;
    tell(&report(&outcome, &effective, mechanism, &ThisMachine));
    Ok(outcome.code)
}

/// What stands around the command on this machine.
pub(super) fn mechanism(machine: &Machine, request: &SandboxRequest) -> Mechanism {
    match machine.namespaces {
        Ok(()) if !request.landlock_only => Mechanism::Namespaces,
        _ => Mechanism::Landlock(request.boundary.fallback),
    }
}

/// To standard error; with nobody there, nothing is lost.
fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
