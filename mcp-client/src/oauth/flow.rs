//! A sign-in from its beginning to tokens that are kept.

use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use url::Url;

use super::discover::{self, Endpoints};
use super::grant::{self, Client};
use super::store::Stored;
use super::{OAuthError, address, callback};
use crate::Surroundings;
use crate::http::HttpFactory;
use crate::settings::ServerSettings;

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(600);
const PATH: &str = "/callback";

/// What a sign-in may be told.
#[derive(Clone, Debug, Default)]
pub struct SignInOptions {
    /// What to ask for; what is configured, else what the server names, when empty.
    pub scopes: Vec<String>,
    /// Port that the browser comes back to; any free one when `None`.
    pub port: Option<u16>,
    /// Address that the browser comes back to, where it is not the port on this machine.
    pub callback_url: Option<String>,
}

/// A sign-in that was begun: an address to open, and the wait for who comes back.
#[derive(Debug)]
pub struct SignIn {
    http: HttpFactory,
    listener: TcpListener,
    endpoints: Endpoints,
    client: Client,
    url: Url,
    server: Url,
    name: String,
    redirect: String,
    path: String,
    state: String,
    verifier: String,
    resource: Option<String>,
}

fn unguessable() -> Result<String, OAuthError> {
    let mut bytes = [0_u8; 32];
    let mut filled = 0;
    while filled < bytes.len() {
        let read = getrandom(&mut bytes[filled..], GetRandomFlags::empty());
        filled += read.map_err(|errno| OAuthError::System { what: "make random numbers", source: errno.into() })?;
    }
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

impl SignIn {
    /// Begins a sign-in: asks the server how, opens the port, registers.
    ///
    /// # Errors
    /// When the server offers none, or names addresses that may not be used.
    pub async fn begin(settings: &ServerSettings, surroundings: &Surroundings, options: SignInOptions) -> Result<Self, OAuthError> {
        let http = HttpFactory::new(surroundings);
        let server = address(settings)?;
        super::address::checked(server.as_str(), &server, "the server's address")?;
        let endpoints = discover::endpoints(&http, &server).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port.unwrap_or(0))).await;
        let listener = listener.map_err(|source| OAuthError::System { what: "open a port for the browser", source })?;
        let port = listener.local_addr().map_err(|source| OAuthError::System { what: "open a port for the browser", source })?.port();
        let redirect = options.callback_url.unwrap_or_else(|| format!("http://127.0.0.1:{port}{PATH}"));
        let path = Url::parse(&redirect).map_or_else(|_| PATH.to_owned(), |url| url.path().to_owned());
        let client = grant::register(&http, &endpoints, &redirect).await?;
        let (state, verifier) = (unguessable()?, unguessable()?);
        let scopes = [options.scopes, settings.scopes.clone(), endpoints.scopes.clone()].into_iter().find(|scopes| !scopes.is_empty());
        let resource = settings.oauth_resource.clone().or_else(|| endpoints.resource.clone());
        let mut url = endpoints.authorize.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &client.client_id)
            .append_pair("state", &state)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())))
            .append_pair("code_challenge_method", "S256")
            .append_pair("redirect_uri", &redirect);
        if let Some(scopes) = scopes {
            url.query_pairs_mut().append_pair("scope", &scopes.join(" "));
        }
        if let Some(resource) = &resource {
            url.query_pairs_mut().append_pair("resource", resource);
        }
        Ok(Self { http, listener, endpoints, client, url, server, name: settings.name.clone(), redirect, path, state, verifier, resource })
    }

    /// The address to open in a browser: `https`, or on this machine.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Waits for the person and keeps the tokens. Dropping the future closes the port.
    ///
    /// # Errors
    /// When nobody comes in ten minutes, the server refuses, or the tokens cannot be kept.
    pub async fn finish(self) -> Result<(), OAuthError> {
        let port = self.listener.local_addr().map_or(0, |address| address.port());
        let mut hosts = vec![format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        if let Some(host) = Url::parse(&self.redirect).ok().and_then(|url| url.host_str().map(str::to_owned)) {
            hosts.push(host);
        }
        let waiting = callback::wait(&self.listener, &self.path, &self.state, &hosts);
        let code = tokio::time::timeout(PATIENCE, waiting).await.map_err(|_| OAuthError::TimedOut(PATIENCE.as_secs() / 60))??;
        drop(self.listener);
        let resource = self.resource.as_deref();
        let tokens = grant::exchange(&self.http, &self.endpoints, &self.client, &code, &self.verifier, &self.redirect, resource).await?;
        let stored = Stored { server_name: self.name, server_url: self.server.to_string(), ..tokens };
        self.http.credentials().write(stored).await
    }
}
