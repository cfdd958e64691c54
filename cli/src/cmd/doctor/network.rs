//! Whether the provider's address can be reached: a name is looked up, a connection opened and closed, nothing sent.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use codex_config::Config;
use codex_exec::Ambient;
use codex_model_client::{Auth, HttpModelClient, HttpOptions, ModelError};

use super::report::Finding;
use crate::address::Address;

const NAME: &str = "network";

/// How long an address may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks at the provider, or at the proxy on the way to it.
pub(super) fn provider(config: &Config, ambient: &Ambient) -> Finding {
    let url = config.provider.base_url.as_str();
    let Some(address) = Address::of(url) else {
        return Finding::fail(NAME, format!("`{}` is no address of a server", config.provider.base_url))
            .remedy(format!("set `base_url` of the provider `{}` to one like https://host/v1", config.provider.id));
    };
    // What every run would fail over before it sends anything: a file of certificates, a proxy or a header that cannot be used.
    if let Err(error) = client(config, ambient) {
        return Finding::fail(NAME, error.message).remedy("correct the setting or the variable that names it");
    }
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

/// Makes the client that a run would make, and drops it.
fn client(config: &Config, ambient: &Ambient) -> Result<(), ModelError> {
    let text = |value: &std::ffi::OsString| value.to_str().map(str::to_owned);
    let env = ambient.runtime.env.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect();
    let options = HttpOptions {
        originator: ambient.runtime.originator.clone(),
        user_agent: ambient.runtime.user_agent.clone(),
        version: ambient.runtime.version.clone(),
        env,
        ..HttpOptions::default()
    };
    HttpModelClient::new(config.provider.clone(), Auth::None, options).map(drop)
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
    Address::of(set.filter(|_| !is_spared)?)
}
