//! The head of an HTTP request, as much of it as the upgrade to WebSocket needs, and the answers to it.
//!
//! Pure but for reading. A head is small and comes soon, or the connection is dropped (L4).

use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes of a head.
const LONGEST_HEAD: usize = 16 * 1024;
/// How long a client may take to send it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request without its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case, in the order they came.
    headers: Vec<(String, String)>,
    /// What came behind the head.
    pub(crate) rest: Vec<u8>,
}

/// What a client is told that does not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: &'static str,
    pub(crate) body: &'static str,
}

impl Refusal {
    /// The answer's bytes.
    pub(crate) fn spelt(self) -> String {
        let Self { status, body } = self;
        let kind = if body.is_empty() { "" } else { "content-type: text/plain; charset=utf-8\r\n" };
        format!("HTTP/1.1 {status}\r\n{kind}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    }
}

pub(crate) const FORBIDDEN: Refusal = Refusal { status: "403 Forbidden", body: "" };
pub(crate) const READY: Refusal = Refusal { status: "200 OK", body: "" };
pub(crate) const NO_UPGRADE: Refusal = Refusal { status: "400 Bad Request", body: "Connection header did not include 'upgrade'" };
const NOT_HTTP: Refusal = Refusal { status: "400 Bad Request", body: "" };

impl Head {
    /// Reads a head; `None` when the client is too slow, says too much, or is gone.
    pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Result<Self, Refusal>> {
        let bytes = tokio::time::timeout(PATIENCE, read_bytes(stream)).await.ok()??;
        let end = end_of_head(&bytes)?;
        Some(Self::parse(&bytes[..end], bytes[end..].to_vec()).ok_or(NOT_HTTP))
    }

    fn parse(head: &[u8], rest: Vec<u8>) -> Option<Self> {
        let text = std::str::from_utf8(head).ok()?;
        let mut lines = text.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, path, version) = (first.next()?, first.next()?, first.next()?);
        if !version.starts_with("HTTP/1.") || first.next().is_some() {
            return None;
        }
        let mut headers = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':')?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Some(Self { method: method.to_owned(), path: path.to_owned(), headers, rest })
    }

    /// The first header of a name given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether it asks for an upgrade of the connection.
    pub(crate) fn wants_upgrade(&self) -> bool {
        let connection = self.header("connection").unwrap_or_default();
        connection.split(',').any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
    }

    /// Refuses pages of a browser (L2) and names that lead here only because somebody says so (L3).
    pub(crate) fn admit(&self, ours: IpAddr) -> Result<(), Refusal> {
        let hosts: Vec<&str> = self.headers.iter().filter(|(name, _)| name == "host").map(|(_, value)| value.as_str()).collect();
        let known = matches!(hosts[..], [host] if is_ours(host, ours));
        if self.header("origin").is_some() || !known { Err(FORBIDDEN) } else { Ok(()) }
    }
}

/// Whether a `Host` names this machine: by the name of its loopback, or by the address that is listened on. Where all
/// addresses are, any address will do, but no name.
fn is_ours(host: &str, ours: IpAddr) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(host, |(address, _)| address),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    name.parse::<IpAddr>().is_ok_and(|address| ours.is_unspecified() || address == ours || address.is_loopback())
}

async fn read_bytes(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut space = [0; 2048];
    while end_of_head(&bytes).is_none() {
        let read = stream.read(&mut space).await.ok()?;
        if read == 0 || bytes.len() + read > LONGEST_HEAD {
            return None;
        }
        bytes.extend_from_slice(&space[..read]);
    }
    Some(bytes)
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn head(text: &str) -> Head {
        Head::parse(text.as_bytes(), Vec::new()).unwrap()
    }

    #[test]
    fn pages_and_strangers_names_are_refused() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        // L2, L3.
        for (headers, allowed) in [
            ("Host: 127.0.0.1:1", true),
            ("Host: localhost", true),
            ("host: [::1]:9", true),
            ("Host: evil.example", false),
            ("Host: 127.0.0.1.evil.example", false),
            ("Host: localhost\r\nHost: evil.example", false),
            ("X: y", false),
            ("Host: 10.0.0.1", false),
            ("Host: localhost\r\nOrigin: http://localhost", false),
        ] {
            let head = head(&format!("GET / HTTP/1.1\r\n{headers}\r\n\r\n"));
            assert_eq!(head.admit(loopback).is_ok(), allowed, "{headers}");
        }
        let every: IpAddr = "0.0.0.0".parse().unwrap();
        assert!(head("GET / HTTP/1.1\r\nHost: 10.0.0.1:5\r\n\r\n").admit(every).is_ok());
        assert!(head("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").admit(every).is_err());
    }

    #[test]
    fn what_is_no_request_is_none() {
        for text in ["", "GET /\r\n\r\n", "GET / HTTP/1.1 x\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n"] {
            assert_eq!(Head::parse(text.as_bytes(), Vec::new()), None, "{text:?}");
        }
        assert!(head("GET / HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\n\r\n").wants_upgrade());
    }
}
