//! The proxy: what all its connections share, and accepting them.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::ask::{Asks, Decider};
use crate::audit::{Attempt, Protocol};
use crate::limits::Limits;
use crate::reach::{Resolve, SystemResolver};
use crate::rules::Rules;
use crate::visit::Visit;
use crate::{http, socks};

/// Lookups at a time.
const LOOKUPS: usize = 16;
/// Connections that are turned away politely at a time; more are dropped.
const TURNED_AWAY: usize = 32;
/// Wait after an accept that failed, as it does when descriptors are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How a proxy is set up.
pub struct ProxyOptions {
    /// Which hosts.
    pub rules: Rules,
    /// Who decides about hosts that no rule names; with nobody they are refused.
    pub decider: Option<Arc<dyn Decider>>,
    /// The setting that holds the rules, for messages: `NAME.allow` and `NAME.deny` are its lists.
    pub setting: String,
    /// A folder for sockets, in which a private one is made when the first is wanted. Short: a socket's path has at most
    /// 107 bytes.
    pub sockets: PathBuf,
    /// Bounds.
    pub limits: Limits,
    /// Who looks up names; the system unless told otherwise.
    pub resolver: Option<Arc<dyn Resolve>>,
}

impl ProxyOptions {
    /// Rules, and defaults for the rest.
    pub fn new(rules: Rules, sockets: PathBuf) -> Self {
        Self {
            rules,
            decider: None,
            setting: "sandbox_workspace_write.network_access".to_owned(),
            sockets,
            limits: Limits::default(),
            resolver: None,
        }
    }
}

/// Which protocol a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// HTTP, with `CONNECT`.
    Http,
    /// SOCKS5.
    Socks5,
}

/// A proxy. Everything it serves ends when it is dropped.
pub struct Proxy {
    pub(crate) shared: Arc<Shared>,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) rules: Rules,
    pub(crate) asks: Asks,
    pub(crate) audit: mpsc::Sender<Attempt>,
    pub(crate) limits: Limits,
    pub(crate) lookups: Semaphore,
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) setting: String,
    pub(crate) sockets: PathBuf,
    pub(crate) folder: OnceLock<TempDir>,
    pub(crate) cancel: CancellationToken,
    connections: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
}

impl Proxy {
    /// A proxy that serves nothing yet, and where its attempts are told. They have to be read: connections wait when the
    /// queue is full. Dropping the receiver drops what is told from then on.
    pub fn new(options: ProxyOptions) -> (Self, mpsc::Receiver<Attempt>) {
        let limits = options.limits;
        let (audit, attempts) = mpsc::channel(limits.audit_queue.max(1));
        let cancel = CancellationToken::new();
        let shared = Shared {
            rules: options.rules,
            asks: Asks::new(options.decider, cancel.clone()),
            audit,
            limits,
            lookups: Semaphore::new(LOOKUPS),
            resolver: options.resolver.unwrap_or_else(|| Arc::new(SystemResolver)),
            setting: options.setting,
            sockets: options.sockets,
            folder: OnceLock::new(),
            cancel,
            connections: Arc::new(Semaphore::new(limits.connections)),
            turned_away: Arc::new(Semaphore::new(TURNED_AWAY)),
        };
        (Self { shared: Arc::new(shared) }, attempts)
    }

    /// Serves a listener until `stop` or the proxy's end; its connections end then too. `client` is whose it is, for the
    /// audit.
    pub fn serve(
        &self,
        listener: TcpListener,
        wire: Wire,
        client: &str,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        accept(Arc::clone(&self.shared), listener, wire, client.into(), stop)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.cancel.cancel();
    }
}

/// Accepts connections until told to stop.
pub(crate) async fn accept(shared: Arc<Shared>, listener: TcpListener, wire: Wire, client: Arc<str>, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = shared.cancel.cancelled() => return,
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (shared, client, stop) = (Arc::clone(&shared), Arc::clone(&client), stop.clone());
        match Arc::clone(&shared.connections).try_acquire_owned() {
            Ok(place) => {
                tokio::spawn(async move {
                    connection(&shared, stream, wire, client, &stop).await;
                    drop(place);
                });
            }
            Err(_) => turn_away(&shared, stream, wire),
        }
    }
}

async fn connection(shared: &Shared, stream: TcpStream, wire: Wire, client: Arc<str>, stop: &CancellationToken) {
    let protocol = match wire {
        Wire::Http => Protocol::Http,
        Wire::Socks5 => Protocol::Socks5,
    };
    let mut visit = Visit::new(client, protocol);
    let _ = stream.set_nodelay(true);
    let serve = async {
        match wire {
            Wire::Http => http::serve::serve(shared, stream, &mut visit).await,
            Wire::Socks5 => socks::serve(shared, stream, &mut visit).await,
        }
    };
    tokio::select! {
        biased;
        () = shared.cancel.cancelled() => {}
        () = stop.cancelled() => {}
        () = serve => {}
    }
    visit.tell(shared).await;
}

fn turn_away(shared: &Shared, stream: TcpStream, wire: Wire) {
    tracing::warn!("a network connection was turned away: too many are open");
    if let (Wire::Http, Ok(place)) = (wire, Arc::clone(&shared.turned_away).try_acquire_owned()) {
        tokio::spawn(async move {
            http::serve::turn_away(stream).await;
            drop(place);
        });
    }
}
