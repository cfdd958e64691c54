//! The HTTP client for sign-in servers.
//!
//! No redirects: what is sent holds secrets and goes to the address that was checked, nowhere else. Answers are small;
//! what is larger is none. Made when the first request needs it, so that nothing of TLS is loaded before.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{RequestBuilder, redirect};
use serde_json::{Map, Value};
use url::{Host, Url, form_urlencoded};

use crate::connection::client_builder;
use crate::error::{LoginError, Refusal};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Most bytes of an answer.
const ANSWER_CAP: usize = 1024 * 1024;

/// Asks sign-in servers.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    timeout: Duration,
}

impl Http {
    /// Makes a client that talks to `server` and those beside it.
    pub(crate) fn new(server: &Url, env: &BTreeMap<String, String>, user_agent: &str, timeout: Duration) -> Result<Self, LoginError> {
        let builder = client_builder(server, env).map_err(|error| LoginError::Client(error.to_string()))?;
        let mut builder = builder.connect_timeout(CONNECT_TIMEOUT).timeout(timeout).redirect(redirect::Policy::none());
        if !user_agent.is_empty() {
            builder = builder.user_agent(user_agent);
        }
        let client = builder.build().map_err(|error| LoginError::Client(error.to_string()))?;
        Ok(Self { client, timeout })
    }

    /// Gets a JSON object.
    pub(crate) async fn get(&self, url: &Url, what: &'static str) -> Result<Map<String, Value>, LoginError> {
        let (status, body) = self.send(self.client.get(url.clone()), what).await?;
        answer(status, &body, what)
    }

    /// Sends a form and gets a JSON object.
    pub(crate) async fn post(&self, url: &Url, form: &[(&str, &str)], what: &'static str) -> Result<Map<String, Value>, LoginError> {
        let (status, body) = self.send_form(url, form, what).await?;
        answer(status, &body, what)
    }

    /// Sends a form to which no answer is due.
    pub(crate) async fn tell(&self, url: &Url, form: &[(&str, &str)], what: &'static str) -> Result<(), LoginError> {
        let (status, body) = self.send_form(url, form, what).await?;
        if (200..300).contains(&status) { Ok(()) } else { answer(status, &body, what).map(drop) }
    }

    async fn send_form(&self, url: &Url, form: &[(&str, &str)], what: &'static str) -> Result<(u16, Vec<u8>), LoginError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.client.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        self.send(request, what).await
    }

    async fn send(&self, request: RequestBuilder, what: &'static str) -> Result<(u16, Vec<u8>), LoginError> {
        let unreachable = |error: reqwest::Error| LoginError::Unreachable { what, reason: reason(&error, self.timeout) };
        let mut response = request.header(ACCEPT, "application/json").send().await.map_err(unreachable)?;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(unreachable)? {
            if body.len() + piece.len() > ANSWER_CAP {
                return Err(LoginError::Garbled("the sign-in server's answer: it is too long"));
            }
            body.extend_from_slice(&piece);
        }
        Ok((response.status().as_u16(), body))
    }
}

/// Why nothing came; without the address, which may hold a code.
fn reason(error: &reqwest::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", timeout.as_secs_f64().ceil());
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if innermost.is::<reqwest::Error>() { "the connection failed".to_owned() } else { innermost.to_string() }
}

fn answer(status: u16, body: &[u8], what: &'static str) -> Result<Map<String, Value>, LoginError> {
    let object = match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    };
    if (200..300).contains(&status) {
        return object.ok_or(LoginError::Garbled("the sign-in server's answer: it is no JSON object"));
    }
    let code = object.as_ref().and_then(|object| Refusal::of_code(object.get("error")?.as_str()?));
    // A server that is ill says so by its status, whatever is in the body.
    let code = code.filter(|_| status < 500);
    Err(LoginError::Refused { what, refusal: code.unwrap_or(Refusal::Status(status)) })
}

/// Reads an address that secrets may be sent to: `https`, or `http` to this machine.
pub(crate) fn safe_address(text: &str, what: &'static str) -> Result<Url, LoginError> {
    let wrong = |fault| LoginError::Address { what, fault };
    let url = Url::parse(text.trim()).map_err(|_| wrong("it cannot be read"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a name or a password"));
    }
    if url.fragment().is_some() {
        return Err(wrong("it has a fragment"));
    }
    match url.scheme() {
        "https" if url.host().is_some() => Ok(url),
        "http" if is_this_machine(&url) => Ok(url),
        "http" => Err(wrong("it is not https")),
        _ => Err(wrong("it is neither https nor http")),
    }
}

/// Whether an address leads to the loopback interface.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// X5, L6.
    #[test]
    fn secrets_go_to_https_or_to_this_machine() {
        for good in
            ["https://issuer.example", "https://issuer.example:8443/a?b=c", "http://127.0.0.1:5/x", "http://[::1]/", "http://localhost"]
        {
            assert!(safe_address(good, "x").is_ok(), "{good}");
        }
        for bad in [
            "",
            "issuer.example",
            "http://issuer.example",
            "http://127.0.0.1.evil.example",
            "ftp://issuer.example",
            "file:///etc/passwd",
            "https://u:p@issuer.example",
            "https://issuer.example/#x",
            "javascript:alert(1)",
            "http://10.0.0.1",
        ] {
            assert!(safe_address(bad, "x").is_err(), "{bad}");
        }
    }

    #[test]
    fn only_codes_of_the_standard_are_repeated() {
        let told = |status, body: &str| answer(status, body.as_bytes(), "x").unwrap_err().to_string();
        assert_eq!(
            told(400, r#"{"error":"invalid_grant","error_description":"token abc"}"#),
            "the sign-in server refused (x): invalid_grant"
        );
        assert_eq!(told(400, r#"{"error":"Token ABC"}"#), "the sign-in server refused (x): status 400");
        assert_eq!(told(500, r#"{"error":"invalid_grant"}"#), "the sign-in server refused (x): status 500");
        assert_eq!(told(200, "<html>"), "cannot understand the sign-in server's answer: it is no JSON object");
    }
}
