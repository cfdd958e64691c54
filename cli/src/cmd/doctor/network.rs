//! Whether the provider's address can be reached: a name is looked up, a connection opened and closed, nothing sent.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use codex_config::Config;
use codex_exec::Ambient;

use super::report::Finding;

const NAME: &str = "network";

/// How long an address may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a connection goes.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    host: String,
    port: u16,
}

/// Looks at the provider, or at the proxy on the way to it.
pub(super) fn provider(config: &Config, ambient: &Ambient) -> Finding {
    let url = config.provider.base_url.as_str();
    let Some(address) = address(url) else {
        return Finding::fail(NAME, format!("`{}` is no address of a server", config.provider.base_url))
            .remedy(format!("set `base_url` of the provider `{}` to one like https://host/v1", config.provider.id));
    };
    let (address, via) = match proxy(url, &address.host, ambient) {
        Some(proxy) => (proxy, " (the proxy that is set)"),
        None => (address, ""),
    };
    let shown = format!("{}:{}{via}", address.host, address.port);
    match reach(&address) {
        Ok(()) => Finding::ok(NAME, format!("{shown} answers for `{}`", config.provider.id)),
        Err(why) => Finding::fail(NAME, format!("{shown} does not answer for `{}`: {why}", config.provider.id)).remedy(
            if address.host == "localhost" || address.host.starts_with("127.") {
                "start the server there, or correct `base_url`"
            } else {
                "check the network, HTTPS_PROXY and `base_url`"
            },
        ),
    }
}

fn reach(address: &Address) -> std::io::Result<()> {
    let mut why = std::io::Error::from(std::io::ErrorKind::NotFound);
    for place in (address.host.as_str(), address.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(error) => why = error,
        }
    }
    Err(why)
}

/// Host and port of `scheme://[user@]host[:port]/...`.
fn address(url: &str) -> Option<Address> {
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
    (!host.is_empty()).then(|| Address { host: host.to_owned(), port })
}

/// The proxy that requests to this host go through.
fn proxy(url: &str, host: &str, ambient: &Ambient) -> Option<Address> {
    let get = |name: &str| ambient.runtime.env_text(name).filter(|value| !value.is_empty());
    let spared = get("NO_PROXY").or_else(|| get("no_proxy")).unwrap_or_default();
    let is_spared = spared.split(',').map(str::trim).any(|entry| {
        let entry = entry.trim_start_matches('.');
        !entry.is_empty() && (entry == "*" || host == entry || host.ends_with(&format!(".{entry}")))
    });
    let names: &[&str] = if url.starts_with("https") { &["HTTPS_PROXY", "https_proxy"] } else { &["http_proxy", "HTTP_PROXY"] };
    let set = names.iter().chain(&["ALL_PROXY", "all_proxy"]).find_map(|name| get(name));
    address(set.filter(|_| !is_spared)?)
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
            assert_eq!(address(url), want, "{url}");
        }
    }
}
