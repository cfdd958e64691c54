//! Responses over a WebSocket: one socket per client, and of each request only what the server does not know yet.
//!
//! A socket that cannot be had, or is cut again and again, gives way to HTTP for the rest of the session. What a frame
//! means is the Responses wire's work; this is only how frames come and go.

mod chain;
mod connect;
mod read;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use codex_config::WireApi;
use codex_config::provider::ProviderInfo;
use futures::{FutureExt, SinkExt, StreamExt};
use reqwest::Url;
use reqwest::header::HeaderMap;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::client::HttpOptions;

pub(crate) use chain::{Chain, Request};
pub(crate) use connect::Refused;
pub(crate) use read::SocketPump;

/// Servers end sockets after an hour; one that waits is renewed before.
const OLDEST: Duration = Duration::from_secs(50 * 60);
/// Tries to open a socket before HTTP takes over, and the first wait between them.
const TRIES: u32 = 3;
const FIRST_GAP: Duration = Duration::from_millis(200);

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An open socket, and what the server knows through it.
pub(crate) struct Open {
    stream: Stream,
    opened: Instant,
    chain: Option<Chain>,
}

/// The place of a client's socket; empty while none is open. Whoever holds it speaks alone.
pub(crate) type Place = OwnedMutexGuard<Option<Open>>;

/// The socket of one client.
pub(crate) struct Socket {
    url: Url,
    connect_timeout: Duration,
    most_cuts: u64,
    place: Arc<Mutex<Option<Open>>>,
    cuts: Arc<AtomicU64>,
    off: AtomicBool,
}

/// A socket that is ready for a request, or the reason to use HTTP.
pub(crate) enum Ready {
    Open {
        place: Place,
        open: Box<Open>,
        /// The head of the server's answer, where the socket is new.
        head: Option<HeaderMap>,
    },
    /// Use HTTP; `Some` is told to people, once.
    Http(Option<String>),
}

impl Socket {
    /// The socket for a provider; `None` where there is none to be had.
    pub(crate) fn of(provider: &ProviderInfo, url: &Url, options: &HttpOptions) -> Option<Self> {
        if !provider.supports_websockets || provider.wire_api != WireApi::Responses || connect::needs_http(url, &options.env) {
            return None;
        }
        Some(Self {
            url: connect::address(url)?,
            connect_timeout: provider.websocket_connect_timeout,
            most_cuts: provider.stream_max_retries.max(1),
            place: Arc::default(),
            cuts: Arc::default(),
            off: AtomicBool::new(false),
        })
    }

    /// Waits until nobody else speaks, and opens a socket where none is open.
    pub(crate) async fn ready(&self, headers: &HeaderMap) -> Ready {
        if self.off.load(Ordering::Relaxed) {
            return Ready::Http(None);
        }
        if self.cuts.load(Ordering::Relaxed) >= self.most_cuts {
            return self.give_up(Some("the connection was cut again and again".to_owned()));
        }
        let mut place = Arc::clone(&self.place).lock_owned().await;
        if let Some(mut open) = place.take()
            && open.is_usable()
        {
            return Ready::Open { place, open: Box::new(open), head: None };
        }
        let mut gap = FIRST_GAP;
        for attempt in 1..=TRIES {
            match connect::connect(&self.url, headers, self.connect_timeout).await {
                Ok((stream, head)) => {
                    let open = Open { stream, opened: Instant::now(), chain: None };
                    return Ready::Open { place, open: Box::new(open), head: Some(head) };
                }
                Err(Refused::NoWebSockets) => return self.give_up(None),
                Err(Refused::Later(reason)) if attempt == TRIES => return self.give_up(Some(reason)),
                Err(Refused::Later(_)) => {
                    tokio::time::sleep(gap).await;
                    gap *= 2;
                }
            }
        }
        self.give_up(None)
    }

    fn give_up(&self, reason: Option<String>) -> Ready {
        self.off.store(true, Ordering::Relaxed);
        Ready::Http(reason.map(|reason| format!("Falling back from WebSockets to HTTPS transport. {reason}")))
    }

    /// Counts cuts in a row; shared with what reads.
    pub(crate) fn cuts(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.cuts)
    }
}

impl Open {
    /// Whether the socket is young enough and the server has not closed it while nobody looked.
    fn is_usable(&mut self) -> bool {
        if self.opened.elapsed() >= OLDEST {
            return false;
        }
        while let Some(frame) = self.stream.next().now_or_never() {
            match frame {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return false,
                // Something of an answer that nobody waited for.
                Some(Ok(_)) => {}
            }
        }
        true
    }

    /// Sends a request, as little of it as the server needs; false when the socket is gone.
    pub(crate) async fn send(&mut self, request: &Request) -> bool {
        let frame = request.frame(self.chain.take().as_ref());
        self.stream.send(Message::text(frame)).await.is_ok()
    }
}
