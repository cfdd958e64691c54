//! Serves a script on a loopback socket, one thread per connection, and keeps what was asked.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::http;
use crate::reply::{Body, Framing, Reply, Scenario, Step, Turn};
use crate::request::Request;
use crate::stream::{self, Act};

/// A running scripted server. Stops, and closes every connection, when it is dropped.
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    scenario: Scenario,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    requests: Vec<Request>,
    replies_given: usize,
    connections: Vec<TcpStream>,
    releases: usize,
    stopped: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A base URL on which nothing listens.
pub fn closed_port_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = listener.local_addr().expect("a bound socket has an address");
    format!("http://{address}/v1")
}

impl ModelServer {
    pub(crate) fn start(scenario: Scenario) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared { scenario, state: Mutex::default(), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// What a provider's `base_url` has to be.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every request so far, in the order they were read.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.shared.state().connections.len()
    }

    /// Lets one [`Reply::hold`] go on, now or when it is reached.
    pub fn release(&self) {
        self.shared.state().releases += 1;
        self.shared.changed.notify_all();
    }

    /// Waits until so many requests were read.
    ///
    /// # Panics
    /// When they did not come within ten seconds.
    pub fn wait_for_requests(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut state = self.shared.state();
        while state.requests.len() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {count} requests came within ten seconds", state.requests.len());
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.stopped = true;
        for connection in &state.connections {
            let _ = connection.shutdown(Shutdown::Both);
        }
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for connection in listener.incoming() {
        let Ok(connection) = connection else { continue };
        let mut state = shared.state();
        if state.stopped {
            return;
        }
        let Ok(kept) = connection.try_clone() else { continue };
        let number = state.connections.len();
        state.connections.push(kept);
        drop(state);
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            let _ = serve(&connection, number, &shared);
            let _ = connection.shutdown(Shutdown::Both);
        });
    }
}

/// Whether a connection may carry another request.
#[derive(PartialEq, Eq)]
enum Afterwards {
    Keep,
    Close,
}

fn serve(connection: &TcpStream, number: usize, shared: &Shared) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    while let Some(request) = http::read_request(&mut reader, number)? {
        let (reply, index) = {
            let mut state = shared.state();
            // A question whether the server speaks through sockets is none of the script's requests.
            if request.header("upgrade").is_none() {
                state.requests.push(request.clone());
            }
            take_reply(shared, &mut state, &request)
        };
        shared.changed.notify_all();
        if answer(connection, &reply, index, shared)? == Afterwards::Close {
            break;
        }
    }
    Ok(())
}

fn take_reply(shared: &Shared, state: &mut State, request: &Request) -> (Reply, usize) {
    if request.header("upgrade").is_some() {
        return (Reply::status(426).body(json!({"error": {"message": "no websocket"}})), 0);
    }
    let path = request.path.split('?').next().unwrap_or_default();
    if let Some(route) = shared.scenario.routes.iter().find(|route| route.method == request.method && route.path == path) {
        return ((route.make)(request), 0);
    }
    if request.method == "GET" && path.ends_with("/models") {
        return (Reply::json(json!({"object": "list", "data": [], "models": []})), 0);
    }
    let is_wire = ["/responses", "/chat/completions", "/messages"].iter().any(|wire| path.ends_with(wire));
    if request.method != "POST" || !is_wire {
        return (Reply::status(404).body(json!({"error": {"message": "not found"}})), 0);
    }
    let scenario = &shared.scenario;
    let index = state.replies_given;
    state.replies_given += 1;
    let last = scenario.replies.last().filter(|_| scenario.repeat_last);
    let reply = match scenario.replies.get(index).or(last) {
        Some(Turn::Fixed(reply)) => reply.clone(),
        Some(Turn::Made(make)) => make(request),
        None => Reply::status(400).body(json!({"error": {"message": "the script has no further reply", "code": "exhausted"}})),
    };
    (reply, index)
}

fn answer(connection: &TcpStream, reply: &Reply, index: usize, shared: &Shared) -> io::Result<Afterwards> {
    let mut to = connection;
    match &reply.body {
        Body::HangUp => Ok(Afterwards::Close),
        Body::Garbage(bytes) => {
            to.write_all(bytes)?;
            Ok(Afterwards::Close)
        }
        Body::Fixed(bytes) => {
            http::write_head(&mut to, reply.status, &reply.headers, &format!("content-length: {}\r\n", bytes.len()))?;
            to.write_all(bytes)?;
            Ok(if reply.framing == Framing::UntilClose { Afterwards::Close } else { Afterwards::Keep })
        }
        Body::Events(steps) => stream_events(connection, reply, steps, index, shared),
    }
}

fn stream_events(connection: &TcpStream, reply: &Reply, steps: &[Step], index: usize, shared: &Shared) -> io::Result<Afterwards> {
    let mut to = connection;
    let further = match reply.framing {
        Framing::Chunked => "transfer-encoding: chunked\r\n",
        Framing::UntilClose => "connection: close\r\n",
    };
    http::write_head(&mut to, reply.status, &reply.headers, further)?;
    for act in stream::acts(reply, steps, index) {
        match act {
            Act::Send(bytes) => send(&mut to, reply, &bytes)?,
            Act::Wait(time) => pause(shared, time),
            Act::Hold => hold(shared),
            Act::Cut => return Ok(Afterwards::Close),
        }
    }
    match reply.framing {
        Framing::Chunked => {
            to.write_all(b"0\r\n\r\n")?;
            Ok(Afterwards::Keep)
        }
        Framing::UntilClose => Ok(Afterwards::Close),
    }
}

fn send(to: &mut impl Write, reply: &Reply, bytes: &[u8]) -> io::Result<()> {
    for piece in bytes.chunks(reply.split.unwrap_or(bytes.len()).max(1)) {
        match reply.framing {
            Framing::Chunked => http::write_chunk(to, piece)?,
            Framing::UntilClose => to.write_all(piece)?,
        }
    }
    Ok(())
}

fn pause(shared: &Shared, time: Duration) {
    let deadline = Instant::now() + time;
    let mut state = shared.state();
    while !state.stopped && Instant::now() < deadline {
        let left = deadline.saturating_duration_since(Instant::now());
        state = shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn hold(shared: &Shared) {
    let mut state = shared.state();
    while state.releases == 0 && !state.stopped {
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    state.releases = state.releases.saturating_sub(1);
}
