//! Servers that speak streamable HTTP: headers, bearer tokens, limits; the connection itself is the SDK's.
//!
//! Redirects are not followed: what is sent holds credentials and goes to the configured address, nowhere else (X5).

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use codex_login::client_builder;
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use url::Url;

use crate::connection::failed;
use crate::error::StartError;
use crate::line::{Fault, LONGEST_LINE};
use crate::oauth::{CredentialStore, OAuthError, StoreKind};
use crate::older::OlderTransport;
use crate::servers::Surroundings;
use crate::settings::{Reach, ServerSettings, Token};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence inside an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(600);

/// Makes connections. Nothing of TLS is loaded before the first one.
#[derive(Clone, Debug)]
pub(crate) struct HttpFactory {
    pub(crate) env: Arc<BTreeMap<String, String>>,
    pub(crate) codex_home: PathBuf,
    pub(crate) user_agent: String,
    store: StoreKind,
}

impl HttpFactory {
    pub(crate) fn new(surroundings: &Surroundings) -> Self {
        Self {
            env: Arc::new(surroundings.env.clone()),
            codex_home: surroundings.codex_home.clone(),
            user_agent: surroundings.user_agent.clone(),
            store: surroundings.credentials,
        }
    }

    /// Where sign-ins are kept.
    pub(crate) fn credentials(&self) -> CredentialStore {
        CredentialStore::new(&self.codex_home, self.store)
    }

    /// A client for the address and nothing beside it.
    pub(crate) fn client(&self, url: &Url) -> Result<reqwest::Client, String> {
        let builder = client_builder(url, &self.env).map_err(|error| error.to_string())?;
        let builder = builder.connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).redirect(reqwest::redirect::Policy::none());
        builder.user_agent(&self.user_agent).build().map_err(|error| error.to_string())
    }

    /// A connection in the present form of the protocol.
    pub(crate) async fn open(&self, settings: &ServerSettings) -> Result<StreamableHttpClientTransport<reqwest::Client>, StartError> {
        let (url, client, headers, token) = self.prepare(settings).await?;
        let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str());
        config.max_sse_event_size = LONGEST_LINE;
        config.auth_header = token;
        config.custom_headers = headers;
        Ok(StreamableHttpClientTransport::with_client(client, config))
    }

    /// A connection in the older form: an event stream, and an address that it names for messages.
    pub(crate) async fn open_older(&self, settings: &ServerSettings, fault: Fault) -> Result<OlderTransport, StartError> {
        let (url, client, headers, token) = self.prepare(settings).await?;
        let opened = tokio::time::timeout(settings.startup_timeout, OlderTransport::open(client, url, headers, token, fault)).await;
        match opened {
            Err(_) => Err(StartError::TimedOut { server: settings.name.clone(), waited: settings.startup_timeout, tail: String::new() }),
            Ok(opened) => opened.map_err(|cause| failed(settings, cause, String::new(), true)),
        }
    }

    async fn prepare(
        &self,
        settings: &ServerSettings,
    ) -> Result<(Url, reqwest::Client, HashMap<HeaderName, HeaderValue>, Option<String>), StartError> {
        let Reach::Http { url, headers, token } = &settings.reach else {
            return Err(failed(settings, "it has no address".to_owned(), String::new(), false));
        };
        let wrong = |cause: String| failed(settings, cause, String::new(), false);
        let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
        let url = url.ok_or_else(|| wrong("its `url` is no http or https address".to_owned()))?;
        let token = match token {
            Token::Given(token) => Some(token.clone()),
            Token::Missing(variable) => {
                return Err(wrong(format!("Environment variable {variable} for MCP server '{}' is not set", settings.name)));
            }
            Token::SignIn => crate::oauth::bearer(self, settings).await.map_err(|error| match error {
                OAuthError::SignedOut => StartError::NotLoggedIn { server: settings.name.clone() },
                other => wrong(other.to_string()),
            })?,
        };
        let mut map = HashMap::new();
        for (name, value) in headers {
            let bad = || wrong(format!("the header `{name}` cannot be sent"));
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
            value.set_sensitive(true);
            map.insert(header, value);
        }
        let client = self.client(&url).map_err(wrong)?;
        Ok((url, client, map, token))
    }

    /// Whether an error is what a server answers that only knows the older form.
    pub(crate) fn is_older_form(&self, error: &StartError) -> bool {
        let StartError::Failed { cause, .. } = error else { return false };
        ["HTTP 404", "HTTP 405", "404 Not Found", "405 Method Not Allowed", "HTTP 400", "400 Bad Request"]
            .iter()
            .any(|sign| cause.contains(sign))
    }
}
