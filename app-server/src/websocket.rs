//! Clients over WebSocket, one message a text frame.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;

use crate::auth::Auth;
use crate::dispatch::Dispatcher;
use crate::error::ServeError;
use crate::http_head::{Head, NO_UPGRADE, READY, Refusal};
use crate::outbox::outbox;
use crate::server::Server;

/// Bytes of a message.
const LONGEST_MESSAGE: usize = 64 * 1024 * 1024;

/// A pause after the system had no room for a client.
const BREATH: std::time::Duration = std::time::Duration::from_millis(50);

/// Where WebSocket clients come in.
pub(crate) struct Door {
    listener: TcpListener,
    auth: Option<Auth>,
    ours: IpAddr,
}

/// What is known of those who are in, when somebody knocks.
pub(crate) struct Guests {
    /// How many more may come in.
    pub(crate) room: Arc<Semaphore>,
    /// Cancelled when whoever has not said what they want gives way to others.
    pub(crate) hurry: CancellationToken,
    /// Cancelled when all are sent home.
    pub(crate) ending: CancellationToken,
}

const FULL: Refusal = Refusal { status: "503 Service Unavailable", body: "as many clients as can be served are here" };

impl Door {
    /// Opens it. One that others can reach is not opened without a key (L1).
    pub(crate) async fn open(address: SocketAddr, auth: Option<Auth>) -> Result<Self, ServeError> {
        if auth.is_none() && !address.ip().is_loopback() {
            let text = format!(
                "`--listen ws://{address}` can be reached from other machines and needs authentication: add `--ws-auth capability-token --ws-token-file FILE`, or listen on 127.0.0.1"
            );
            return Err(ServeError::Flags(text));
        }
        let listener = TcpListener::bind(address).await.map_err(|source| ServeError::System { what: "listen there", source })?;
        Ok(Self { listener, auth, ours: address.ip() })
    }

    /// Where it is: the port may have been chosen by the system.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// The next one who knocks.
    pub(crate) async fn knock(&self) -> Option<TcpStream> {
        match self.listener.accept().await {
            Ok((stream, _)) => Some(stream),
            Err(error) => {
                tracing::warn!(%error, "a client could not be let in");
                tokio::time::sleep(BREATH).await;
                None
            }
        }
    }

    /// Looks at who knocks, for as long as nobody else needs the place, and serves them where there is room.
    pub(crate) async fn let_in(&self, server: Arc<Server>, mut stream: TcpStream, guests: Guests) {
        let head = tokio::select! {
            head = Head::read(&mut stream) => head,
            () = guests.hurry.cancelled() => return,
        };
        let Some(head) = head else { return };
        let place = || guests.room.try_acquire_owned().map_err(|_| FULL);
        match head.and_then(|head| Ok((self.key(&head)?, head, place()?))) {
            Ok((key, head, _place)) => serve(server, stream, head, &key, guests.ending).await,
            Err(refusal) => {
                // A client that is gone needs no answer.
                let _ = stream.write_all(refusal.spelt().as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    }

    /// The key of the upgrade, or why there is none.
    fn key(&self, head: &Head) -> Result<String, Refusal> {
        head.admit(self.ours)?;
        if !head.wants_upgrade() {
            let asks_how_it_is = head.method == "GET" && matches!(head.path.as_str(), "/readyz" | "/healthz");
            return Err(if asks_how_it_is { READY } else { NO_UPGRADE });
        }
        if let Some(auth) = &self.auth {
            auth.check(head.header("authorization")).map_err(|body| Refusal { status: "401 Unauthorized", body })?;
        }
        let version = head.header("sec-websocket-version");
        match head.header("sec-websocket-key") {
            Some(key) if version == Some("13") => Ok(key.to_owned()),
            _ => Err(Refusal { status: "400 Bad Request", body: "not a websocket upgrade of version 13" }),
        }
    }
}

async fn serve(server: Arc<Server>, mut stream: TcpStream, head: Head, key: &str, ending: CancellationToken) {
    let accept = derive_accept_key(key.as_bytes());
    let upgraded =
        format!("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\r\n");
    if stream.write_all(upgraded.as_bytes()).await.is_err() {
        return;
    }
    let config = WebSocketConfig::default().max_message_size(Some(LONGEST_MESSAGE)).max_frame_size(Some(LONGEST_MESSAGE));
    let socket = WebSocketStream::from_partially_read(stream, head.rest, Role::Server, Some(config)).await;
    let (mut sink, mut messages) = socket.split();
    let closed = ending.child_token();
    let (outbox, mut outgoing) = outbox(closed.clone());
    let connection = server.connect(outbox, closed.clone());
    let dispatcher = Dispatcher::new(Arc::clone(&server), Arc::clone(&connection));
    let write = async {
        while let Some(message) = outgoing.next().await {
            if sink.send(Message::text(&*message)).await.is_err() {
                break;
            }
        }
    };
    let read = async {
        while let Some(Ok(message)) = messages.next().await {
            match message {
                Message::Text(text) => dispatcher.take(text.as_bytes()).await,
                Message::Close(_) => break,
                // Pings are answered below; binary frames are nobody's.
                _ => {}
            }
        }
    };
    tokio::select! {
        biased;
        () = closed.cancelled() => {}
        () = read => {}
        () = write => {}
    }
    server.disconnect(&connection);
    // A client that is gone needs no good-bye.
    let _ = sink.close().await;
}
