//! What every HTTP client of the program has in common: TLS, the user's certificate authorities, proxies of the environment.
//!
//! For a plain `http://` server without a proxy no certificate is loaded; the crypto provider is a static table and costs
//! nothing. **Not here:** time-outs, redirects, headers; those are the caller's.

use std::collections::BTreeMap;
use std::sync::Once;

use reqwest::{Certificate, ClientBuilder, NoProxy, Proxy};
use url::Url;

/// A variable of the environment that a connection cannot be made with. Shows no address: one may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{variable}`{fault}")]
pub struct ConnectionError {
    variable: &'static str,
    fault: String,
}

/// The start of a client that talks to `url`.
///
/// # Errors
/// When a variable names no usable proxy or no certificates.
pub fn client_builder(url: &Url, env: &BTreeMap<String, String>) -> Result<ClientBuilder, ConnectionError> {
    install_crypto();
    let proxies = proxies(env)?;
    let mut builder = reqwest::Client::builder().no_proxy();
    if url.scheme() == "http" && proxies.is_empty() {
        // Nothing of TLS can be needed.
        builder = builder.tls_certs_only([]);
    } else {
        let certificates = own_certificates(env)?;
        if !certificates.is_empty() {
            builder = builder.tls_certs_merge(certificates);
        }
    }
    Ok(proxies.into_iter().fold(builder, ClientBuilder::proxy))
}

/// Variables that name a file with further certificate authorities; the first that is set counts.
pub const CA_VARIABLES: [&str; 2] = ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"];

/// The certificate authorities that the user adds to the system's.
fn own_certificates(env: &BTreeMap<String, String>) -> Result<Vec<Certificate>, ConnectionError> {
    let named = CA_VARIABLES.into_iter().find_map(|name| Some((name, env.get(name).filter(|path| !path.trim().is_empty())?)));
    let Some((variable, path)) = named else { return Ok(Vec::new()) };
    let wrong = |fault: String| ConnectionError { variable, fault };
    let pem = std::fs::read(path).map_err(|error| wrong(format!(": cannot read {path}: {error}")))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(format!(": {path}: {error}")))?;
    if certificates.is_empty() {
        return Err(wrong(format!(": {path} holds no certificate in PEM form")));
    }
    Ok(certificates)
}

fn install_crypto() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // An error means that another part of the program was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// The proxies that the environment names, in the usual variables of either case.
fn proxies(env: &BTreeMap<String, String>) -> Result<Vec<Proxy>, ConnectionError> {
    let variable = |name: &str| {
        let value = env.get(&name.to_ascii_lowercase()).or_else(|| env.get(name));
        value.map(|value| value.trim()).filter(|value| !value.is_empty())
    };
    let no_proxy = variable("NO_PROXY").and_then(NoProxy::from_string);
    let mut proxies = Vec::new();
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        // A CGI server fills this variable from a request header.
        if name == "HTTP_PROXY" && env.contains_key("REQUEST_METHOD") {
            continue;
        }
        let Some(address) = variable(name) else { continue };
        let proxy = match name {
            "HTTP_PROXY" => Proxy::http(address),
            "HTTPS_PROXY" => Proxy::https(address),
            _ => Proxy::all(address),
        };
        let proxy = proxy.map_err(|_| ConnectionError { variable: name, fault: " names no usable proxy".to_owned() })?;
        proxies.push(proxy.no_proxy(no_proxy.clone()));
    }
    Ok(proxies)
}
