//! Log lines for developers, on standard error: level `error` unless `RUST_LOG` says otherwise.

use std::io;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Starts logging. A plain level in `RUST_LOG` needs no filter engine, which keeps the start short.
pub(crate) fn install(rust_log: Option<&str>) {
    let builder = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false);
    let rust_log = rust_log.map(str::trim).filter(|value| !value.is_empty());
    let installed = match rust_log.map(|value| (LevelFilter::from_str(value), value)) {
        None => builder.with_max_level(LevelFilter::ERROR).try_init(),
        Some((Ok(level), _)) => builder.with_max_level(level).try_init(),
        Some((Err(_), directives)) => builder.with_env_filter(EnvFilter::new(directives)).try_init(),
    };
    // A subscriber is there already only when a test of this program put it there.
    let _ = installed;
}
