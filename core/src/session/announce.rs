//! Tells once a session that the sandbox around its commands is weaker here than it could be, or that there is none.
//!
//! The machine is asked beside the first request, so that nobody waits for it; the end of the first turn waits, so that
//! nobody misses it. Nothing is decided here: the helper finds out by itself for each command (S6).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex_protocol::EventMsg;
use codex_protocol::event::Warning;
use codex_protocol::policy::SandboxPolicy;
use tokio::task::JoinHandle;

use super::Session;
use crate::network::reaches_by_name;

/// Where hosts by name cannot be had.
const HOSTS_CLOSED: &str = "sandbox: the network stays closed: the hosts of `sandbox_workspace_write.network_access` are reached through a proxy that needs namespaces";

/// How long the end of a turn waits for the helper's answer, which takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the session was told, and what tells it.
#[derive(Debug, Default)]
pub(crate) struct SandboxNotice {
    begun: AtomicBool,
    telling: Mutex<Option<JoinHandle<()>>>,
}

impl SandboxNotice {
    /// Waits until what is to be told was told.
    pub(crate) async fn told(&self) {
        let telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(telling) = telling
            && tokio::time::timeout(PATIENCE, telling).await.is_err()
        {
            tracing::warn!("the helper does not say what sandbox there is");
        }
    }
}

/// Begins to tell, the first time that a policy needs a sandbox.
pub(crate) fn begin(session: &Arc<Session>, policy: &SandboxPolicy) {
    if !policy.needs_sandbox() || session.sandbox_notice.begun.swap(true, Ordering::Relaxed) {
        return;
    }
    let telling = tokio::spawn(tell(Arc::clone(session), policy.clone()));
    *session.sandbox_notice.telling.lock().unwrap_or_else(PoisonError::into_inner) = Some(telling);
}

async fn tell(session: Arc<Session>, policy: SandboxPolicy) {
    let config = Arc::clone(&session.services.config);
    let helper = session.services.runtime.codex_exe.clone();
    let lines = tokio::task::spawn_blocking(move || {
        let hosts = config.boundary.network.is_some() && reaches_by_name(&policy);
        let closed = hosts && !has_network_of_its_own(&helper, config.feature("use_legacy_landlock"));
        [weakness(&helper, &policy, config.boundary.fallback), closed.then(|| HOSTS_CLOSED.to_owned())]
    });
    for message in lines.await.into_iter().flatten().flatten() {
        session.events.show(EventMsg::Warning(Warning { message })).await;
    }
}

#[cfg(target_os = "linux")]
fn has_network_of_its_own(helper: &std::path::Path, landlock_only: bool) -> bool {
    let machine = codex_sandbox::machine(helper);
    !landlock_only && !machine.nested && machine.namespaces.is_ok()
}

#[cfg(not(target_os = "linux"))]
fn has_network_of_its_own(_helper: &std::path::Path, _landlock_only: bool) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn weakness(helper: &std::path::Path, policy: &SandboxPolicy, fallback: codex_protocol::SandboxFallback) -> Option<String> {
    codex_sandbox::announcement(codex_sandbox::machine(helper), policy, fallback)
}

#[cfg(not(target_os = "linux"))]
fn weakness(_helper: &std::path::Path, _policy: &SandboxPolicy, _fallback: codex_protocol::SandboxFallback) -> Option<String> {
    codex_sandbox::check_host().err().map(|error| format!("sandbox: commands will not run: {error}"))
}
