//! What a client wants to reach: a host and a port, in one spelling.
//!
//! Strict on purpose: what the rules compare must be what the resolver is asked for. So names are ASCII, lower case and
//! without a final dot, and nothing that a resolver might take for a number (`127.1`, `0x7f.1`, `2130706433`) is a name.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Longest name that the domain system knows.
const NAME_BYTES: usize = 253;
/// Longest part of one.
const LABEL_BYTES: usize = 63;

/// A host by name or by address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// Lower case ASCII, no final dot.
    Name(String),
    /// An address.
    Ip(IpAddr),
}

/// Why a text is no host or no `host:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// Nothing there.
    #[error("there is no host")]
    Empty,
    /// Longer than names are, or one of its parts is.
    #[error("the name or one of its parts is too long")]
    Long,
    /// A character that names do not have.
    #[error("a name has letters, digits, `-`, `_` and dots only; write other alphabets as `xn--...`")]
    Character,
    /// Two dots in a row, a dot in front, or a part that starts or ends with `-`.
    #[error("a part of the name is empty or starts or ends with `-`")]
    Label,
    /// Ends in a number but is no address.
    #[error("numbers are written as an address of four decimal parts")]
    Number,
    /// Not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl Host {
    /// Reads a name, an IPv4 address, or an IPv6 address with or without brackets.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        if let Some(inner) = text.strip_prefix('[') {
            let address = inner.strip_suffix(']').ok_or(HostError::Character)?;
            return address.parse::<Ipv6Addr>().map(|address| Self::Ip(address.into())).map_err(|_| HostError::Character);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Ip(address));
        }
        name(text).map(Self::Name)
    }

    /// The name, unless it is an address.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Ip(_) => None,
        }
    }
}

fn name(text: &str) -> Result<String, HostError> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return Err(HostError::Empty);
    }
    if text.len() > NAME_BYTES {
        return Err(HostError::Long);
    }
    for label in text.split('.') {
        check_label(label)?;
    }
    let last = text.rsplit('.').next().unwrap_or(text);
    let digits = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    if last.bytes().all(|byte| byte.is_ascii_digit()) || digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return Err(HostError::Number);
    }
    Ok(text.to_ascii_lowercase())
}

fn check_label(label: &str) -> Result<(), HostError> {
    if !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Err(HostError::Character);
    }
    if label.len() > LABEL_BYTES {
        return Err(HostError::Long);
    }
    if label.is_empty() || label.starts_with('-') || label.ends_with('-') {
        return Err(HostError::Label);
    }
    Ok(())
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Ip(IpAddr::V4(address)) => write!(f, "{address}"),
        }
    }
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The host.
    pub host: Host,
    /// The port, not 0.
    pub port: u16,
}

impl Target {
    /// A target from parts.
    pub fn new(host: Host, port: u16) -> Result<Self, HostError> {
        if port == 0 { Err(HostError::Port) } else { Ok(Self { host, port }) }
    }

    /// Reads `host`, `host:port`, `[v6]` or `[v6]:port`; where no port is written it is `default`, and without that an error.
    pub fn parse(text: &str, default: Option<u16>) -> Result<Self, HostError> {
        let (host, port) = split_port(text)?;
        Self::new(Host::parse(host)?, port.or(default).ok_or(HostError::Port)?)
    }
}

/// Parts `host[:port]`. An IPv6 address must be in brackets to have a port, and here to be one at all.
pub(crate) fn split_port(text: &str) -> Result<(&str, Option<u16>), HostError> {
    let after_host =
        if text.starts_with('[') { text.find(']').ok_or(HostError::Character)? + 1 } else { text.find(':').unwrap_or(text.len()) };
    let (host, rest) = text.split_at(after_host);
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok((host, None)),
        None => Err(HostError::Character),
        Some(digits) => port(digits).map(|port| (host, Some(port))),
    }
}

fn port(digits: &str) -> Result<u16, HostError> {
    // `parse` would take a sign.
    if digits.is_empty() || digits.len() > 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HostError::Port);
    }
    digits.parse().ok().filter(|port| *port != 0).ok_or(HostError::Port)
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_come_in_one_spelling() {
        for (text, expected) in [
            ("Example.ORG", "example.org"),
            ("example.org.", "example.org"),
            ("a_b.c-d.e", "a_b.c-d.e"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(Host::parse(text), Ok(Host::Name(expected.into())), "{text}");
        }
    }

    #[test]
    fn what_a_resolver_may_take_for_an_address_is_no_name() {
        for text in
            ["127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "1.2.3.4.5", "example.0x1", "a.1", "0X7F", "0x"]
        {
            assert_eq!(Host::parse(text), Err(HostError::Number), "{text}");
        }
        assert_eq!(Host::parse("127.0.0.1"), Ok(Host::Ip([127, 0, 0, 1].into())));
        assert_eq!(Host::parse("[::1]"), Host::parse("::1"));
        assert!(Host::parse("example.0xg").is_ok());
    }

    #[test]
    fn what_is_no_host_is_refused() {
        let long = format!("{}.org", "a".repeat(64));
        let longest = vec!["a".repeat(63); 4].join(".");
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a b",
            "a\0b",
            "a/b",
            "a@b",
            "a:b",
            "bücher.example",
            "a\u{3002}b",
            "-a.org",
            "a-.org",
            "*.org",
            "[::1",
            "[1.2.3.4]",
            "[a]",
            "fe80::1%eth0",
            "a\r\nb",
            &long,
            &longest,
        ] {
            assert!(Host::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn ports_are_plain_numbers() {
        assert_eq!(Target::parse("a.org:8080", None).unwrap().to_string(), "a.org:8080");
        assert_eq!(Target::parse("[::1]:80", None).unwrap().to_string(), "[::1]:80");
        assert_eq!(Target::parse("a.org", Some(80)).unwrap().port, 80);
        for text in [
            "a.org",
            "a.org:",
            "a.org:0",
            "a.org:65536",
            "a.org:+80",
            "a.org:80a",
            "a.org:80:80",
            "[::1]80",
            "::1",
            "a.org:00000080",
            ":80",
        ] {
            assert!(Target::parse(text, None).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_host_reads_back_as_itself(text in "\\PC{0,40}|[a-zA-Z0-9.:_\\[\\]-]{0,40}") {
            if let Ok(host) = Host::parse(&text) {
                prop_assert_eq!(Host::parse(&host.to_string()), Ok(host));
            }
        }

        #[test]
        fn case_and_final_dot_change_nothing(text in "[a-z0-9_]{1,10}(\\.[a-z0-9_]{1,10}){0,3}\\.[a-z]{2,5}") {
            let host = Host::parse(&text);
            prop_assert_eq!(Host::parse(&text.to_ascii_uppercase()), host.clone());
            prop_assert_eq!(Host::parse(&format!("{text}.")), host);
        }
    }
}
