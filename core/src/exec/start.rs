//! Starts a command that has a permit, under the sandbox the permit names. No other place in the program starts one.

use std::ffi::OsString;

use codex_process::{Child, SpawnError, SpawnSpec, Stdio, spawn};
use codex_sandbox::{SandboxError, SandboxRequest, wrap};

use super::env::environment;
use crate::approval::permit::Permit;
use crate::host::TurnHost;

/// Why a command did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The policy cannot be enforced on this machine.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
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
        }
    }
}

/// Starts what a permit names, and uses the permit up. The folder may come from the model and grants nothing: what is
/// writable follows from the turn's own folder.
pub(crate) fn start(host: &TurnHost, permit: Permit, stdio: Stdio, for_session: bool) -> Result<Child, StartError> {
    let (session, cwd) = (host.session(), permit.cwd());
    let policy = host.sandbox_for(permit.effect());
    let runtime = &session.services.runtime;
    let wrapped = wrap(&SandboxRequest {
        policy: policy.clone(),
        boundary: session.services.config.boundary.clone(),
        codex_home: session.services.config.codex_home.clone(),
        proxy: None,
        landlock_only: session.services.config.feature("use_legacy_landlock"),
        announce: false,
        workspace: host.cwd().to_path_buf(),
        cwd: cwd.to_path_buf(),
        tmpdir: runtime.tmpdir.clone(),
        helper: runtime.codex_exe.clone(),
        argv: permit.argv().to_vec(),
    })?;
    let mut env = environment(session, &policy, for_session);
    env.retain(|(name, _)| name != "PWD");
    env.push((OsString::from("PWD"), cwd.as_os_str().to_owned()));
    let spec = SpawnSpec { program: wrapped.program, arg0: wrapped.arg0, args: wrapped.args, cwd: cwd.to_path_buf(), env, stdio };
    Ok(spawn(&spec)?)
}
