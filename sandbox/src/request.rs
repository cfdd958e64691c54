//! Decides what is started for a command under a policy.

use std::ffi::OsString;
use std::path::PathBuf;

use codex_protocol::{Boundary, SandboxPolicy};

use crate::platform;

/// A command and what it is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxRequest {
    /// What it may touch.
    pub policy: SandboxPolicy,
    /// What the user settled beside the policy.
    pub boundary: Boundary,
    /// `$CODEX_HOME`, absolute: read-only where it lies in a writable root, and its credentials and sessions cannot be read.
    pub codex_home: PathBuf,
    /// Where the listeners of a network by proxy are handed over. `None` closes the network that `policy` closes.
    pub proxy: Option<ProxyEndpoint>,
    /// Whether to do without namespaces although the machine may have them.
    pub landlock_only: bool,
    /// Whether the helper says on the command's standard error when it has to do without a part.
    pub announce: bool,
    /// The session's folder, absolute, as the user chose it: the writable root of `workspace-write`.
    ///
    /// Never something a model chose. It is apart from `cwd` so that a command asked to run elsewhere does not make
    /// "elsewhere" writable.
    pub workspace: PathBuf,
    /// Where the command runs, absolute. Grants nothing.
    pub cwd: PathBuf,
    /// The value of `TMPDIR`, if there is one.
    pub tmpdir: Option<PathBuf>,
    /// The program that plays the sandbox helper: this one's own file.
    pub helper: PathBuf,
    /// Program and arguments, not empty.
    pub argv: Vec<OsString>,
}

/// A proxy that takes over the only listeners a command can reach.
///
/// Before the command runs, the helper connects to the socket and hands over two TCP listeners on the loopback of the command's own
/// network, [`PROXY_HTTP_PORT`] and [`PROXY_SOCKS_PORT`]; the connection's end is the end of the command. `codex-network-proxy`
/// is the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyEndpoint {
    /// A unix socket, absolute.
    pub socket: PathBuf,
}

/// Where a command finds the HTTP proxy on its loopback.
pub const PROXY_HTTP_PORT: u16 = 43128;

/// Where a command finds the SOCKS5 proxy on its loopback.
pub const PROXY_SOCKS_PORT: u16 = 41080;

/// What to start instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxedCommand {
    /// File or name of the program.
    pub program: OsString,
    /// The name it must see itself under, if not `program`.
    pub arg0: Option<OsString>,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Whether a sandbox of ours is around it.
    pub sandboxed: bool,
}

/// Why a command cannot be run under its policy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The command has no words.
    #[error("command args are empty")]
    Empty,
    /// There is no sandbox for this platform.
    #[error(
        "cannot enforce the `{policy}` sandbox on {platform}: it needs Linux or macOS; choose `danger-full-access` inside a container or machine you can lose"
    )]
    Unsupported {
        /// Name of the policy.
        policy: &'static str,
        /// Name of the operating system.
        platform: &'static str,
    },
    /// This machine's kernel lacks something; says what and what to do, in one line.
    #[error("{0}")]
    Unenforceable(String),
}

/// Builds what to start for `request`. Looks at no file and asks no kernel: a machine that cannot enforce the policy
/// shows when the helper refuses, see [`refusal`](crate::refusal).
///
/// # Errors
/// [`SandboxError::Empty`], and [`SandboxError::Unsupported`] for a policy that needs a sandbox where there is none.
pub fn wrap(request: &SandboxRequest) -> Result<SandboxedCommand, SandboxError> {
    let (program, args) = request.argv.split_first().ok_or(SandboxError::Empty)?;
    match &request.policy {
        SandboxPolicy::DangerFullAccess | SandboxPolicy::ExternalSandbox { .. } => {
            Ok(SandboxedCommand { program: program.clone(), arg0: None, args: args.to_vec(), sandboxed: false })
        }
        SandboxPolicy::ReadOnly { .. } | SandboxPolicy::WorkspaceWrite { .. } => platform::sandboxed(request),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(policy: SandboxPolicy, argv: &[&str]) -> SandboxRequest {
        SandboxRequest {
            policy,
            boundary: Boundary::default(),
            codex_home: "/h".into(),
            proxy: None,
            landlock_only: false,
            announce: false,
            workspace: "/w".into(),
            cwd: "/elsewhere".into(),
            tmpdir: Some("/t".into()),
            helper: "/codex".into(),
            argv: argv.iter().map(OsString::from).collect(),
        }
    }

    #[test]
    fn policies_without_a_sandbox_of_ours_run_the_command_itself() {
        for policy in [SandboxPolicy::DangerFullAccess, SandboxPolicy::ExternalSandbox { network_access: Default::default() }] {
            let command = wrap(&request(policy, &["ls", "-l"])).unwrap();
            assert_eq!(command, SandboxedCommand { program: "ls".into(), arg0: None, args: vec!["-l".into()], sandboxed: false });
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_workspace_is_writable_and_the_folder_a_command_runs_in_is_not() {
        let command = wrap(&request(SandboxPolicy::workspace_write(), &["ls"])).unwrap();
        assert!(command.sandboxed);
        assert_eq!(
            (command.program.to_str(), command.arg0.as_ref().and_then(|arg0| arg0.to_str())),
            (Some("/codex"), Some("codex-linux-sandbox"))
        );
        let rest = ["--workspace", "/w", "--home", "/h", "--git-broker", "--", "ls"];
        let expected = ["--cwd", "/elsewhere", "--write", "/w", "--temporary", "/t", "--temporary", "/tmp"];
        assert_eq!(command.args, [&expected[..], &rest].concat());
        let command = wrap(&request(SandboxPolicy::read_only(), &["ls"])).unwrap();
        assert_eq!(command.args, [&["--cwd", "/elsewhere"][..], &rest].concat());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_closed_network_is_opened_by_a_proxy_alone_and_an_open_one_needs_none() {
        let closed = SandboxRequest {
            proxy: Some(ProxyEndpoint { socket: "/run/proxy".into() }),
            ..request(SandboxPolicy::workspace_write(), &["ls"])
        };
        let args = wrap(&closed).unwrap().args;
        assert!(args.windows(2).any(|pair| pair == ["--proxy", "/run/proxy"]), "{args:?}");
        let open = SandboxRequest { policy: SandboxPolicy::ReadOnly { network_access: true }, ..closed };
        let args = wrap(&open).unwrap().args;
        assert!(args.contains(&"--network".into()) && !args.contains(&"--proxy".into()), "{args:?}");
    }

    #[test]
    fn no_words_are_no_command() {
        assert_eq!(wrap(&request(SandboxPolicy::DangerFullAccess, &[])).unwrap_err().to_string(), "command args are empty");
        assert_eq!(wrap(&request(SandboxPolicy::read_only(), &[])).unwrap_err().to_string(), "command args are empty");
    }
}
