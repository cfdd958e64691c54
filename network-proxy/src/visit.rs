//! What is known of one connection while it lasts, for the audit; and how a connection is ended politely.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::audit::{Attempt, Failure, Protocol, Verdict};
use crate::proxy::Shared;
use crate::reach::{NotReached, Reached};
use crate::relay::Counts;
use crate::target::Target;

/// How long a client may take to read our own answer.
const LAST_WORD: Duration = Duration::from_secs(2);
/// How long an audit that nobody reads holds up the end of a connection when the proxy stops.
const LAST_AUDIT: Duration = Duration::from_secs(1);

/// One connection.
pub(crate) struct Visit {
    pub(crate) client: Arc<str>,
    pub(crate) protocol: Protocol,
    pub(crate) target: Option<Target>,
    pub(crate) counts: Counts,
    verdict: Option<Verdict>,
    rule: Option<String>,
    address: Option<IpAddr>,
    began: Instant,
    told: bool,
}

impl Visit {
    pub(crate) fn new(client: Arc<str>, protocol: Protocol) -> Self {
        Self {
            client,
            protocol,
            target: None,
            counts: Counts::default(),
            verdict: None,
            rule: None,
            address: None,
            began: Instant::now(),
            told: false,
        }
    }

    pub(crate) fn wants(&mut self, protocol: Protocol, target: Target) {
        (self.protocol, self.target) = (protocol, Some(target));
    }

    pub(crate) fn allowed(&mut self, reached: &Reached) {
        self.verdict = Some(Verdict::Allowed);
        self.rule.clone_from(&reached.rule);
        self.address = reached.stream.peer_addr().ok().map(|address| address.ip());
    }

    pub(crate) fn not_reached(&mut self, not: NotReached) {
        (self.verdict, self.rule) = (Some(not.verdict), not.rule);
    }

    pub(crate) fn failed(&mut self, failure: Failure) {
        self.verdict = Some(Verdict::Failed(failure));
    }

    pub(crate) fn malformed(&mut self, why: &'static str) {
        self.verdict = Some(Verdict::Malformed(why));
    }

    /// Tells the audit, once, unless nothing was asked for. What is refused is told before the client learns of it.
    pub(crate) async fn tell(&mut self, shared: &Shared) {
        let verdict = match (&self.verdict, &self.target) {
            (Some(verdict), _) => verdict.clone(),
            (None, Some(_)) => Verdict::Failed(Failure::Stopped),
            (None, None) => return,
        };
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let attempt = Attempt {
            client: Arc::clone(&self.client),
            protocol: self.protocol,
            target: self.target.clone(),
            verdict,
            rule: self.rule.clone(),
            address: self.address,
            sent: self.counts.sent(),
            received: self.counts.received(),
            duration: self.began.elapsed(),
        };
        let stopping = async {
            shared.cancel.cancelled().await;
            tokio::time::sleep(LAST_AUDIT).await;
        };
        tokio::select! {
            biased;
            _ = shared.audit.send(attempt) => {}
            () = stopping => tracing::warn!("a network attempt was not audited"),
        }
    }
}

/// Sends the last bytes of a connection and waits until the client has read them: closing a socket that still has
/// unread bytes of the other side would take them back.
pub(crate) async fn linger(client: &mut TcpStream, bytes: &[u8]) {
    let last_word = async {
        client.write_all(bytes).await?;
        client.shutdown().await?;
        let mut rest = [0; 1024];
        while client.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    let _ = timeout(LAST_WORD, last_word).await;
}
