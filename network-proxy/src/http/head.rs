//! Reads the heads of requests to a proxy and of answers, and writes them anew for the other side.
//!
//! Pure, and strict where tolerance would let two readers see two things: lines end in CR LF, names of headers are
//! tokens, nothing is folded, a body has one length. What is passed on is written from what was understood, never copied.

use crate::target::{Host, HostError, Target, split_port};

/// Most header lines of one head.
const HEADERS: usize = 256;
/// Headers that belong to one connection and are not passed on. Lengths are written anew.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "proxy-connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "upgrade",
    "http2-settings",
    "proxy-authentication-info",
];

/// Why a head is not understood. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HeadError(pub &'static str);

/// How long the body of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// So many bytes, 0 where the request says nothing.
    Exact(u64),
    /// In chunks, each with its length.
    Chunked,
}

/// What a request to a proxy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A tunnel.
    Connect(Target),
    /// One plain request, rewritten for the host it is for.
    Plain {
        /// Whose host and port.
        target: Target,
        /// The head as the host gets it.
        head: Vec<u8>,
        /// The body that follows.
        body: BodyLength,
    },
}

/// Where the head ends: behind the empty line, if that is there. `from` is how much was searched before.
pub fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    let start = from.saturating_sub(3);
    bytes.get(start..)?.windows(4).position(|window| window == b"\r\n\r\n").map(|at| start + at + 4)
}

/// Reads a request's head, which ends with its empty line.
pub fn parse_request(head: &[u8]) -> Result<Request, HeadError> {
    let (line, headers) = split(head)?;
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) = (words.next(), words.next(), words.next(), words.next()) else {
        return Err(HeadError("the request line has not three words"));
    };
    if method.is_empty() || method.len() > 32 || !method.iter().all(|byte| is_token(*byte)) {
        return Err(HeadError("the method is none"));
    }
    let old = match version {
        b"HTTP/1.1" => false,
        b"HTTP/1.0" => true,
        _ => return Err(HeadError("the version is not HTTP/1.0 or HTTP/1.1")),
    };
    let target = text(target)?;
    if method == b"CONNECT" {
        let target = Target::parse(target, None).map_err(|_| HeadError("CONNECT names no `host:port`"))?;
        return Ok(Request::Connect(target));
    }
    let (target, path) = absolute(target)?;
    check_host(&headers, &target, old)?;
    let body = body_length(&headers)?;
    let head = rewrite(method, &path, version, &target, &headers, body)?;
    Ok(Request::Plain { target, head, body })
}

/// An answer's head, rewritten for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head as the client gets it: it must not use the connection again.
    pub head: Vec<u8>,
}

/// Reads an answer's head, which ends with its empty line.
pub fn parse_answer(head: &[u8]) -> Result<Answer, HeadError> {
    let (line, headers) = split(head)?;
    let rest = line.strip_prefix(b"HTTP/1.").ok_or(HeadError("the answer is no HTTP/1"))?;
    let status = match rest {
        [b'0' | b'1', b' ', status @ ..] if status.len() == 3 || status.get(3) == Some(&b' ') => &status[..3],
        _ => return Err(HeadError("the answer has no status")),
    };
    let status = text(status)?.parse().ok().filter(|status| (100..=999).contains(status)).ok_or(HeadError("the answer has no status"))?;
    let named = connection_options(&headers)?;
    let mut out = line.to_vec();
    out.extend_from_slice(b"\r\n");
    for header in &headers {
        // The body follows as it comes, so its lengths stay whatever `Connection` says.
        let framing = header.is("content-length") || header.is("transfer-encoding") || header.is("trailer");
        if framing || !header.belongs_to_connection(&named) {
            header.write(&mut out);
        }
    }
    if status >= 200 {
        out.extend_from_slice(b"Connection: close\r\n");
    }
    out.extend_from_slice(b"\r\n");
    Ok(Answer { status, head: out })
}

struct Header<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

impl Header<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    fn belongs_to_connection(&self, named: &[&[u8]]) -> bool {
        HOP_BY_HOP.iter().any(|name| self.is(name)) || named.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name);
        out.extend_from_slice(b": ");
        out.extend_from_slice(self.value);
        out.extend_from_slice(b"\r\n");
    }
}

/// The first line, and the headers.
fn split(head: &[u8]) -> Result<(&[u8], Vec<Header<'_>>), HeadError> {
    let lines = head.strip_suffix(b"\r\n\r\n").ok_or(HeadError("the head does not end with an empty line"))?;
    let mut lines = Lines(Some(lines));
    let first = lines.next().ok_or(HeadError("the head is empty"))?;
    check_line(first)?;
    let mut headers = Vec::new();
    for line in lines {
        check_line(line)?;
        let colon = line.iter().position(|byte| *byte == b':').ok_or(HeadError("a header has no colon"))?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
            return Err(HeadError("the name of a header is none"));
        }
        if headers.len() == HEADERS {
            return Err(HeadError("there are too many headers"));
        }
        headers.push(Header { name, value });
    }
    Ok((first, headers))
}

struct Lines<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.0?;
        match rest.windows(2).position(|pair| pair == b"\r\n") {
            Some(end) => {
                self.0 = Some(&rest[end + 2..]);
                Some(&rest[..end])
            }
            None => self.0.take(),
        }
    }
}

fn check_line(line: &[u8]) -> Result<(), HeadError> {
    match line.iter().all(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f)) {
        true => Ok(()),
        false => Err(HeadError("a line has a control character")),
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn text(bytes: &[u8]) -> Result<&str, HeadError> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(text),
        _ => Err(HeadError("the address has characters that addresses do not have")),
    }
}

/// Reads `http://host[:port][/path][?query]`; the path as the host gets it.
fn absolute(uri: &str) -> Result<(Target, String), HeadError> {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Err(HeadError("this is a proxy: the request needs a whole address"));
    };
    if !scheme.eq_ignore_ascii_case("http") {
        return Err(HeadError("the address is not `http://`: other protocols go through CONNECT"));
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if path.contains('#') {
        return Err(HeadError("the address has a fragment"));
    }
    if authority.contains('@') {
        return Err(HeadError("the address has a user name"));
    }
    let target = Target::parse(authority, Some(80)).map_err(|_| HeadError("the address names no host"))?;
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Ok((target, path))
}

/// One `Host`, the same as in the address.
fn check_host(headers: &[Header<'_>], target: &Target, old: bool) -> Result<(), HeadError> {
    let mut hosts = headers.iter().filter(|header| header.is("host"));
    match (hosts.next(), hosts.next()) {
        (None, _) if old => Ok(()),
        (None, _) => Err(HeadError("there is no `Host`")),
        (Some(_), Some(_)) => Err(HeadError("there is more than one `Host`")),
        (Some(host), None) => {
            let named: Result<Target, HostError> = text(host.value).map_err(|_| HostError::Character).and_then(|host| {
                let (host, port) = split_port(host)?;
                Target::new(Host::parse(host)?, port.unwrap_or(80))
            });
            if named.as_ref() == Ok(target) { Ok(()) } else { Err(HeadError("`Host` is not the host of the address")) }
        }
    }
}

fn body_length(headers: &[Header<'_>]) -> Result<BodyLength, HeadError> {
    let mut encodings = headers.iter().filter(|header| header.is("transfer-encoding"));
    let mut lengths = headers.iter().filter(|header| header.is("content-length"));
    match (encodings.next(), encodings.next(), lengths.next(), lengths.next()) {
        (None, None, None, None) => Ok(BodyLength::Exact(0)),
        (Some(encoding), None, None, None) if encoding.value.eq_ignore_ascii_case(b"chunked") => Ok(BodyLength::Chunked),
        (None, None, Some(length), None) => {
            let digits = text(length.value).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|digits| digits.parse().ok()).map(BodyLength::Exact).ok_or(HeadError("`Content-Length` is no number"))
        }
        _ => Err(HeadError("the length of the body is not clear")),
    }
}

/// Names of headers that `Connection` says belong to the connection.
fn connection_options<'a>(headers: &[Header<'a>]) -> Result<Vec<&'a [u8]>, HeadError> {
    let values = headers.iter().filter(|header| header.is("connection") || header.is("proxy-connection"));
    let names: Vec<&[u8]> = values.flat_map(|header| header.value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii).collect();
    if names.len() > HEADERS {
        return Err(HeadError("`Connection` names too many headers"));
    }
    Ok(names)
}

fn rewrite(
    method: &[u8],
    path: &str,
    version: &[u8],
    target: &Target,
    headers: &[Header<'_>],
    body: BodyLength,
) -> Result<Vec<u8>, HeadError> {
    let named = connection_options(headers)?;
    let mut out = Vec::new();
    for part in [method, b" ", path.as_bytes(), b" ", version, b"\r\nHost: "] {
        out.extend_from_slice(part);
    }
    let host = if target.port == 80 { target.host.to_string() } else { target.to_string() };
    out.extend_from_slice(host.as_bytes());
    out.extend_from_slice(b"\r\n");
    for header in headers {
        let own = ["host", "content-length", "transfer-encoding"].iter().any(|name| header.is(name));
        if !own && !header.belongs_to_connection(&named) {
            header.write(&mut out);
        }
    }
    match body {
        BodyLength::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        BodyLength::Exact(length) if length > 0 || headers.iter().any(|header| header.is("content-length")) => {
            out.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
        }
        BodyLength::Exact(_) => {}
    }
    out.extend_from_slice(b"Connection: close\r\n\r\n");
    Ok(out)
}

#[cfg(test)]
mod tests;
