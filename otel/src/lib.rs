//! Tells a collector of the user's, over OTLP, what a thread did: traces, metrics and events.
//!
//! Off unless the settings name an address; then a [`Telemetry`] is made, shown every event of the thread, and finished.
//! Nothing here is touched, no client made and no thread started, before that. What is told holds names, counts, sizes and
//! times; texts of the user, of the model and of commands are never part of it, but for the prompt where
//! `log_user_prompt` asks for it.
//!
//! **Not here:** the settings file (`codex-config`), log lines for developers (`tracing`, set up by the binary), and any
//! destination of our own: there is none.
//!
//! ```
//! use codex_otel::{Settings, Telemetry};
//! assert!(Telemetry::start(Settings::default(), "0.1.0").unwrap().is_none(), "nothing to send, nothing made");
//! ```

mod data;
mod encode;
mod names;
mod otlp;
mod recorder;
mod send;
mod settings;
mod telemetry;

pub use settings::{Encoding, Exporter, Settings, Tls};
pub use telemetry::{Telemetry, TelemetryError};
