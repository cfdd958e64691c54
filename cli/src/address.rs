//! Where an address on the web leads: host and port, and whether it is one at all.
//!
//! Enough to open a connection and to refuse what cannot be meant. **Not here:** what stands behind the host.

/// Where a connection goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Address {
    /// Host and port of `scheme://[user@]host[:port]/...`.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let usual = match scheme.to_ascii_lowercase().as_str() {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
        let (host, port) = match authority.strip_prefix('[') {
            Some(six) => {
                let (host, rest) = six.split_once(']')?;
                (host, rest.strip_prefix(':'))
            }
            None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map_or(Some(usual), |port| port.parse().ok())?;
        let is_host = !host.is_empty() && !host.contains(|letter: char| letter.is_whitespace() || letter.is_control());
        is_host.then(|| Self { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn addresses_are_taken_from_urls() {
        for (url, want) in [
            ("https://api.example.com/v1", Some(("api.example.com", 443))),
            ("http://127.0.0.1:8080/v1?x=1", Some(("127.0.0.1", 8080))),
            ("http://user:pass@proxy:3128", Some(("proxy", 3128))),
            ("https://[::1]:9/v1", Some(("::1", 9))),
            ("ftp://x", None),
            ("http://host:port", None),
            ("https://", None),
            ("nothing", None),
        ] {
            let want = want.map(|(host, port)| Address { host: host.to_owned(), port });
            assert_eq!(Address::of(url), want, "{url}");
        }
    }
}
