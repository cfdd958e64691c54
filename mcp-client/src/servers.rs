//! The servers of one session: started together in the background, asked by name, ended together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex_protocol::EventMsg;
use codex_protocol::event::{McpList, McpListChanged, McpStartupComplete, McpStartupFailure, Warning};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::RequiredFailed;
use crate::host::McpHost;
use crate::http::HttpFactory;
use crate::oauth::StoreKind;
use crate::server::{Changes, Phase, Server};
use crate::settings::ServerSettings;
use crate::table::ToolTable;
use crate::tool::McpTool;

/// What the servers of a session need of this program.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Environment of this program, for proxies and certificates.
    pub env: BTreeMap<String, String>,
    /// Where sign-ins are kept.
    pub codex_home: PathBuf,
    /// Which place of the two.
    pub credentials: StoreKind,
    /// `user-agent` of HTTP requests.
    pub user_agent: String,
    /// Version of this program.
    pub version: String,
}

/// How a server is, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerState {
    /// Name in the configuration.
    pub name: String,
    /// Whether it can be asked.
    pub is_ready: bool,
    /// Why not, when it failed.
    pub error: Option<String>,
    /// Its tools.
    pub tools: Vec<Arc<McpTool>>,
}

/// The servers of one session.
pub struct McpServers {
    servers: Mutex<BTreeMap<String, Arc<Server>>>,
    table: Mutex<Arc<ToolTable>>,
    changes: Arc<Changes>,
    /// Woken after the table was made anew.
    renewed: Notify,
    cancel: CancellationToken,
    host: Arc<dyn McpHost>,
    http: Mutex<HttpFactory>,
    version: String,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
}

impl std::fmt::Debug for McpServers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(lock(&self.servers).keys()).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl McpServers {
    /// Starts the servers. Returns at once; what happens is told to `host`. Needs a tokio runtime.
    pub fn start(settings: Vec<ServerSettings>, surroundings: Surroundings, host: Arc<dyn McpHost>) -> Arc<Self> {
        Self::start_some(settings, surroundings, host, |_| false)
    }

    /// The same, but those that `is_held` says yes to are started with [`McpServers::let_go`], or when somebody asks for one of them.
    pub fn start_some(
        settings: Vec<ServerSettings>,
        surroundings: Surroundings,
        host: Arc<dyn McpHost>,
        is_held: impl Fn(&ServerSettings) -> bool,
    ) -> Arc<Self> {
        let this = Arc::new(Self {
            servers: Mutex::default(),
            table: Mutex::default(),
            changes: Arc::default(),
            renewed: Notify::new(),
            cancel: CancellationToken::new(),
            host,
            http: Mutex::new(HttpFactory::new(&surroundings)),
            version: surroundings.version,
            tasks: tokio::sync::Mutex::default(),
        });
        let made: Vec<Arc<Server>> = settings.into_iter().map(|settings| this.make(settings)).collect();
        made.iter().filter(|server| !is_held(&server.settings)).for_each(|server| server.let_go());
        lock(&this.servers).extend(made.iter().map(|server| (server.settings.name.clone(), Arc::clone(server))));
        if let Ok(mut tasks) = this.tasks.try_lock() {
            tasks.spawn(Arc::clone(&this).follow_tools());
            this.run(&mut tasks, made);
        }
        this
    }

    fn make(&self, settings: ServerSettings) -> Arc<Server> {
        let parts = (Arc::clone(&self.host), lock(&self.http).clone(), self.version.clone());
        Arc::new(Server::new(settings, parts.0, parts.1, parts.2, self.cancel.child_token(), Arc::clone(&self.changes)))
    }

    fn run(self: &Arc<Self>, tasks: &mut JoinSet<()>, servers: Vec<Arc<Server>>) {
        for server in &servers {
            tasks.spawn(Arc::clone(server).supervise());
        }
        tasks.spawn(Arc::clone(self).tell_when_settled(servers));
    }

    /// Takes over another configuration: servers whose settings are the same go on, others end, new and changed ones start.
    /// Returns at once, as [`McpServers::start`] does.
    pub async fn reload(self: &Arc<Self>, settings: Vec<ServerSettings>, surroundings: &Surroundings) {
        let mut tasks = self.tasks.lock().await;
        if self.cancel.is_cancelled() {
            return;
        }
        *lock(&self.http) = HttpFactory::new(surroundings);
        let mut made = Vec::new();
        {
            let mut servers = lock(&self.servers);
            let mut before = std::mem::take(&mut *servers);
            // What was changed begins anew, what was taken out ends.
            before.values().filter(|server| !settings.contains(&server.settings)).for_each(|server| server.retire());
            for settings in settings {
                let name = settings.name.clone();
                let is_same = before.get(&name).is_some_and(|server| server.settings == settings);
                let server = match before.remove(&name).filter(|_| is_same) {
                    Some(server) => {
                        // A sign-in made meanwhile may be what it lacked.
                        server.start_again();
                        server
                    }
                    None => {
                        let server = self.make(settings);
                        server.let_go();
                        made.push(Arc::clone(&server));
                        server
                    }
                };
                servers.insert(name, server);
            }
        }
        self.renew();
        self.run(&mut tasks, made);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        lock(&self.servers).is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<String> {
        lock(&self.servers).keys().cloned().collect()
    }

    pub(crate) fn server_named(&self, name: &str) -> Option<Arc<Server>> {
        lock(&self.servers).get(name).cloned()
    }

    fn all(&self) -> Vec<Arc<Server>> {
        lock(&self.servers).values().cloned().collect()
    }

    /// The tools as they are now.
    pub fn tools(&self) -> Arc<ToolTable> {
        Arc::clone(&lock(&self.table))
    }

    /// How each server is now.
    pub fn states(&self) -> Vec<ServerState> {
        let state = |server: &Arc<Server>| {
            let phase = server.phase();
            let error = match &phase {
                Phase::Failed { error, .. } => Some(error.to_string()),
                Phase::Starting | Phase::Ready(_) | Phase::Stopped => None,
            };
            ServerState { name: server.settings.name.clone(), is_ready: matches!(phase, Phase::Ready(_)), error, tools: server.tools() }
        };
        self.all().iter().map(state).collect()
    }

    /// What the servers are configured to be.
    pub fn settings(&self, server: &str) -> Option<ServerSettings> {
        self.server_named(server).map(|server| server.settings.clone())
    }

    /// Starts failed servers anew: this one, or all.
    pub fn start_again(&self, server: Option<&str>) {
        self.all().iter().filter(|own| server.is_none_or(|name| own.settings.name == name)).for_each(|server| server.start_again());
    }

    /// Starts those that were held back.
    pub fn let_go(&self) {
        self.all().iter().for_each(|server| server.let_go());
    }

    /// Since when a server has had time to come up.
    pub fn since(&self, server: &str) -> Option<Instant> {
        self.server_named(server).map(|server| server.since())
    }

    /// Waits until the first start of every server is over, or until `patience` is.
    pub async fn settled_within(&self, patience: Duration) {
        let all = async {
            for server in self.all() {
                server.settled().await;
            }
            self.renew();
        };
        // Whoever is slower comes later.
        let _ = tokio::time::timeout(patience, all).await;
    }

    /// Waits for those of the servers that `counts` says yes to while they work at coming up, until `patience` is over: a process
    /// that sleeps waits for something else than this machine, and nobody knows how long. Tells the names of those that slept.
    pub async fn some_settled_within(&self, counts: impl Fn(&ServerSettings) -> bool, patience: Duration) -> Vec<String> {
        let servers: Vec<_> = self.all().into_iter().filter(|server| counts(&server.settings)).collect();
        let all = futures::future::join_all(servers.iter().map(|server| server.settled_or_asleep()));
        let settled = tokio::time::timeout(patience, all).await.unwrap_or_default();
        self.renew();
        servers.iter().zip(settled).filter(|(_, is_settled)| !is_settled).map(|(server, _)| server.settings.name.clone()).collect()
    }

    /// Waits for the servers without which nothing starts.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub async fn required(&self) -> Result<(), RequiredFailed> {
        let mut failed = Vec::new();
        for server in self.all().into_iter().filter(|server| server.settings.required) {
            if let Phase::Failed { error, .. } = server.settled().await {
                failed.push((server.settings.name.clone(), error.to_string()));
            }
        }
        self.renew();
        if failed.is_empty() { Ok(()) } else { Err(RequiredFailed { failed }) }
    }

    /// The tool that a call means. A name that is not there yet is waited for while its server may still bring it.
    pub async fn find(&self, exposed: &str, cancel: &CancellationToken) -> Option<Arc<McpTool>> {
        if let Some(tool) = self.tools().get(exposed) {
            return Some(Arc::clone(tool));
        }
        for server in self.all() {
            if matches!(server.phase(), Phase::Starting) && exposed.starts_with(&crate::names::exposed_name(&server.settings.name, "")) {
                // How it went shows in the table.
                let _ = server.live(cancel).await;
            }
        }
        self.renew();
        self.tools().get(exposed).cloned()
    }

    /// What a server says of itself: name, version, capabilities, instructions. `None` while it is not ready.
    pub fn about(&self, server: &str) -> Option<Value> {
        match self.server_named(server)?.phase() {
            Phase::Ready(live) => Some(live.about.clone()),
            _ => None,
        }
    }

    /// Ends every server and waits for it.
    pub async fn stop(&self) {
        self.cancel.cancel();
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }

    fn renew(&self) {
        let table = Arc::new(ToolTable::new(self.all().iter().flat_map(|server| server.tools())));
        *lock(&self.table) = table;
        self.renewed.notify_waiters();
    }

    async fn follow_tools(self: Arc<Self>) {
        let mut told = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return,
                () = self.changes.any() => self.renew(),
            }
            for server in self.changes.take() {
                self.host.tell(EventMsg::McpListChanged(McpListChanged { server, list: McpList::Tools })).await;
            }
            let table = self.tools();
            if table.shadowed() != told.as_slice() {
                told = table.shadowed().to_vec();
                let shown = told.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
                let message = format!("some MCP tools cannot be called, because another one has their name: {shown}");
                self.host.tell(EventMsg::Warning(Warning { message })).await;
            }
        }
    }

    async fn tell_when_settled(self: Arc<Self>, servers: Vec<Arc<Server>>) {
        if servers.is_empty() {
            return;
        }
        let mut complete = McpStartupComplete::default();
        for server in &servers {
            let name = server.settings.name.clone();
            let phase = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return,
                phase = server.first_start() => phase,
            };
            match phase {
                Phase::Ready(_) => complete.ready.push(name),
                Phase::Failed { error, .. } => complete.failed.push(McpStartupFailure { server: name, error: error.to_string() }),
                Phase::Stopped | Phase::Starting => complete.cancelled.push(name),
            }
        }
        self.host.tell(EventMsg::McpStartupComplete(complete)).await;
    }
}
