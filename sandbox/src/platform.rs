//! The one place that knows which sandbox this platform has.

#[cfg(target_os = "linux")]
use codex_linux_sandbox::{Backend, Confinement, Network};

#[cfg(target_os = "linux")]
use crate::settled;
use crate::{SandboxError, SandboxRequest, SandboxedCommand};

#[cfg(target_os = "linux")]
pub(crate) fn sandboxed(request: &SandboxRequest) -> Result<SandboxedCommand, SandboxError> {
    let roots = request.policy.writable_roots(&request.workspace, request.tmpdir.as_deref());
    let argv: Vec<_> = request.argv.iter().map(Into::into).collect();
    let limits = Confinement {
        cwd: request.cwd.clone(),
        write: settled::roots(&roots),
        network: match &request.proxy {
            _ if request.policy.network_enabled() => Network::On,
            Some(proxy) => Network::Proxy(proxy.socket.clone()),
            None => Network::Off,
        },
        codex_home: Some(settled::path(&request.codex_home)),
        deny_read: request.boundary.deny_read.clone(),
        fallback: request.boundary.fallback,
        backend: if request.landlock_only { Backend::Landlock } else { Backend::Best },
        announce: request.announce,
    };
    let call = codex_linux_sandbox::command_line(&request.helper, &limits, &argv);
    Ok(SandboxedCommand { program: call.program, arg0: Some(call.arg0.into()), args: call.args, sandboxed: true })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn sandboxed(request: &SandboxRequest) -> Result<SandboxedCommand, SandboxError> {
    Err(SandboxError::Unsupported { policy: request.policy.kind(), platform: std::env::consts::OS })
}

/// Whether this machine can enforce a sandbox; asked of the kernel once per process.
///
/// # Errors
/// What is missing and what to do about it, in one line.
#[cfg(target_os = "linux")]
pub fn check_host() -> Result<(), SandboxError> {
    use std::sync::OnceLock;
    static ANSWER: OnceLock<Result<(), String>> = OnceLock::new();
    let answer = ANSWER.get_or_init(|| codex_linux_sandbox::check_host().map(|_| ()).map_err(|missing| missing.to_string()));
    answer.clone().map_err(SandboxError::Unenforceable)
}

/// Whether this machine can enforce a sandbox: there is none for it.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn check_host() -> Result<(), SandboxError> {
    Err(SandboxError::Unsupported { policy: "workspace-write", platform: std::env::consts::OS })
}
