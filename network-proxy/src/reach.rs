//! From a target to a connection: rules, questions, one lookup, and a check of every address it gave.
//!
//! The address that was checked is the address that is connected to: a name that answers differently the second time
//! (DNS rebinding) is not asked a second time.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::ask::{Answer, Question};
use crate::audit::{Failure, Protocol, Refusal, Verdict};
use crate::proxy::Shared;
use crate::rules::{AddressRuling, DEFAULT_PORTS, LOCALHOST, LOCALHOST_ADDRESSES, Ruling};
use crate::target::{Host, Target};

/// Addresses of one name that are tried.
const ADDRESSES: usize = 16;

/// Looks up names. The system's resolver, unless a test brings its own.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// The addresses of a name, best first.
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The system's resolver, asked on tokio's threads for blocking work.
pub(crate) struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, port)).await?.collect())
    }
}

/// A verdict other than [`Verdict::Allowed`], and the entry that decided.
pub(crate) struct NotReached {
    pub(crate) verdict: Verdict,
    pub(crate) rule: Option<String>,
}

impl NotReached {
    fn refused(refusal: Refusal, rule: Option<String>) -> Self {
        Self { verdict: Verdict::Refused(refusal), rule }
    }

    fn failed(failure: Failure, rule: Option<String>) -> Self {
        Self { verdict: Verdict::Failed(failure), rule }
    }
}

/// An open connection to a target.
pub(crate) struct Reached {
    pub(crate) stream: TcpStream,
    pub(crate) rule: Option<String>,
}

/// Connects to a target, if that is allowed.
pub(crate) async fn reach(shared: &Shared, client: &Arc<str>, protocol: Protocol, target: &Target) -> Result<Reached, NotReached> {
    let rule = admit(shared, client, protocol, target).await?;
    let addresses = match look_up(shared, target).await {
        Ok(addresses) => addresses,
        Err(failure) => return Err(NotReached::failed(failure, rule)),
    };
    for address in &addresses {
        match shared.rules.judge_address(*address, protocol) {
            AddressRuling::Open => {}
            AddressRuling::Denied(by) => return Err(NotReached::refused(Refusal::DeniedAddress, Some(by.to_string()))),
            AddressRuling::Closed(class) => return Err(NotReached::refused(Refusal::Address(class), rule)),
        }
    }
    match timeout(shared.limits.connect, connect(&addresses)).await {
        Ok(Ok(stream)) => Ok(Reached { stream, rule }),
        Ok(Err(failure)) => Err(NotReached::failed(failure, rule)),
        Err(_) => Err(NotReached::failed(Failure::TimedOut, rule)),
    }
}

/// Whether the rules, or whoever is asked, let this target through; the entry that did.
async fn admit(shared: &Shared, client: &Arc<str>, protocol: Protocol, target: &Target) -> Result<Option<String>, NotReached> {
    let rule = match shared.rules.judge(target, protocol) {
        Ruling::Allowed(rule) => return Ok(Some(rule.to_string())),
        Ruling::Denied(rule) => return Err(NotReached::refused(Refusal::Denied, Some(rule.to_string()))),
        Ruling::OtherPort(rule) => return Err(NotReached::refused(Refusal::Port, Some(rule.to_string()))),
        Ruling::Ask(rule) => Some(rule.to_string()),
        Ruling::Unknown => match unasked(target) {
            Some(refusal) => return Err(NotReached::refused(refusal, None)),
            None => None,
        },
    };
    let question = Question { target: target.clone(), protocol, client: Arc::clone(client) };
    match shared.asks.ask(question).await {
        Answer::AllowOnce | Answer::AllowForSession => Ok(rule),
        Answer::Refuse => Err(NotReached::refused(Refusal::Declined, rule)),
        Answer::NobodyToAsk if rule.is_some() => Err(NotReached::refused(Refusal::Unasked, rule)),
        Answer::NobodyToAsk => Err(NotReached::refused(Refusal::Unknown, rule)),
    }
}

/// Nobody is asked about what a person cannot judge by its looks, nor about this machine.
fn unasked(target: &Target) -> Option<Refusal> {
    match &target.host {
        Host::Ip(_) => Some(Refusal::Literal),
        Host::Name(name) if name == LOCALHOST || name.ends_with(".localhost") => Some(Refusal::Localhost),
        Host::Name(_) if !DEFAULT_PORTS.contains(&target.port) => Some(Refusal::Port),
        Host::Name(_) => None,
    }
}

async fn look_up(shared: &Shared, target: &Target) -> Result<Vec<SocketAddr>, Failure> {
    let name = match &target.host {
        Host::Ip(address) => return Ok(vec![SocketAddr::new(*address, target.port)]),
        Host::Name(name) if name == LOCALHOST => {
            return Ok(LOCALHOST_ADDRESSES.map(|address| SocketAddr::new(address, target.port)).to_vec());
        }
        Host::Name(name) => name,
    };
    // Each lookup may hold one of the runtime's threads for as long as it takes.
    let _turn = shared.lookups.acquire().await.map_err(|_| Failure::Unresolved)?;
    match timeout(shared.limits.lookup, shared.resolver.resolve(name, target.port)).await {
        Ok(Ok(mut addresses)) if !addresses.is_empty() => {
            addresses.truncate(ADDRESSES);
            // A resolver has no say in the port.
            addresses.iter_mut().for_each(|address| address.set_port(target.port));
            Ok(addresses)
        }
        Ok(_) => Err(Failure::Unresolved),
        Err(_) => Err(Failure::TimedOut),
    }
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
    let mut last = Failure::Unreachable;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Small messages of a tunnelled protocol must not wait for each other.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => {
                last = match error.kind() {
                    io::ErrorKind::ConnectionRefused => Failure::ConnectionRefused,
                    io::ErrorKind::TimedOut => Failure::TimedOut,
                    _ => Failure::Unreachable,
                };
            }
        }
    }
    Err(last)
}
