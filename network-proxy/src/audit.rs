//! What is told of every attempt to reach something.
//!
//! Hosts, ports, verdicts and counts; never a path, a query, a header or a byte of content (X4). Whoever receives these
//! decides what becomes of them.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::address::AddressClass;
use crate::target::Target;

/// How a client asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `CONNECT` of HTTP: a tunnel.
    Connect,
    /// A plain HTTP request with a whole address.
    Http,
    /// SOCKS5: a tunnel.
    Socks5,
}

impl Protocol {
    /// Its name in audits.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Http => "http",
            Self::Socks5 => "socks5",
        }
    }
}

/// One attempt, told when it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Whose listener it came to, as named when that was handed over.
    pub client: Arc<str>,
    /// How it asked.
    pub protocol: Protocol,
    /// Where it wanted to go; `None` when the request could not be read.
    pub target: Option<Target>,
    /// What came of it.
    pub verdict: Verdict,
    /// The entry that decided, if one did.
    pub rule: Option<String>,
    /// The address that was connected to.
    pub address: Option<IpAddr>,
    /// Bytes to the host.
    pub sent: u64,
    /// Bytes from the host.
    pub received: u64,
    /// From the first byte of the request to the end.
    pub duration: Duration,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was let through.
    Allowed,
    /// It was not.
    Refused(Refusal),
    /// It would have been, but the host was not reached.
    Failed(Failure),
    /// The request was none.
    Malformed(&'static str),
}

/// Why a host is not reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An entry denies it.
    Denied,
    /// No entry names it, and nobody could be asked.
    Unknown,
    /// An entry has it asked about, and nobody could be.
    Unasked,
    /// Whoever was asked said no.
    Declined,
    /// An entry names the host, but neither this port nor is it a default one.
    Port,
    /// It is written as an address, and no entry names that address.
    Literal,
    /// It is this machine, and no entry names that.
    Localhost,
    /// What it leads to is not public, and no entry names that address.
    Address(AddressClass),
    /// What it leads to is denied by an entry.
    DeniedAddress,
}

impl Refusal {
    /// One line for the client: the host, what is wrong, and the setting that would change it.
    pub fn explain(&self, target: &Target, setting: &str) -> String {
        let host = &target.host;
        match self {
            Self::Denied => format!("`{host}` is denied by {setting}.deny"),
            Self::Unknown => format!("`{host}` is not named by {setting}.allow"),
            Self::Unasked => format!("`{host}` is asked about by a rule, and nobody can be asked"),
            Self::Declined => format!("`{host}` was declined; {setting}.allow can name it"),
            Self::Port => format!("port {} of `{host}` is closed; `{target}` in {setting}.allow opens it", target.port),
            Self::Literal => format!("`{host}` is an address; only that very address in {setting}.allow opens it"),
            Self::Localhost => format!("`{host}` is this machine; `{target}` in {setting}.allow opens it"),
            Self::Address(class) => format!("`{host}` leads to a {class} address; only that very address in {setting}.allow opens it"),
            Self::DeniedAddress => format!("`{host}` leads to an address that is denied by {setting}.deny"),
        }
    }

    /// Its name in audits.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Unknown => "not allowed",
            Self::Unasked => "nobody to ask",
            Self::Declined => "declined",
            Self::Port => "port not allowed",
            Self::Literal => "address not allowed",
            Self::Localhost => "this machine",
            Self::Address(_) => "not a public address",
            Self::DeniedAddress => "address denied",
        }
    }
}

/// Why an allowed host was not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Its name leads nowhere.
    Unresolved,
    /// It said no.
    ConnectionRefused,
    /// There is no way to it.
    Unreachable,
    /// It did not answer in time.
    TimedOut,
    /// It answered what is no HTTP, or hung up.
    BadAnswer,
    /// The command, or the proxy, ended first.
    Stopped,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unresolved => "the name does not resolve",
            Self::ConnectionRefused => "connection refused",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed out",
            Self::BadAnswer => "the answer is no HTTP",
            Self::Stopped => "stopped",
        })
    }
}
