//! The one place that knows which sandbox this platform has.

use std::ffi::OsString;

#[cfg(target_os = "linux")]
use codex_linux_sandbox::{Backend, Confinement, Network};
use codex_protocol::SandboxPolicy;

#[cfg(target_os = "linux")]
use crate::settled;
use crate::{SandboxError, SandboxRequest, SandboxedCommand};

#[cfg(target_os = "linux")]
pub(crate) fn sandboxed(request: &SandboxRequest) -> Result<SandboxedCommand, SandboxError> {
    let (write, temporary) = settled::split(request);
    let limits = Confinement {
        cwd: request.cwd.clone(),
        write,
        temporary,
        workspace: Some(settled::path(&request.workspace)),
        network: match &request.proxy {
            _ if request.policy.network_enabled() => Network::On,
            Some(proxy) => Network::Proxy(proxy.socket.clone()),
            None => Network::Off,
        },
        codex_home: Some(settled::path(&request.codex_home)),
        deny_read: request.boundary.deny_read.clone(),
        fallback: request.boundary.fallback,
        backend: if request.landlock_only { Backend::Landlock } else { Backend::Best },
        git_broker: request.boundary.git_broker,
        announce: request.announce,
    };
    let call = codex_linux_sandbox::command_line(&request.helper, &limits, &request.argv);
    Ok(SandboxedCommand { program: call.program, arg0: Some(call.arg0.into()), args: call.args, sandboxed: true })
}

impl SandboxedCommand {
    /// The environment to start it with, so that the command in the sandbox starts with `env`.
    ///
    /// They differ where a variable would choose code for the helper, which is not confined yet when it starts (X6).
    #[cfg(target_os = "linux")]
    pub fn environment(&self, env: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
        if self.sandboxed { codex_linux_sandbox::environment_for_helper(env) } else { env }
    }

    /// The environment to start it with. `sandbox-exec` is the system's, whose loader ignores what others have set.
    #[cfg(not(target_os = "linux"))]
    pub fn environment(&self, env: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
        env
    }
}

/// Elsewhere: Seatbelt, or a refusal. A proxy that is handed listeners of a network of its own is not to be had there, so the
/// network that the policy closes stays closed.
#[cfg(not(target_os = "linux"))]
pub(crate) fn sandboxed(request: &SandboxRequest) -> Result<SandboxedCommand, SandboxError> {
    use crate::seatbelt::{self, Reach};
    match means(std::env::consts::OS, &request.policy)? {
        Means::Seatbelt => {
            let reach = if request.policy.network_enabled() { Reach::Everything } else { Reach::Nothing };
            Ok(seatbelt::command(&crate::Effective::of(request), reach, &request.argv))
        }
        Means::Helper => Err(unsupported(std::env::consts::OS, &request.policy)),
    }
}

/// What enforces a policy on a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Our own helper, on Linux.
    Helper,
    /// The system's `sandbox-exec`, on macOS.
    Seatbelt,
}

/// What enforces a policy that needs a sandbox on the platform of this name (`std::env::consts::OS`).
///
/// # Errors
/// [`SandboxError::Unsupported`] on every other platform: such a command does not run.
pub fn means(platform: &'static str, policy: &SandboxPolicy) -> Result<Means, SandboxError> {
    match platform {
        "linux" => Ok(Means::Helper),
        "macos" => Ok(Means::Seatbelt),
        _ => Err(unsupported(platform, policy)),
    }
}

fn unsupported(platform: &'static str, policy: &SandboxPolicy) -> SandboxError {
    SandboxError::Unsupported { policy: policy.kind(), platform }
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

/// Whether this machine can enforce a sandbox.
///
/// # Errors
/// Where there is none for the platform, or where its program is missing.
#[cfg(not(target_os = "linux"))]
pub fn check_host() -> Result<(), SandboxError> {
    means(std::env::consts::OS, &SandboxPolicy::workspace_write())?;
    match std::path::Path::new(crate::seatbelt::SANDBOX_EXEC).exists() {
        true => Ok(()),
        false => Err(SandboxError::Unenforceable(format!("{} is missing", crate::seatbelt::SANDBOX_EXEC))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S6: where nothing enforces a policy, there is a refusal and no bare command.
    #[test]
    fn only_platforms_with_a_sandbox_have_means_for_a_policy() {
        let policy = SandboxPolicy::workspace_write();
        for (platform, expected) in [("linux", Means::Helper), ("macos", Means::Seatbelt)] {
            assert_eq!(means(platform, &policy).ok(), Some(expected));
        }
        for platform in ["windows", "freebsd", "android", "ios", ""] {
            let refusal = means(platform, &policy).unwrap_err().to_string();
            assert!(refusal.starts_with("cannot enforce the `workspace-write` sandbox on ") && refusal.lines().count() == 1, "{refusal}");
        }
    }
}
