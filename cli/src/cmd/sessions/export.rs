//! `codex sessions show` and `codex sessions export`.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use codex_exec::StreamKind;
use codex_state::{ExportFormat, Redactor, SessionSummary, StateError, export};

use super::target::{Stored, failed, say};
use crate::failure::Failure;

/// What a session is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Text with headings
    #[value(alias = "md")]
    Markdown,
    /// One page, nothing loaded from elsewhere
    Html,
    /// One object
    Json,
}

/// `codex sessions show`.
#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    /// Id, the first characters of one, or name of the session
    #[arg(value_name = "SESSION", required_unless_present = "last")]
    session: Option<String>,

    /// The session of this folder that went on last
    #[arg(long, conflicts_with = "session")]
    last: bool,

    /// With --last: of any folder
    #[arg(long, requires = "last")]
    all: bool,

    /// As one JSON object
    #[arg(long)]
    json: bool,
}

/// `codex sessions export`.
#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// Id, the first characters of one, or name of the session
    #[arg(value_name = "SESSION", required_unless_present = "last")]
    session: Option<String>,

    /// The session of this folder that went on last
    #[arg(long, conflicts_with = "session")]
    last: bool,

    /// With --last: of any folder
    #[arg(long, requires = "last")]
    all: bool,

    /// What it is written as; by default what the name of the file says, else Markdown
    #[arg(short = 'f', long, value_name = "FORMAT", value_enum)]
    format: Option<Form>,

    /// Write to this file, which must not be there yet; by default to standard output
    #[arg(short = 'o', long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,

    /// Leave out what looks like a secret, and the values of the variables that hold keys. Read the result before you send it
    #[arg(long)]
    redact: bool,
}

pub(super) fn show(args: &ShowArgs, stored: &Stored) -> Result<u8, Failure> {
    let summary = meant(stored, args.session.as_deref(), args.all)?;
    let form = if args.json { Form::Json } else { Form::Markdown };
    print(&summary, form, None, stored)
}

pub(super) fn run(args: &ExportArgs, stored: &Stored) -> Result<u8, Failure> {
    let summary = meant(stored, args.session.as_deref(), args.all)?;
    let form = args.format.unwrap_or_else(|| form_of(args.output.as_deref()));
    let redactor = args.redact.then(|| Redactor::new(secrets(stored)));
    match &args.output {
        None => print(&summary, form, redactor.as_ref(), stored),
        Some(path) => {
            let path = stored.path(path);
            let unwritable = |error: io::Error| Failure::new(format!("Error: cannot write {}: {error}", path.display()));
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(unwritable)?;
            let written = export(&summary, format_of(form), redactor.as_ref(), &mut BufWriter::new(file));
            if let Err(error) = written {
                // Half a document would be taken for the whole.
                let _ = std::fs::remove_file(&path);
                return Err(failed(error));
            }
            say(&format!("{}\n", path.display()));
            Ok(0)
        }
    }
}

/// Prints a session file that need not be among the stored ones.
pub(crate) fn print_file(path: &Path, stored: &Stored) -> Result<u8, Failure> {
    let meta = codex_state::read_meta(path).map_err(failed)?;
    let created_at = meta.timestamp.parse().unwrap_or_default();
    let summary = SessionSummary {
        id: meta.id,
        path: path.to_path_buf(),
        archived: false,
        name: None,
        preview: String::new(),
        created_at,
        updated_at: created_at,
        size: 0,
        cwd: meta.cwd,
        originator: meta.originator,
        cli_version: meta.cli_version,
        source: meta.source,
        model_provider: meta.model_provider,
        git: meta.git,
        forked_from: meta.forked_from_id,
        agent_nickname: None,
        agent_role: None,
    };
    print(&summary, Form::Markdown, None, stored)
}

fn meant(stored: &Stored, session: Option<&str>, any_folder: bool) -> Result<SessionSummary, Failure> {
    let file = match session {
        Some(wanted) => stored.find(wanted)?,
        None => stored.newest(any_folder)?,
    };
    stored.summary(&file)
}

fn form_of(path: Option<&Path>) -> Form {
    match path.and_then(Path::extension).and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => Form::Html,
        Some("json") => Form::Json,
        _ => Form::Markdown,
    }
}

fn format_of(form: Form) -> ExportFormat {
    match form {
        Form::Markdown => ExportFormat::Markdown,
        Form::Html => ExportFormat::Html,
        Form::Json => ExportFormat::Json,
    }
}

/// Into a file or pipe as it is; on a terminal made safe.
fn print(summary: &SessionSummary, form: Form, redactor: Option<&Redactor>, stored: &Stored) -> Result<u8, Failure> {
    let mut out = Screen { safe: stored.ambient.stdout == StreamKind::Terminal, inner: BufWriter::new(io::stdout()) };
    match export(summary, format_of(form), redactor, &mut out) {
        // A reader that has seen enough is no failure.
        Err(StateError::Write { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => Ok(0),
        Err(error) => Err(failed(error)),
        Ok(()) => Ok(0),
    }
}

struct Screen<W> {
    safe: bool,
    inner: W,
}

impl<W: Write> Write for Screen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Pieces come as they are formatted: whole characters.
        match std::str::from_utf8(bytes) {
            Ok(text) if self.safe => self.inner.write_all(codex_exec::sanitize(text).as_bytes())?,
            _ => self.inner.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The values of variables that hold keys, and the stored key.
fn secrets(stored: &Stored) -> Vec<String> {
    let env = &stored.ambient.runtime.env;
    let named = stored.config.as_ref().map(|config| config.credential_variables()).unwrap_or_default();
    let mut values: Vec<String> = named.iter().filter_map(|name| stored.ambient.runtime.env_text(name)).map(str::to_owned).collect();
    let telling = ["KEY", "SECRET", "TOKEN", "PASSWORD"];
    values.extend(env.iter().filter_map(|(name, value)| {
        let name = name.to_str()?.to_ascii_uppercase();
        telling.iter().any(|word| name.contains(word)).then(|| value.to_str().map(str::to_owned))?
    }));
    values
}
