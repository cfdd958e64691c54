//! What a front-end holds: shows it events, and finishes it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use codex_protocol::{Event, EventMsg};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::data::{Batch, now};
use crate::otlp::{self, Origin};
use crate::recorder::Recorder;
use crate::send::Collector;
use crate::settings::Settings;

/// Batches that may wait; a collector that is that far behind misses the next ones.
const WAITING: usize = 16;

/// How long the end of a run waits for collectors.
const LAST_WAIT: Duration = Duration::from_secs(3);

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// An address that is none.
    #[error("`{endpoint}` is no address of a collector")]
    Endpoint {
        /// As configured.
        endpoint: String,
    },
    /// A header that cannot be sent.
    #[error("the header `{name}` cannot be sent")]
    Header {
        /// Its name.
        name: String,
    },
    /// A certificate that cannot be used.
    #[error("the certificate `{}` cannot be used: {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No client can be made.
    #[error("no connection to a collector can be made: {0}")]
    Client(String),
}

#[derive(Debug)]
struct Collectors {
    origin: Origin,
    events: Option<Collector>,
    traces: Option<Collector>,
    metrics: Option<Collector>,
}

/// Records one thread and sends what it recorded.
#[derive(Debug)]
pub struct Telemetry {
    recorder: Recorder,
    sender: mpsc::Sender<Batch>,
    task: JoinHandle<()>,
}

impl Telemetry {
    /// Starts it; `None` when nothing is to be sent. Needs a tokio runtime unless the answer is `None`.
    ///
    /// # Errors
    /// When an address, a header or a certificate cannot be used.
    pub fn start(settings: Settings, version: &str) -> Result<Option<Self>, TelemetryError> {
        if settings.events.is_none() && settings.traces.is_none() && settings.metrics.is_none() {
            return Ok(None);
        }
        let collector = |exporter: &Option<_>| exporter.as_ref().map(Collector::new).transpose();
        let collectors = Arc::new(Collectors {
            origin: Origin { version: version.to_owned(), environment: settings.environment.clone() },
            events: collector(&settings.events)?,
            traces: collector(&settings.traces)?,
            metrics: collector(&settings.metrics)?,
        });
        let (sender, mut batches) = mpsc::channel(WAITING);
        let task = tokio::spawn(async move {
            while let Some(batch) = batches.recv().await {
                collectors.send(&batch).await;
            }
        });
        Ok(Some(Self { recorder: Recorder::new(settings.log_user_prompt), sender, task }))
    }

    /// Takes note of an event. Never waits.
    pub fn push(&mut self, event: &Event) {
        self.recorder.take(&event.msg);
        if matches!(event.msg, EventMsg::TaskComplete(_) | EventMsg::TurnAborted(_)) || self.recorder.is_full() {
            self.send();
        }
    }

    fn send(&mut self) {
        if self.sender.try_send(self.recorder.batch()).is_err() {
            tracing::warn!("the collector of `[otel]` is too slow: some of what happened is not sent");
        }
    }

    /// Sends the rest, and waits a moment for it.
    pub async fn finish(mut self) {
        self.send();
        drop(self.sender);
        if tokio::time::timeout(LAST_WAIT, self.task).await.is_err() {
            tracing::warn!("the collector of `[otel]` is too slow: the end of the run is not sent");
        }
    }
}

impl Collectors {
    async fn send(&self, batch: &Batch) {
        if let Some(events) = self.events.as_ref().filter(|_| !batch.happenings.is_empty()) {
            events.send(&otlp::events(&self.origin, &batch.happenings)).await;
        }
        if let Some(traces) = self.traces.as_ref().filter(|_| !batch.spans.is_empty()) {
            traces.send(&otlp::traces(&self.origin, &batch.spans)).await;
        }
        if let Some(metrics) = self.metrics.as_ref().filter(|_| !batch.counts.is_empty()) {
            metrics.send(&otlp::metrics(&self.origin, &batch.counts, batch.since, now())).await;
        }
    }
}
