//! One server over its life: started in the background, watched, started anew with growing pauses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex_protocol::EventMsg;
use codex_protocol::event::{McpStartupStatus, McpStartupUpdate, Warning};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::asleep::Starting;
use crate::connection::{Live, connect};
use crate::error::{CallError, StartError};
use crate::handler::Handler;
use crate::host::McpHost;
use crate::http::HttpFactory;
use crate::settings::ServerSettings;
use crate::tool::{self, McpTool};

/// First pause before a server is started anew; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Starts in a row that may fail before nobody tries any more by itself.
const MOST_FAILURES: u32 = 5;
/// A server that was ready so long starts counting anew.
const HEALTHY: Duration = Duration::from_secs(60);

/// How far a server is.
#[derive(Clone)]
pub(crate) enum Phase {
    /// It is being started, for the first time or anew.
    Starting,
    /// It can be asked.
    Ready(Arc<Live>),
    /// It cannot. `again` says that it is tried again shortly.
    Failed { error: StartError, again: bool },
    /// The session has ended.
    Stopped,
}

/// What is new in the lists of tools of a session's servers.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Servers that changed their list while they ran.
    changed: Mutex<BTreeSet<String>>,
    any: Notify,
}

impl Changes {
    /// A list is there, for the first time or anew.
    fn listed(&self) {
        self.any.notify_one();
    }

    fn changed(&self, server: &str) {
        lock(&self.changed).insert(server.to_owned());
        self.any.notify_one();
    }

    /// Waits for a list.
    pub(crate) async fn any(&self) {
        self.any.notified().await;
    }

    /// Takes out who changed its list.
    pub(crate) fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *lock(&self.changed))
    }
}

/// One server of a session.
pub(crate) struct Server {
    pub(crate) settings: ServerSettings,
    host: Arc<dyn McpHost>,
    http: HttpFactory,
    version: String,
    phase: watch::Sender<Phase>,
    /// Its tools as last listed; they stay while it is started anew.
    tools: Mutex<Vec<Arc<McpTool>>>,
    /// Fingerprints of the first list and of everything that was listed since, by name (M4).
    seen: Mutex<Option<BTreeMap<String, String>>>,
    restart: Notify,
    /// Cancelled when it may be started for the first time.
    go: CancellationToken,
    /// Since when it may.
    since: Mutex<Instant>,
    cancel: CancellationToken,
    changes: Arc<Changes>,
    starting: Starting,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    pub(crate) fn new(
        settings: ServerSettings,
        host: Arc<dyn McpHost>,
        http: HttpFactory,
        version: String,
        cancel: CancellationToken,
        changes: Arc<Changes>,
    ) -> Self {
        Self {
            settings,
            host,
            http,
            version,
            phase: watch::Sender::new(Phase::Starting),
            tools: Mutex::default(),
            seen: Mutex::default(),
            restart: Notify::new(),
            go: CancellationToken::new(),
            since: Mutex::new(Instant::now()),
            cancel,
            changes,
            starting: Starting::default(),
        }
    }

    /// Lets its first start begin, if it has not.
    pub(crate) fn let_go(&self) {
        let mut since = lock(&self.since);
        if !self.go.is_cancelled() {
            *since = Instant::now();
            self.go.cancel();
        }
    }

    /// Since when it may start; before that, since when it is known.
    pub(crate) fn since(&self) -> Instant {
        *lock(&self.since)
    }

    pub(crate) fn tools(&self) -> Vec<Arc<McpTool>> {
        lock(&self.tools).clone()
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase.borrow().clone()
    }

    pub(crate) fn phases(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Starts it anew, if it has failed.
    pub(crate) fn start_again(&self) {
        if matches!(*self.phase.borrow(), Phase::Failed { .. }) {
            self.restart.notify_one();
        }
    }

    /// Ends it for good: the configuration has no such server any more.
    pub(crate) fn retire(&self) {
        self.cancel.cancel();
    }

    /// Waits until the first start is over, and lets it begin for that.
    pub(crate) async fn settled(&self) -> Phase {
        self.let_go();
        self.first_start().await
    }

    /// The same, but a process that comes to a rest without being ready is not waited for any more.
    pub(crate) async fn settled_or_asleep(&self) -> bool {
        tokio::select! {
            biased;
            _ = self.settled() => true,
            () = self.starting.falls_asleep() => false,
        }
    }

    /// Waits until the first start is over, whenever it begins.
    pub(crate) async fn first_start(&self) -> Phase {
        let mut phases = self.phases();
        // The sender is part of `self`: the wait ends with a phase.
        phases.wait_for(|phase| !matches!(phase, Phase::Starting)).await.map_or(Phase::Stopped, |phase| phase.clone())
    }

    /// The connection. Waits for a server that is being started.
    pub(crate) async fn live(&self, cancel: &CancellationToken) -> Result<Arc<Live>, CallError> {
        self.let_go();
        let mut phases = self.phases();
        let settled = phases.wait_for(|phase| match phase {
            Phase::Ready(live) => !live.closed.is_cancelled(),
            Phase::Failed { again, .. } => !again,
            Phase::Stopped => true,
            Phase::Starting => false,
        });
        let limit = self.settings.startup_timeout.saturating_mul(2).saturating_add(Duration::from_secs(2));
        let phase = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(CallError::Cancelled),
            phase = tokio::time::timeout(limit, settled) => phase.ok().and_then(|phase| phase.ok().map(|phase| phase.clone())),
        };
        match phase {
            Some(Phase::Ready(live)) => Ok(live),
            Some(Phase::Failed { error, .. }) => {
                // The next call may find it.
                if error.may_heal() {
                    self.restart.notify_one();
                }
                Err(CallError::NotReady(error))
            }
            Some(Phase::Stopped) | None | Some(Phase::Starting) => match self.phase() {
                Phase::Failed { error, .. } => Err(CallError::NotReady(error)),
                _ => Err(CallError::Closed("the server is not ready".to_owned())),
            },
        }
    }

    async fn tell(&self, status: McpStartupStatus) {
        self.host.tell(EventMsg::McpStartupUpdate(McpStartupUpdate { server: self.settings.name.clone(), status })).await;
    }

    /// Keeps the server running until the session ends.
    pub(crate) async fn supervise(self: Arc<Self>) {
        let mut failures = 0;
        let mut told: Option<StartError> = None;
        loop {
            self.phase.send_replace(Phase::Starting);
            if told.is_none() {
                self.tell(McpStartupStatus::Starting).await;
            }
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                () = self.go.cancelled() => {}
            }
            let began = Instant::now();
            let attempt = tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                attempt = self.attempt() => attempt,
            };
            let error = match attempt {
                Ok(live) => {
                    told = None;
                    let Some(error) = self.serve(&live).await else { break };
                    error
                }
                Err(error) => error,
            };
            failures = if began.elapsed() > HEALTHY { 1 } else { failures + 1 };
            let again = error.may_heal() && failures < MOST_FAILURES;
            if told.as_ref() != Some(&error) {
                self.tell(McpStartupStatus::Failed { error: error.to_string() }).await;
            }
            // A first failure of a server that was ready is waited out by calls; what fails on is told to them at once.
            let waited_for = again && failures == 1 && matches!(error, StartError::Ended { .. });
            told = Some(error.clone());
            self.phase.send_replace(Phase::Failed { error, again: waited_for });
            let pause = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(10)).min(LONGEST_PAUSE);
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                () = self.restart.notified() => { failures = 0; told = None; }
                () = tokio::time::sleep(pause), if again => {}
            }
        }
        if matches!(self.phase(), Phase::Starting) {
            self.tell(McpStartupStatus::Cancelled).await;
        }
        self.phase.send_replace(Phase::Stopped);
    }

    async fn attempt(&self) -> Result<Arc<Live>, StartError> {
        if self.settings.project.is_some() {
            self.host.may_start(&self.settings).await.map_err(|reason| StartError::NotAllowed { reason })?;
        }
        let handler = Handler::new(&self.settings.name, &self.host, &self.version);
        let live = connect(&self.settings, &handler, &self.http, &self.starting).await?;
        if let Err(error) = self.list(&live).await {
            let error = live.start_error(&self.settings, &error).await;
            live.stop().await;
            return Err(error);
        }
        let live = Arc::new(live);
        self.phase.send_replace(Phase::Ready(Arc::clone(&live)));
        self.changes.listed();
        self.tell(McpStartupStatus::Ready).await;
        Ok(live)
    }

    /// Follows a live server. `None` when the session ended, else why the server did.
    async fn serve(&self, live: &Live) -> Option<StartError> {
        loop {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => {
                    live.stop().await;
                    return None;
                }
                () = live.gone() => {
                    let error = live.obituary(&self.settings.name).await;
                    live.stop().await;
                    return Some(error);
                }
                () = live.tools_changed() => {
                    match self.list(live).await {
                        Ok(()) => self.changes.changed(&self.settings.name),
                        Err(error) => tracing::warn!(server = self.settings.name, %error, "the new list of tools cannot be had"),
                    }
                }
            }
        }
    }

    async fn list(&self, live: &Live) -> Result<(), CallError> {
        let listed = live.tools(self.settings.startup_timeout).await?;
        let list = {
            let mut seen = lock(&self.seen);
            let list = tool::read(&self.settings, &listed, seen.as_ref());
            let known = seen.get_or_insert_default();
            if known.is_empty() {
                known.extend(list.tools.iter().map(|tool| (tool.name.clone(), tool.fingerprint.clone())));
            }
            list
        };
        *lock(&self.tools) = list.tools;
        if !list.left_out.is_empty() {
            let shown = list.left_out.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
            let more = list.left_out.len().saturating_sub(5);
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            let message = format!("MCP server `{}`: some tools are left out: {shown}{more}", self.settings.name);
            self.host.tell(EventMsg::Warning(Warning { message })).await;
        }
        Ok(())
    }
}
