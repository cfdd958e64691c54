//! What all connections share: the threads that are loaded, the clients that are there, and the numbers of our questions.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex_app_server_protocol::ServerNotification;
use codex_config::{Config, LoadOptions};
use codex_core::ThreadManager;
use codex_protocol::{Op, ThreadId};
use codex_state::SessionStore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::account::SignIns;
use crate::connection::{Connection, ConnectionId, spelt_notification};
use crate::loaded::LoadedThread;
use crate::metadata::Metadata;
use crate::outbox::Outbox;
use crate::skill_watch::SkillWatch;
use crate::surroundings::Surroundings;

/// How long threads may take to end when the server does.
const END_GRACE: Duration = Duration::from_secs(10);

/// The server, without its transports.
pub(crate) struct Server {
    pub(crate) surroundings: Surroundings,
    pub(crate) store: SessionStore,
    /// Tasks that follow threads; the server ends when they have.
    pub(crate) tasks: TaskTracker,
    threads: Mutex<BTreeMap<ThreadId, Arc<LoadedThread>>>,
    connections: Mutex<BTreeMap<ConnectionId, Arc<Connection>>>,
    pub(crate) sign_ins: SignIns,
    pub(crate) metadata: Metadata,
    pub(crate) skill_watch: SkillWatch,
    /// Features that clients switched, until the server ends.
    switched: Mutex<BTreeMap<String, bool>>,
    /// Keeps lasting rules in force across threads of different configurations.
    manager: Mutex<Option<Arc<ThreadManager>>>,
    next_connection: AtomicU64,
    next_question: AtomicI64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    pub(crate) fn new(surroundings: Surroundings) -> Arc<Self> {
        let store = SessionStore::new(surroundings.codex_home());
        let metadata = Metadata::new(surroundings.codex_home());
        Arc::new(Self {
            surroundings,
            store,
            tasks: TaskTracker::new(),
            threads: Mutex::default(),
            connections: Mutex::default(),
            sign_ins: SignIns::default(),
            metadata,
            skill_watch: SkillWatch::default(),
            switched: Mutex::default(),
            manager: Mutex::new(None),
            next_connection: AtomicU64::new(0),
            next_question: AtomicI64::new(0),
        })
    }

    /// What the configuration is read with.
    pub(crate) fn load_options(&self) -> LoadOptions {
        let mut options = self.surroundings.load.clone();
        options.feature_flags.extend(lock(&self.switched).iter().map(|(name, on)| (name.clone(), *on)));
        options
    }

    /// Switches features for threads that start from now on.
    pub(crate) fn switch(&self, features: &BTreeMap<String, bool>) {
        lock(&self.switched).extend(features.iter().map(|(name, on)| (name.clone(), *on)));
    }

    /// Takes a client in.
    pub(crate) fn connect(&self, outbox: Outbox, closed: CancellationToken) -> Arc<Connection> {
        let id = ConnectionId(self.next_connection.fetch_add(1, Ordering::Relaxed));
        let connection = Arc::new(Connection::new(id, outbox, closed));
        lock(&self.connections).insert(id, Arc::clone(&connection));
        connection
    }

    /// Lets a client go: its subscriptions end, its turns do not.
    pub(crate) fn disconnect(&self, connection: &Connection) {
        connection.closed.cancel();
        lock(&self.connections).remove(&connection.id);
        for thread in self.threads() {
            let mut state = thread.state();
            state.subscribers.remove(&connection.id);
            state.attached.remove(&connection.id);
        }
    }

    /// The number of our next question.
    pub(crate) fn next_question(&self) -> i64 {
        self.next_question.fetch_add(1, Ordering::Relaxed)
    }

    /// A manager for threads of this configuration and client.
    pub(crate) fn manager(&self, config: Arc<Config>, connection: &Connection) -> ThreadManager {
        let mut first = lock(&self.manager);
        let own = Arc::clone(&self.surroundings.runtime);
        let first = first.get_or_insert_with(|| Arc::new(ThreadManager::new(Arc::clone(&config), own)));
        let runtime = connection.client().map_or(&self.surroundings.runtime, |client| &client.runtime);
        first.with_config(config).with_runtime(Arc::clone(runtime))
    }

    pub(crate) fn thread(&self, id: ThreadId) -> Option<Arc<LoadedThread>> {
        lock(&self.threads).get(&id).cloned()
    }

    /// Every loaded thread, by id.
    pub(crate) fn threads(&self) -> Vec<Arc<LoadedThread>> {
        lock(&self.threads).values().cloned().collect()
    }

    pub(crate) fn keep(&self, thread: Arc<LoadedThread>) {
        lock(&self.threads).insert(thread.id, thread);
    }

    pub(crate) fn forget(&self, id: ThreadId) {
        lock(&self.threads).remove(&id);
    }

    /// Tells every client.
    pub(crate) fn broadcast(&self, notification: &ServerNotification) {
        let (method, text) = spelt_notification(notification);
        for connection in lock(&self.connections).values() {
            connection.notify(method, &text);
        }
    }

    /// Tells the clients that follow a thread.
    pub(crate) fn tell(&self, thread: &LoadedThread, notification: &ServerNotification) {
        let (method, text) = spelt_notification(notification);
        for connection in self.subscribers(thread) {
            connection.notify(method, &text);
        }
    }

    /// The clients that follow a thread.
    pub(crate) fn subscribers(&self, thread: &LoadedThread) -> Vec<Arc<Connection>> {
        let subscribers: Vec<ConnectionId> = thread.state().subscribers.iter().copied().collect();
        let connections = lock(&self.connections);
        subscribers.iter().filter_map(|id| connections.get(id).cloned()).collect()
    }

    /// These clients, as far as they are still there.
    pub(crate) fn connections_of(&self, ids: &[ConnectionId]) -> Vec<Arc<Connection>> {
        let connections = lock(&self.connections);
        ids.iter().filter_map(|id| connections.get(id).cloned()).collect()
    }

    /// Whether any thread has a turn running.
    pub(crate) fn is_working(&self) -> bool {
        self.threads().iter().any(|thread| thread.state().turn.is_some())
    }

    /// Ends every thread, turns included, and waits until their files are whole.
    pub(crate) async fn end(&self) {
        for thread in self.threads() {
            // A thread that is gone already has nothing to end.
            let _ = thread.core.submit(Op::Shutdown).await;
        }
        self.tasks.close();
        if tokio::time::timeout(END_GRACE, self.tasks.wait()).await.is_err() {
            tracing::warn!("some threads did not end within {END_GRACE:?}");
        }
    }
}
