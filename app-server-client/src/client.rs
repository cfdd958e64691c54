//! The client: numbers requests, hands answers to whoever waits for them, passes on the rest.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_app_server_protocol::message::{self, Response};
use codex_app_server_protocol::types::{ClientInfo, InitializeCapabilities, InitializeParams, InitializeResponse};
use codex_app_server_protocol::{ErrorBody, RequestId, ServerNotification, ServerRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};

use crate::error::ClientError;
use crate::transport::{self, Wire};

/// What a server says without being asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// Something happened.
    Notification(Box<ServerNotification>),
    /// The server asks; answer with [`Client::answer`] under this id.
    Request {
        /// The question's number.
        id: RequestId,
        /// What is asked.
        request: Box<ServerRequest>,
    },
    /// A message that this client does not know: a server of another version.
    Unknown(Value),
}

/// What arrives, in the order it was sent. `None` once the connection has ended. Nothing is lost: whoever does not read
/// keeps it all in memory.
pub type Events = mpsc::UnboundedReceiver<Incoming>;

/// What a client calls itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientName<'a> {
    /// A name that may stand in an HTTP header.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
}

type Waiting = HashMap<RequestId, oneshot::Sender<Result<Value, ErrorBody>>>;

/// A connection to a server. Clones share it; it ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Client {
    outgoing: mpsc::Sender<String>,
    /// `None` once the connection has ended.
    waiting: Arc<Mutex<Option<Waiting>>>,
    next: Arc<AtomicI64>,
}

fn lock(waiting: &Mutex<Option<Waiting>>) -> MutexGuard<'_, Option<Waiting>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Client {
    /// Starts a server, such as `codex app-server`, that ends with this client.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub async fn start(program: &str, args: &[&str]) -> Result<(Self, Events), ClientError> {
        transport::program(program, args).map(Self::over)
    }

    /// Connects to a server at `ws://IP:PORT`, with the token it asks for.
    ///
    /// # Errors
    /// When nobody listens there, or the token is refused.
    pub async fn websocket(url: &str, token: Option<&str>) -> Result<(Self, Events), ClientError> {
        transport::websocket(url, token).await.map(Self::over)
    }

    /// Connects to a server at a Unix socket.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn unix(path: &Path) -> Result<(Self, Events), ClientError> {
        transport::unix(path).await.map(Self::over)
    }

    /// A client over a pair of streams, one message a line. Needs a tokio runtime.
    pub fn over_streams(
        input: impl AsyncRead + Unpin + Send + 'static,
        output: impl AsyncWrite + Unpin + Send + 'static,
    ) -> (Self, Events) {
        Self::over(transport::lines(input, output, None))
    }

    fn over(wire: Wire) -> (Self, Events) {
        let waiting = Arc::new(Mutex::new(Some(Waiting::new())));
        let (sender, events) = mpsc::unbounded_channel();
        tokio::spawn(receive(wire.incoming, Arc::clone(&waiting), sender));
        (Self { outgoing: wire.outgoing, waiting, next: Arc::new(AtomicI64::new(1)) }, events)
    }

    /// The handshake, with experimental methods; every other request comes after it.
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn initialize(&self, client: &ClientName<'_>) -> Result<InitializeResponse, ClientError> {
        let params = InitializeParams {
            capabilities: Some(InitializeCapabilities { experimental_api: true, opt_out_notification_methods: None }),
            client_info: ClientInfo { name: client.name.to_owned(), title: None, version: client.version.to_owned() },
        };
        let answer = self.request("initialize", &params).await?;
        self.send(&json!({ "method": "initialized" })).await?;
        Ok(answer)
    }

    /// Asks, and waits for the answer. May be called many times at once.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with what the server said; [`ClientError::Closed`]; [`ClientError::Shape`].
    pub async fn request<T: DeserializeOwned>(&self, method: &str, params: &impl Serialize) -> Result<T, ClientError> {
        let id = RequestId::Number(self.next.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = oneshot::channel();
        lock(&self.waiting).as_mut().ok_or(ClientError::Closed)?.insert(id.clone(), sender);
        let shape = |source| ClientError::Shape { method: method.to_owned(), source };
        let params = serde_json::to_value(params).map_err(shape)?;
        self.send(&json!({ "id": id, "method": method, "params": params })).await?;
        match answer.await.map_err(|_| ClientError::Closed)? {
            Ok(value) => serde_json::from_value(value).map_err(shape),
            Err(error) => Err(ClientError::Refused { method: method.to_owned(), error: Box::new(error) }),
        }
    }

    /// Answers a question of the server.
    ///
    /// # Errors
    /// [`ClientError::Closed`].
    pub async fn answer(&self, id: &RequestId, result: &impl Serialize) -> Result<(), ClientError> {
        self.send(&Response { id, result }).await
    }

    /// Whether the connection goes on, as far as is known here.
    pub fn is_open(&self) -> bool {
        lock(&self.waiting).is_some()
    }

    async fn send(&self, message: &impl Serialize) -> Result<(), ClientError> {
        let text = serde_json::to_string(message).map_err(|source| ClientError::Shape { method: "message".to_owned(), source })?;
        self.outgoing.send(text).await.map_err(|_| ClientError::Closed)
    }
}

async fn receive(mut lines: mpsc::Receiver<String>, waiting: Arc<Mutex<Option<Waiting>>>, events: mpsc::UnboundedSender<Incoming>) {
    while let Some(line) = lines.recv().await {
        let Ok(value) = serde_json::from_str::<Value>(&line) else {
            tracing::warn!("the server sent a line that is no JSON");
            continue;
        };
        let event = match message::Incoming::sort(value.clone()) {
            Some(message::Incoming::Response { id, result }) => {
                let waiter = lock(&waiting).as_mut().and_then(|waiting| waiting.remove(&id));
                if let Some(waiter) = waiter {
                    // Whoever asked may have given up.
                    let _ = waiter.send(result);
                }
                continue;
            }
            Some(message::Incoming::Request { id, message }) => match serde_json::from_value(message) {
                Ok(request) => Incoming::Request { id, request: Box::new(request) },
                Err(_) => Incoming::Unknown(value),
            },
            Some(message::Incoming::Notification { .. }) => match serde_json::from_value(value.clone()) {
                Ok(notification) => Incoming::Notification(Box::new(notification)),
                Err(_) => Incoming::Unknown(value),
            },
            None => Incoming::Unknown(value),
        };
        if events.send(event).is_err() && lock(&waiting).as_ref().is_none_or(HashMap::is_empty) {
            // Nobody reads events; answers are still waited for.
            tracing::trace!("an event has no reader");
        }
    }
    // Dropping the senders tells everybody who waits.
    lock(&waiting).take();
}
