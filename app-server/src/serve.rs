//! The server from its start to its exit code.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use codex_app_server_protocol::line::Line;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::{Auth, AuthFlags};
use crate::dispatch::Dispatcher;
use crate::error::ServeError;
use crate::listen::Listen;
use crate::outbox::outbox;
use crate::server::Server;
use crate::stdio::{self, LONGEST_LINE};
use crate::surroundings::Surroundings;
use crate::{unix, websocket};

/// Exit code after SIGTERM.
const TERMINATED: u8 = 143;
/// Clients at a time (L4).
const MOST_CLIENTS: usize = 64;
/// How many may be connected to a WebSocket's port without having said what they want.
const MOST_KNOCKING: usize = 128;
/// How often a server that is to end looks whether its turns have.
const LOOK: Duration = Duration::from_millis(100);

/// Serves until its clients are gone or it is told to end, and returns the exit code.
///
/// Needs a tokio runtime with time, I/O and signals.
///
/// # Errors
/// When it cannot start.
pub async fn run(listen: Listen, auth: AuthFlags, surroundings: Surroundings) -> Result<u8, ServeError> {
    // The flags have to fit together whatever the transport is.
    let auth = auth.read()?;
    match listen {
        Listen::Stdio => over_stdio(surroundings).await,
        Listen::WebSocket(address) => over_websocket(address, auth, surroundings).await,
        Listen::Unix(path) => over_unix(path.as_deref(), surroundings).await,
    }
}

fn listen_for(kind: SignalKind) -> Result<Signal, ServeError> {
    signal(kind).map_err(|source| ServeError::System { what: "listen for signals", source })
}

async fn over_stdio(surroundings: Surroundings) -> Result<u8, ServeError> {
    let mut terminate = listen_for(SignalKind::terminate())?;
    // A key press in the terminal the client runs in is not for the server.
    let _interrupt = listen_for(SignalKind::interrupt())?;
    let server = Server::new(surroundings);
    let closed = CancellationToken::new();
    let (outbox, outgoing) = outbox(closed.clone());
    let connection = server.connect(outbox, closed.clone());
    let mut lines = stdio::read_lines()?;
    let written = stdio::write_lines(outgoing)?;
    let dispatcher = Dispatcher::new(Arc::clone(&server), Arc::clone(&connection));
    let code = loop {
        tokio::select! {
            biased;
            _ = terminate.recv() => break TERMINATED,
            () = closed.cancelled() => break 0,
            line = lines.recv() => match line {
                None => break 0,
                Some(Line::Whole(line)) => dispatcher.take(&line).await,
                Some(Line::TooLong) => dispatcher.too_long(LONGEST_LINE),
            },
        }
    };
    server.disconnect(&connection);
    server.end().await;
    drop((dispatcher, connection, server));
    // What was put out before the end is still written, as long as somebody reads.
    let _ = tokio::time::timeout(Duration::from_secs(1), written).await;
    Ok(code)
}

async fn over_websocket(address: std::net::SocketAddr, auth: Option<Auth>, surroundings: Surroundings) -> Result<u8, ServeError> {
    let door = Arc::new(websocket::Door::open(address, auth).await?);
    let at = door.address().unwrap_or(address);
    let note =
        if at.ip().is_loopback() { "reached from this machine alone" } else { "reached from other machines, by clients with a token" };
    say(&format!(
        "codex app-server (WebSockets)\n  listening on: ws://{at}\n  readyz: http://{at}/readyz\n  healthz: http://{at}/healthz\n  note: {note}\n"
    ));
    let server = Server::new(surroundings);
    let (ending, room) = (CancellationToken::new(), Arc::new(Semaphore::new(MOST_CLIENTS)));
    let mut ends = Ends::listen(Arc::clone(&server))?;
    let mut knocking = VecDeque::new();
    loop {
        tokio::select! {
            biased;
            () = ends.wait() => break,
            stream = door.knock() => {
                let Some(stream) = stream else { continue };
                let hurry = CancellationToken::new();
                knocking.push_back(hurry.clone());
                // Whoever came first and said nothing yet gives way. To those who are in already this means nothing.
                if knocking.len() > MOST_KNOCKING && let Some(first) = knocking.pop_front() {
                    first.cancel();
                }
                let (door, server) = (Arc::clone(&door), Arc::clone(&server));
                let guests = websocket::Guests { room: Arc::clone(&room), hurry, ending: ending.clone() };
                tokio::spawn(async move { door.let_in(server, stream, guests).await });
            }
        }
    }
    end(&server, &ending).await
}

async fn over_unix(path: Option<&std::path::Path>, surroundings: Surroundings) -> Result<u8, ServeError> {
    let door = unix::Door::open(unix::place(path, surroundings.codex_home(), &surroundings.load.cwd))?;
    say(&format!("codex app-server (Unix socket)\n  listening on: unix://{}\n", door.path.display()));
    let server = Server::new(surroundings);
    let (ending, room) = (CancellationToken::new(), Arc::new(Semaphore::new(MOST_CLIENTS)));
    let mut ends = Ends::listen(Arc::clone(&server))?;
    loop {
        tokio::select! {
            biased;
            () = ends.wait() => break,
            stream = door.knock() => {
                let (Some(stream), Ok(place)) = (stream, Arc::clone(&room).try_acquire_owned()) else { continue };
                let (server, ending) = (Arc::clone(&server), ending.clone());
                tokio::spawn(async move {
                    unix::serve(server, stream, ending).await;
                    drop(place);
                });
            }
        }
    }
    end(&server, &ending).await
}

async fn end(server: &Server, ending: &CancellationToken) -> Result<u8, ServeError> {
    server.end().await;
    ending.cancel();
    Ok(0)
}

/// To standard error; with nobody there, nothing is lost.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// The signals that end a server with sockets: the first once no turn runs, the second at once.
struct Ends {
    server: Arc<Server>,
    terminate: Signal,
    interrupt: Signal,
    asked: bool,
}

impl Ends {
    fn listen(server: Arc<Server>) -> Result<Self, ServeError> {
        Ok(Self { server, terminate: listen_for(SignalKind::terminate())?, interrupt: listen_for(SignalKind::interrupt())?, asked: false })
    }

    /// Comes back when the server is to end. May be dropped and called again.
    async fn wait(&mut self) {
        loop {
            if self.asked && !self.server.is_working() {
                return;
            }
            let asked_before = self.asked;
            let look = async { if asked_before { tokio::time::sleep(LOOK).await } else { std::future::pending().await } };
            tokio::select! {
                biased;
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
                () = look => continue,
            }
            if asked_before {
                return;
            }
            self.asked = true;
        }
    }
}
