//! A proxy on loopback listeners, clients that speak by hand, and hosts that tell what they saw.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use codex_network_proxy::{Attempt, Decider, Effect, Limits, Proxy, ProxyOptions, Resolve, Rule, Rules, Wire};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes; reached only by a defect.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Place {
    pub(crate) proxy: Proxy,
    pub(crate) http: SocketAddr,
    pub(crate) socks: SocketAddr,
    pub(crate) attempts: mpsc::Receiver<Attempt>,
    pub(crate) folder: TempDir,
}

#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) allow: Vec<String>,
    pub(crate) deny: Vec<String>,
    pub(crate) ask: Vec<Rule>,
    pub(crate) limits: Limits,
    pub(crate) decider: Option<Arc<dyn Decider>>,
    pub(crate) resolver: Option<Arc<dyn Resolve>>,
}

pub(crate) fn allow(entries: &[&str]) -> Setup {
    Setup { allow: entries.iter().map(|entry| (*entry).to_owned()).collect(), ..Setup::default() }
}

impl Setup {
    pub(crate) async fn start(self) -> Place {
        let folder = TempDir::new().unwrap();
        let mut rules = Rules::new(&self.allow, &self.deny).unwrap();
        for rule in self.ask {
            rules.add(Effect::Ask, rule);
        }
        let mut options = ProxyOptions::new(rules, folder.path().to_owned());
        options.limits = self.limits;
        options.decider = self.decider;
        options.resolver = self.resolver;
        let (proxy, attempts) = Proxy::new(options);
        let mut addresses = Vec::new();
        for wire in [Wire::Http, Wire::Socks5] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push(listener.local_addr().unwrap());
            tokio::spawn(proxy.serve(listener, wire, "call-1", CancellationToken::new()));
        }
        Place { proxy, http: addresses[0], socks: addresses[1], attempts, folder }
    }
}

impl Place {
    pub(crate) async fn attempt(&mut self) -> Attempt {
        in_time(self.attempts.recv()).await.unwrap()
    }

    /// Sends bytes to the HTTP side and returns everything that comes back.
    pub(crate) async fn http(&self, bytes: impl AsRef<[u8]>) -> String {
        String::from_utf8_lossy(&exchange(self.http, bytes.as_ref()).await).into_owned()
    }

    pub(crate) async fn socks(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        exchange(self.socks, bytes.as_ref()).await
    }
}

pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it takes too long")
}

/// Sends bytes and reads to the end. The writing side stays open.
pub(crate) async fn exchange(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    read_to_end(&mut stream).await
}

pub(crate) async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    let _ = in_time(stream.read_to_end(&mut answer)).await;
    answer
}

pub(crate) fn connect_head(target: &str) -> String {
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")
}

pub(crate) fn socks_name(name: &str, port: u16) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap();
    [&[5, 1, 0, 5, 1, 0, 3, length], name.as_bytes(), &port.to_be_bytes()].concat()
}

/// A host on loopback: answers each connection with a fixed text once it has seen `until`, and tells what it saw.
pub(crate) struct Host {
    pub(crate) port: u16,
    pub(crate) seen: mpsc::Receiver<Vec<u8>>,
    pub(crate) connections: Arc<AtomicUsize>,
}

pub(crate) async fn host(until: &'static str, answer: &'static str) -> Host {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, seen) = mpsc::channel(16);
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                while !bytes.windows(until.len()).any(|window| window == until.as_bytes()) {
                    if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                        break;
                    }
                }
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
                // Whatever else comes is seen too.
                let _ = stream.read_to_end(&mut bytes).await;
                let _ = tell.send(bytes).await;
            });
        }
    });
    Host { port, seen, connections }
}

impl Host {
    pub(crate) async fn saw(&mut self) -> String {
        String::from_utf8(in_time(self.seen.recv()).await.unwrap()).unwrap()
    }

    pub(crate) fn was_left_alone(&self) -> bool {
        self.connections.load(Ordering::SeqCst) == 0
    }
}

/// Answers every name with the next of its lists, and the last one for ever after.
pub(crate) struct Names {
    answers: Mutex<Vec<Vec<SocketAddr>>>,
    pub(crate) asked: AtomicUsize,
}

impl Names {
    pub(crate) fn lead_to(lists: &[&[&str]]) -> Arc<Self> {
        let lists = lists.iter().rev().map(|list| list.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 1)).collect());
        Arc::new(Self { answers: Mutex::new(lists.collect()), asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        Ok(if answers.len() > 1 { answers.pop().unwrap() } else { answers[0].clone() })
    }
}
