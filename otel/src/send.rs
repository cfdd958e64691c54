//! Hands batches to the collectors, one after the other, beside the run.
//!
//! Each gets one attempt: what a collector misses is lost, and a run never waits for one.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::encode::Message;
use crate::settings::{Encoding, Exporter};
use crate::telemetry::TelemetryError;

/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A collector, ready to be sent to.
#[derive(Clone, Debug)]
pub(crate) struct Collector {
    client: Client,
    endpoint: String,
    encoding: Encoding,
    headers: HeaderMap,
}

impl Collector {
    pub(crate) fn new(exporter: &Exporter) -> Result<Self, TelemetryError> {
        // The first one to ask installs it; it is the same for all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        for (name, value) in &exporter.headers {
            let bad = || TelemetryError::Header { name: name.clone() };
            let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?, value);
        }
        let kind = match exporter.encoding {
            Encoding::Binary => "application/x-protobuf",
            Encoding::Json => "application/json",
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        // A collector that points elsewhere is not followed: headers may hold a key.
        let mut builder = Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        let read = |path: &std::path::Path| {
            std::fs::read(path).map_err(|source| TelemetryError::Certificate { path: path.to_owned(), reason: source.to_string() })
        };
        if let Some(path) = &exporter.tls.authority {
            let bad = |error: reqwest::Error| TelemetryError::Certificate { path: path.clone(), reason: error.to_string() };
            builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(&read(path)?).map_err(bad)?);
        }
        if let Some((certificate, key)) = &exporter.tls.client {
            let pem = [read(certificate)?, read(key)?].concat();
            let bad = |error: reqwest::Error| TelemetryError::Certificate { path: certificate.clone(), reason: error.to_string() };
            builder = builder.identity(reqwest::Identity::from_pem(&pem).map_err(bad)?);
        }
        reqwest::Url::parse(&exporter.endpoint).map_err(|_| TelemetryError::Endpoint { endpoint: exporter.endpoint.clone() })?;
        let client = builder.build().map_err(|error| TelemetryError::Client(error.to_string()))?;
        Ok(Self { client, endpoint: exporter.endpoint.clone(), encoding: exporter.encoding, headers })
    }

    /// Sends one request; a failure is told to the log.
    pub(crate) async fn send(&self, message: &Message) {
        let body = match self.encoding {
            Encoding::Binary => message.binary(),
            Encoding::Json => message.json().to_string().into_bytes(),
        };
        let answer = self.client.post(&self.endpoint).headers(self.headers.clone()).body(body).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => tracing::warn!(status = answer.status().as_u16(), "the collector of `[otel]` refused what was sent"),
            Err(error) => tracing::warn!(error = %error.without_url(), "the collector of `[otel]` cannot be reached"),
        }
    }
}
