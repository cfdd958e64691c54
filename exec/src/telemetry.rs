//! `[otel]` of the settings, as `codex-otel` takes it.

use std::path::PathBuf;

use codex_config::Config;
use codex_config::schema::{OtelExporter, OtelHttpProtocol, OtelTlsToml};
use codex_otel::{Encoding, Exporter, Settings, Telemetry, Tls};

/// Starts telemetry where the settings ask for it, and says why where that cannot be done.
pub(crate) fn start(config: &Config, version: &str) -> (Option<Telemetry>, Vec<String>) {
    let Some(otel) = &config.keys.otel else { return (None, Vec::new()) };
    let mut warnings = Vec::new();
    let mut exporter = |key: &str, exporter: &Option<OtelExporter>| match exporter {
        None | Some(OtelExporter::None | OtelExporter::Statsig) => None,
        Some(OtelExporter::OtlpHttp { endpoint, protocol, headers, tls }) => Some(Exporter {
            endpoint: endpoint.clone(),
            encoding: match protocol {
                OtelHttpProtocol::Binary => Encoding::Binary,
                OtelHttpProtocol::Json => Encoding::Json,
            },
            headers: headers.clone(),
            tls: tls.as_ref().map(certificates).unwrap_or_default(),
        }),
        Some(OtelExporter::OtlpGrpc { .. }) => {
            warnings.push(format!("`otel.{key}`: gRPC is not built, so nothing is sent there; use `otlp-http`"));
            None
        }
    };
    let settings = Settings {
        log_user_prompt: otel.log_user_prompt.unwrap_or(false),
        environment: otel.environment.clone(),
        events: exporter("exporter", &otel.exporter),
        traces: exporter("trace_exporter", &otel.trace_exporter),
        metrics: exporter("metrics_exporter", &otel.metrics_exporter),
    };
    match Telemetry::start(settings, version) {
        Ok(telemetry) => (telemetry, warnings),
        Err(error) => {
            warnings.push(format!("`[otel]`: {error}; nothing is sent"));
            (None, warnings)
        }
    }
}

fn certificates(tls: &OtelTlsToml) -> Tls {
    let pair = |certificate: &Option<PathBuf>, key: &Option<PathBuf>| Some((certificate.clone()?, key.clone()?));
    Tls { authority: tls.ca_certificate.clone(), client: pair(&tls.client_certificate, &tls.client_private_key) }
}
