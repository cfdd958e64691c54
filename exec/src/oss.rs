//! `--oss`: makes the local server ready before the run, and shows how far that is.
//!
//! On a terminal one line is drawn over and over; elsewhere each step is a line, and bytes are told at every tenth.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use codex_config::Config;
use codex_model_client::local::{LocalStep, make_ready};

use crate::ambient::{Ambient, StreamKind};
use crate::error::ExecError;
use crate::sanitize::sanitize;

/// Cells of the bar.
const BAR: u64 = 30;

/// Makes the server ready and returns the configuration, which knows the model's window where nobody had said it.
///
/// # Errors
/// [`ExecError::Oss`], which says how to start the server.
pub(crate) async fn ready(config: &Arc<Config>, ambient: &Ambient) -> Result<Arc<Config>, ExecError> {
    let text = |value: &std::ffi::OsString| value.to_str().map(str::to_owned);
    let env: BTreeMap<String, String> =
        ambient.runtime.outside_env(&config.cwd).iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect();
    let mut progress = Progress::new(ambient.stderr == StreamKind::Terminal);
    let tell = |step| progress.show(&step);
    let facts = make_ready(&config.provider, &config.model, &env, &config.codex_home, tell).await;
    progress.end();
    let facts = facts.map_err(|error| ExecError::Oss(sanitize(&error.to_string()).into_owned()))?;
    let known = codex_model_client::catalogue::lookup(&config.model).known;
    match facts.context_window {
        Some(window) if config.model_context_window.is_none() && !known => {
            Ok(Arc::new(Config { model_context_window: Some(window), ..Config::clone(config) }))
        }
        _ => Ok(Arc::clone(config)),
    }
}

/// What was shown so far.
struct Progress {
    terminal: bool,
    /// What the line on the terminal says, or the last line elsewhere.
    last: String,
    open: bool,
}

impl Progress {
    fn new(terminal: bool) -> Self {
        Self { terminal, last: String::new(), open: false }
    }

    fn show(&mut self, step: &LocalStep) {
        match step {
            LocalStep::Fetching { model } => self.line(&format!("Pulling model {}...", sanitize(model))),
            LocalStep::Fetched { model } => self.line(&format!("Model {} is ready.", sanitize(model))),
            LocalStep::Status(status) => self.line(&sanitize(status)),
            LocalStep::Bytes { file, done, total } => self.bytes(file, *done, *total),
        }
    }

    fn line(&mut self, line: &str) {
        self.end();
        if line != self.last {
            write(&format!("{line}\n"));
            line.clone_into(&mut self.last);
        }
    }

    fn bytes(&mut self, file: &str, done: u64, total: u64) {
        let percent = done.saturating_mul(100) / total.max(1);
        let shown = if self.terminal { percent } else { percent / 10 * 10 };
        let digits: String = file.trim_start_matches("sha256:").chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        let line = if self.terminal {
            let full = usize::try_from(shown * BAR / 100).unwrap_or(0);
            let empty = usize::try_from(BAR).unwrap_or(0).saturating_sub(full);
            format!("{digits} [{}{}] {shown:3}% of {}", "#".repeat(full), " ".repeat(empty), size(total))
        } else {
            format!("downloading {digits}: {shown}% of {}", size(total))
        };
        if line == self.last {
            return;
        }
        if self.terminal {
            write(&format!("\r{line}\x1b[K"));
            self.open = true;
        } else {
            write(&format!("{line}\n"));
        }
        self.last = line;
    }

    /// Ends a line that is drawn over and over.
    fn end(&mut self) {
        if std::mem::take(&mut self.open) {
            write("\n");
        }
    }
}

/// Progress that nobody reads is no reason to fail.
fn write(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        assert_eq!((size(900), size(13_780_000_000), size(2_500_000)), ("0.9 kB".into(), "13.8 GB".into(), "2.5 MB".into()));
    }
}
