//! One client: what it said of itself, and the way to it.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use codex_app_server_protocol::message::{ErrorResponse, Response};
use codex_app_server_protocol::{ErrorBody, RequestId, ServerNotification};
use codex_core::Runtime;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::command_exec::Processes;
use crate::error::Failure;
use crate::fuzzy::Searches;
use crate::newer;
use crate::outbox::Outbox;
use crate::watch::Watches;

/// Names a connection of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// What a client said in its handshake.
#[derive(Debug)]
pub(crate) struct Client {
    /// The server's environment under the client's name.
    pub(crate) runtime: Arc<Runtime>,
    /// Whether it asked for experimental methods.
    pub(crate) experimental: bool,
    /// Whether it reads the form of newer releases only.
    pub(crate) newer: bool,
    /// Notifications it does not want.
    pub(crate) unwanted: HashSet<String>,
}

/// One client.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    /// Cancelled when the connection is over; whatever belongs to it ends then.
    pub(crate) closed: CancellationToken,
    /// Its named commands.
    pub(crate) processes: Processes,
    /// Its searches for files.
    pub(crate) searches: Searches,
    /// Its watches of files.
    pub(crate) watches: Watches,
    outbox: Outbox,
    client: OnceLock<Client>,
}

impl Connection {
    pub(crate) fn new(id: ConnectionId, outbox: Outbox, closed: CancellationToken) -> Self {
        Self {
            id,
            closed,
            processes: Processes::default(),
            searches: Searches::default(),
            watches: Watches::default(),
            outbox,
            client: OnceLock::new(),
        }
    }

    /// Whether the client asked for what is experimental.
    pub(crate) fn is_experimental(&self) -> bool {
        self.client.get().is_some_and(|client| client.experimental)
    }

    /// What it said in its handshake; `None` before.
    pub(crate) fn client(&self) -> Option<&Client> {
        self.client.get()
    }

    /// Takes the handshake; false when there was one.
    pub(crate) fn introduce(&self, client: Client) -> bool {
        self.client.set(client).is_ok()
    }

    /// Sends text as it is.
    pub(crate) fn send(&self, text: Arc<str>) {
        let newer = self.client().is_some_and(|client| client.newer);
        self.outbox.put(if newer { newer::adapt(text) } else { text });
    }

    /// Sends a notification, unless the client does not want it or has not introduced itself.
    pub(crate) fn notify(&self, method: &str, text: &Arc<str>) {
        if self.client().is_some_and(|client| !client.unwanted.contains(method)) {
            self.send(Arc::clone(text));
        }
    }

    /// Sends an error without the request it belongs to.
    pub(crate) fn complain(&self, error: ErrorBody) {
        // Clients that read ids by the schema take no null.
        self.send(spelt(&ErrorResponse { error, id: &RequestId::Text(String::new()) }));
    }
}

/// A request that waits for its answer. Answered once, by giving it up.
#[derive(Debug)]
pub(crate) struct Responder {
    pub(crate) connection: Arc<Connection>,
    pub(crate) id: RequestId,
}

impl Responder {
    pub(crate) fn succeed(self, result: &impl Serialize) {
        self.connection.send(spelt(&Response { id: &self.id, result }));
    }

    pub(crate) fn fail(self, failure: Failure) {
        self.connection.send(spelt(&ErrorResponse { error: failure.0, id: &self.id }));
    }

    pub(crate) fn answer<T: Serialize>(self, result: Result<T, Failure>) {
        match result {
            Ok(result) => self.succeed(&result),
            Err(failure) => self.fail(failure),
        }
    }
}

/// A message as text.
pub(crate) fn spelt(message: &impl Serialize) -> Arc<str> {
    match serde_json::to_string(message) {
        Ok(text) => text.into(),
        Err(error) => {
            // Types of the wire have string keys alone, so this is a fault of ours; the client must not wait for ever.
            tracing::error!(%error, "a message cannot be spelt");
            "{}".into()
        }
    }
}

/// A notification as text, with its method.
pub(crate) fn spelt_notification(notification: &ServerNotification) -> (&'static str, Arc<str>) {
    (notification.method(), spelt(notification))
}
