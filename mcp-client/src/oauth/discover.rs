//! Where a server's users sign in.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::OAuthError;
use super::address::checked;
use crate::http::HttpFactory;

/// Most bytes of an answer.
const MOST_BYTES: usize = 512 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// The addresses of an authorization server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Endpoints {
    pub(super) authorize: Url,
    pub(super) token: Url,
    pub(super) register: Option<Url>,
    /// What the resource says may be asked for.
    pub(super) scopes: Vec<String>,
    /// The resource as it names itself.
    pub(super) resource: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    authorization_endpoint: String,
    token_endpoint: String,
    registration_endpoint: Option<String>,
    code_challenge_methods_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ResourceMetadata {
    resource: Option<String>,
    authorization_servers: Option<Vec<String>>,
    scopes_supported: Option<Vec<String>>,
}

/// Finds them out.
pub(super) async fn endpoints(http: &HttpFactory, server: &Url) -> Result<Endpoints, OAuthError> {
    let all = tokio::time::timeout(PATIENCE.saturating_mul(3), look(http, server));
    all.await.unwrap_or_else(|_| Err(OAuthError::NotOffered("it does not answer in time".to_owned())))
}

async fn look(http: &HttpFactory, server: &Url) -> Result<Endpoints, OAuthError> {
    let resource = resource_metadata(http, server).await;
    let issuer = resource.as_ref().and_then(|resource| resource.authorization_servers.as_ref()?.first().cloned());
    let candidates = match &issuer {
        Some(issuer) => issuer_places(&checked(issuer, server, "the authorization server")?),
        None => places_beside(server),
    };
    let mut last = OAuthError::NotOffered("it publishes no metadata".to_owned());
    for place in candidates {
        match get(http, &place).await.and_then(|value| Metadata::deserialize(value).ok()) {
            None => {}
            Some(metadata) => match read(&metadata, server) {
                Ok(mut endpoints) => {
                    endpoints.scopes = resource.as_ref().and_then(|resource| resource.scopes_supported.clone()).unwrap_or_default();
                    endpoints.resource = resource.as_ref().and_then(|resource| resource.resource.clone());
                    return Ok(endpoints);
                }
                Err(error) => last = error,
            },
        }
    }
    Err(last)
}

fn read(metadata: &Metadata, server: &Url) -> Result<Endpoints, OAuthError> {
    // A server that lists its methods without ours would take codes from anybody.
    if metadata.code_challenge_methods_supported.as_ref().is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
        return Err(OAuthError::NotOffered("it does not support PKCE with S256".to_owned()));
    }
    Ok(Endpoints {
        authorize: checked(&metadata.authorization_endpoint, server, "the authorization endpoint")?,
        token: checked(&metadata.token_endpoint, server, "the token endpoint")?,
        register: metadata.registration_endpoint.as_ref().map(|text| checked(text, server, "the registration endpoint")).transpose()?,
        scopes: Vec::new(),
        resource: None,
    })
}

async fn resource_metadata(http: &HttpFactory, server: &Url) -> Option<ResourceMetadata> {
    let path = server.path().trim_end_matches('/');
    let mut places = vec![format!("/.well-known/oauth-protected-resource{path}")];
    if !path.is_empty() {
        places.push("/.well-known/oauth-protected-resource".to_owned());
    }
    for place in places {
        let found = get(http, &at(server, &place)).await.and_then(|value| ResourceMetadata::deserialize(value).ok());
        if let Some(found) = found.filter(|found| found.authorization_servers.is_some()) {
            return Some(found);
        }
    }
    None
}

fn at(server: &Url, path: &str) -> Url {
    let mut url = server.clone();
    url.set_path(path);
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// Where servers of the first kind publish it.
fn places_beside(server: &Url) -> Vec<Url> {
    let path = server.path().trim_end_matches('/');
    let mut places = Vec::new();
    if !path.is_empty() {
        places.push(at(server, &format!("/.well-known/oauth-authorization-server{path}")));
        places.push(at(server, &format!("{path}/.well-known/oauth-authorization-server")));
    }
    places.push(at(server, "/.well-known/oauth-authorization-server"));
    places
}

/// Where an issuer publishes it.
fn issuer_places(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let mut places = vec![
        at(issuer, &format!("/.well-known/oauth-authorization-server{path}")),
        at(issuer, &format!("/.well-known/openid-configuration{path}")),
    ];
    if !path.is_empty() {
        places.push(at(issuer, &format!("{path}/.well-known/openid-configuration")));
    }
    places
}

async fn get(http: &HttpFactory, url: &Url) -> Option<Value> {
    let client = http.client(url).ok()?;
    let request = client.get(url.clone()).header("mcp-protocol-version", "2024-11-05").timeout(PATIENCE);
    let response = request.send().await.ok().filter(|response| response.status().is_success())?;
    serde_json::from_slice(&body(response).await.ok()?).ok()
}

/// The body of an answer, bounded.
pub(super) async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
        if bytes.len() + piece.len() > MOST_BYTES {
            return Err("the answer is too long".to_owned());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn metadata_is_looked_for_where_servers_publish_it() {
        let texts = |urls: Vec<Url>| urls.iter().map(|url| url.path().to_owned()).collect::<Vec<_>>();
        assert_eq!(
            texts(places_beside(&Url::parse("https://h/mcp?x=1").unwrap())),
            [
                "/.well-known/oauth-authorization-server/mcp",
                "/mcp/.well-known/oauth-authorization-server",
                "/.well-known/oauth-authorization-server"
            ]
        );
        assert_eq!(texts(places_beside(&Url::parse("https://h").unwrap())), ["/.well-known/oauth-authorization-server"]);
        assert_eq!(texts(issuer_places(&Url::parse("https://i/t").unwrap())).len(), 3);
    }
}
