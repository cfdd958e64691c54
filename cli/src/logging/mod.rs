//! Log lines for developers: on standard error at level `error`, in a file of the home at level `info`. `RUST_LOG` decides for
//! both instead where it is set, and only then is told what goes well, such as turns and requests: the file and the patterns for
//! secrets would cost every run something before its first request.
//!
//! Credentials that the environment holds, and what looks like one, are taken out of every line (X4).

mod file;

use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use codex_exec::Ambient;
use codex_state::Redactor;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use self::file::LogFile;

/// Parts of the names of variables that hold credentials.
const CREDENTIALS: [&str; 4] = ["KEY", "SECRET", "TOKEN", "PASSWORD"];

/// Takes secrets out of lines; made when the first line is written, because its patterns take time.
#[derive(Debug, Default)]
pub(super) struct Scrubber {
    values: Vec<String>,
    redactor: OnceLock<Redactor>,
}

impl Scrubber {
    fn of(ambient: &Ambient) -> Self {
        let holds_credential = |name: &std::ffi::OsString| {
            let name = name.to_string_lossy().to_ascii_uppercase();
            CREDENTIALS.iter().any(|part| name.contains(part))
        };
        let values = ambient.runtime.env.iter().filter(|(name, _)| holds_credential(name));
        Self { values: values.filter_map(|(_, value)| value.to_str().map(str::to_owned)).collect(), redactor: OnceLock::new() }
    }

    fn scrub(&self, line: &[u8]) -> Vec<u8> {
        let redactor = self.redactor.get_or_init(|| Redactor::new(self.values.iter().cloned()));
        redactor.redact(&String::from_utf8_lossy(line)).into_owned().into_bytes()
    }
}

/// Standard error, without secrets.
struct Stderr(Arc<Scrubber>);

impl Write for Stderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(&self.0.scrub(line)).map(|()| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Starts logging of a front-end. The file is made with the first line that goes there, in the folder that the settings name
/// by then.
pub(crate) fn install(rust_log: Option<&str>, ambient: &Ambient) {
    let scrubber = Arc::new(Scrubber::of(ambient));
    let folder = Arc::clone(&ambient.log_folder);
    let file = LogFile::new(folder, ambient.codex_home.join("log"), Arc::clone(&scrubber));
    // Who did not ask for a log misses nothing: what went wrong is on standard error as well.
    let file = if rust_log.is_some() { file.telling() } else { file };
    start(rust_log, Some(scrubber), Some(file));
}

/// Starts logging to the file alone, for a front-end whose screen standard error would tear.
pub(crate) fn install_file_alone(rust_log: Option<&str>, ambient: &Ambient) {
    let scrubber = Arc::new(Scrubber::of(ambient));
    let file = LogFile::new(Arc::clone(&ambient.log_folder), ambient.codex_home.join("log"), Arc::clone(&scrubber));
    start(rust_log, None, Some(file));
}

/// Starts logging to standard error alone, for what leaves no traces.
pub(crate) fn install_without_file(rust_log: Option<&str>) {
    start(rust_log, Some(Arc::default()), None);
}

type AnyFilter = Box<dyn Filter<Registry> + Send + Sync>;

fn start(rust_log: Option<&str>, stderr: Option<Arc<Scrubber>>, file: Option<LogFile>) {
    let rust_log = rust_log.map(str::trim).filter(|value| !value.is_empty());
    let filter = |usual: LevelFilter| -> AnyFilter {
        // A plain level needs no filter engine, which keeps the start short.
        match rust_log.map(|value| (LevelFilter::from_str(value), value)) {
            None => without_diary(usual),
            Some((Ok(level), _)) => Box::new(level),
            Some((Err(_), directives)) => Box::new(EnvFilter::new(directives)),
        }
    };
    let lines = || tracing_subscriber::fmt::layer().with_ansi(false);
    let stderr =
        stderr.map(|scrubber| lines().with_writer(move || Stderr(Arc::clone(&scrubber))).with_filter(filter(LevelFilter::ERROR)).boxed());
    let file = file.map(|file| lines().with_writer(file).with_filter(filter(LevelFilter::INFO)).boxed());
    let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = stderr.into_iter().chain(file).collect();
    // A subscriber is there already only when a test of this program put it there.
    let _ = tracing_subscriber::registry().with(layers).try_init();
}

/// A level without the lines about what goes well; on the screen also without those of the MCP library, whose failures are told
/// in our own words.
fn without_diary(level: LevelFilter) -> AnyFilter {
    let is_told = move |target: &str| target != "codex_diary" && (level > LevelFilter::ERROR || !target.starts_with("rmcp"));
    Box::new(filter_fn(move |line| *line.level() <= level && is_told(line.target())).with_max_level_hint(level))
}

/// Where the settings want the log; empty until they are read.
pub(super) type Folder = Arc<OnceLock<PathBuf>>;
