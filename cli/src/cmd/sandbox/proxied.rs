//! The network of a command that reaches hosts by name: a proxy beside it, as a process of its own.
//!
//! Not in this process, which becomes the command. It is told the rules, answers with a socket for the sandbox helper, and
//! ends with the command. It leads a group, so that what is typed at the terminal is the command's alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use codex_network_proxy::{ROLE, client_environment};
use codex_sandbox::{PROXY_HTTP_PORT, PROXY_SOCKS_PORT, ProxyEndpoint};

use super::settle::Settled;
use crate::failure::Failure;

/// Starts the proxy, where the command's network is one by names.
pub(super) fn start(settled: &Settled) -> Result<Option<ProxyEndpoint>, Failure> {
    let request = &settled.request;
    let Some(hosts) = request.boundary.network.as_ref().filter(|_| codex_core::reaches_by_name(&request.policy)) else {
        return Ok(None);
    };
    let files = codex_execpolicy::load(&request.codex_home, &settled.config.project_folders);
    let rules = codex_core::network_rules(hosts, files.policy.network_rules())
        .map_err(|error| Failure::new(format!("Error: sandbox_workspace_write.network_access: {error}")))?;
    let sockets = codex_core::socket_folder(&request.codex_home, request.tmpdir.as_deref());
    let failed = |error| Failure::new(format!("Error: cannot start the network proxy: {error}"));
    #[expect(clippy::disallowed_methods, reason = "it outlives this program, which becomes the command, and ends with that")]
    let mut process = Command::new(&request.helper);
    process.arg0(ROLE).arg(sockets).env_clear().current_dir("/").process_group(0);
    let mut proxy = process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut stdin) = proxy.stdin.take() {
        stdin.write_all(rules.to_lines().as_bytes()).map_err(failed)?;
    }
    let mut socket = Vec::new();
    if let Some(stdout) = proxy.stdout.take() {
        BufReader::new(stdout).read_until(0, &mut socket).map_err(failed)?;
    }
    // Without the zero byte at the end it has said why on standard error, and ended.
    if socket.pop() != Some(0) {
        return Err(Failure::new("Error: the network proxy did not start; nothing was run"));
    }
    Ok(Some(ProxyEndpoint { socket: PathBuf::from(OsString::from_vec(socket)) }))
}

/// Shows the command its proxy, and takes back that it has no network.
pub(super) fn show(env: &mut BTreeMap<OsString, OsString>) {
    env.remove(std::ffi::OsStr::new("CODEX_SANDBOX_NETWORK_DISABLED"));
    for (name, value) in client_environment(PROXY_HTTP_PORT, PROXY_SOCKS_PORT) {
        env.insert(name.into(), value.into());
    }
}
