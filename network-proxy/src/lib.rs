//! A proxy (HTTP CONNECT, plain HTTP, SOCKS5) that reaches only the hosts its rules allow, and tells of every attempt.
//!
//! A [`Proxy`] is made of [`Rules`] and told what to serve: listeners of its own ([`Proxy::serve`]), or listeners that are
//! made where a command can reach nothing else ([`Proxy::door`]). Every attempt is told as an [`Attempt`].
//!
//! **Not here:** who decides about a host without a rule (`codex-core`), how commands are kept from going around it
//! (`codex-linux-sandbox`).
//!
//! ```
//! use codex_network_proxy::{Protocol, Rules, Ruling, Target};
//! let rules = Rules::new(&["*.example.org", "localhost:3000"], &["old.example.org"]).unwrap();
//! let judge = |target: &str| rules.judge(&Target::parse(target, None).unwrap(), Protocol::Connect);
//! assert!(matches!(judge("docs.example.org:443"), Ruling::Allowed(_)));
//! assert!(matches!(judge("OLD.example.org.:443"), Ruling::Denied(_)));
//! assert!(matches!(judge("docs.example.org:22"), Ruling::OtherPort(_)));
//! assert!(matches!(judge("example.net:443"), Ruling::Unknown));
//! ```
//!
//! # How listeners come here
//!
//! A command that may use the proxy runs in a network namespace of its own, empty but for its loopback interface. The
//! sandbox helper is told the path of a unix socket (`--proxy PATH`) and, before the command starts,
//!
//! 1. makes two TCP listeners in that namespace: HTTP on `127.0.0.1:43128`, SOCKS5 on `127.0.0.1:41080` (fixed, for the
//!    variables that name them are set by whoever starts the helper);
//! 2. connects to PATH and sends one message: one byte, the letter `L`, with both descriptors in one `SCM_RIGHTS`
//!    control message, HTTP first;
//! 3. reads one byte: `L` means that the listeners are served; anything else or an end means that they are not, and then
//!    the command does not run;
//! 4. keeps its end open, out of the command's reach, until the command and all it started have ended: the end of that
//!    connection ends the service.

mod address;
mod ask;
mod audit;
mod client;
mod door;
mod http;
mod limits;
mod proxy;
mod reach;
mod relay;
mod role;
mod rules;
mod socks;
mod target;
mod visit;

pub use address::AddressClass;
pub use ask::{Answer, Decider, Question};
pub use audit::{Attempt, Failure, Protocol, Refusal, Verdict};
pub use client::client_environment;
pub use door::{Door, DoorError, HANDOVER};
pub use limits::Limits;
pub use proxy::{Proxy, ProxyOptions, Wire};
pub use reach::Resolve;
pub use role::{ROLE, run_main};
pub use rules::{AddressRuling, DEFAULT_PORTS, Effect, Rule, RuleError, Rules, Ruling, Via};
pub use target::{Host, HostError, Target};

/// Readers of what clients and hosts send, public for the fuzz target.
pub mod wire {
    pub use crate::http::body::Body;
    pub use crate::http::head::{Answer, BodyLength, HeadError, Request, head_end, parse_answer, parse_request};
}
