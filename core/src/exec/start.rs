//! Starts a command that has a permit, under the sandbox the permit names. No other place in the program starts one.

use std::ffi::OsString;
use std::sync::Arc;

use codex_network_proxy::{DoorError, client_environment};
use codex_process::{Child, SpawnError, SpawnSpec, Stdio, spawn};
use codex_protocol::CallId;
use codex_sandbox::{PROXY_HTTP_PORT, PROXY_SOCKS_PORT, SandboxError, SandboxRequest, wrap};

use super::env::{environment, keep_git_harmless};
use crate::approval::permissions::Confinement;
use crate::approval::permit::Permit;
use crate::host::TurnHost;
use crate::network::{AskedTime, Command};

/// Why a command did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The policy cannot be enforced on this machine.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// There is no proxy for its network.
    #[error(transparent)]
    Network(#[from] DoorError),
    /// The system refused.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
}

impl StartError {
    /// What the model reads: the system's own error where there is one, in the form it knows.
    pub(crate) fn for_model(&self) -> String {
        match self {
            Self::Spawn(error) => match error.io() {
                Some(io) => format!("execution error: Io({io:?})"),
                None => format!("execution error: {error}"),
            },
            Self::Sandbox(error) => format!("execution error: {error}"),
            Self::Network(error) => format!("execution error: {error}"),
        }
    }
}

/// Starts what a permit names, and uses the permit up. The folder may come from the model and grants nothing: what is
/// writable follows from the turn's own folder.
pub(crate) fn start(host: &TurnHost, call: &CallId, permit: Permit, stdio: Stdio, for_session: bool) -> Result<Child, StartError> {
    let (session, cwd) = (host.session(), permit.cwd());
    let Confinement { policy, workspace } = host.confinement_of(&permit);
    let command = Command {
        call_id: call.clone(),
        argv: permit.argv().to_vec(),
        cwd: cwd.to_path_buf(),
        approval: host.approval(),
        control: Arc::clone(host.control()),
        denials: Arc::clone(host.denial_log()),
        asked: AskedTime::default(),
    };
    let proxy = session.services.network.door(host, &policy, command)?;
    let mut env = environment(session, &policy, for_session);
    if permit.is_for_harmless() {
        keep_git_harmless(&mut env);
    }
    if proxy.is_some() {
        reach_the_proxy(&mut env);
    }
    let runtime = &session.services.runtime;
    let wrapped = wrap(&SandboxRequest {
        policy: policy.clone(),
        boundary: session.services.config.boundary.clone(),
        codex_home: session.services.config.codex_home.clone(),
        proxy,
        landlock_only: session.services.config.feature("use_legacy_landlock"),
        announce: false,
        workspace,
        cwd: cwd.to_path_buf(),
        tmpdir: runtime.tmpdir.clone(),
        helper: runtime.codex_exe.clone(),
        argv: permit.argv().iter().map(OsString::from).collect(),
    })?;
    env.retain(|(name, _)| name != "PWD");
    env.push((OsString::from("PWD"), cwd.as_os_str().to_owned()));
    let env = wrapped.environment(env);
    let spec = SpawnSpec { program: wrapped.program, arg0: wrapped.arg0, args: wrapped.args, cwd: cwd.to_path_buf(), env, stdio };
    Ok(spawn(&spec)?)
}

/// Shows a command its proxy, whatever proxy the user's own programs use, and that it has a network after all.
fn reach_the_proxy(env: &mut Vec<(OsString, OsString)>) {
    let proxy = client_environment(PROXY_HTTP_PORT, PROXY_SOCKS_PORT);
    env.retain(|(name, _)| name != "CODEX_SANDBOX_NETWORK_DISABLED" && proxy.iter().all(|(own, _)| name != own));
    env.extend(proxy.into_iter().map(|(name, value)| (name.into(), value.into())));
}
