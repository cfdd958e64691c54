//! `/feedback`: what the user has to say, with what is needed to look into it, as files on this machine. Nothing is sent.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use codex_state::{ExportFormat, Redactor, SessionStore, export};

use super::{SlashCommand, Where};
use crate::app::{App, Found, with_causes};
use crate::chat::Notice;
use crate::modal::Choice;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("feedback", "put what is needed to report something into a folder; nothing is sent", run)
        .any_time()
        .only(Where::InProcess);

const KINDS: [(&str, &str); 5] = [
    ("bug", "Something broke"),
    ("bad result", ""),
    ("good result", ""),
    ("safety check", "Refused wrongly, or not refused"),
    ("other", ""),
];
/// Bytes of the log's end that go along.
const LOG: usize = 256 * 1024;
/// Names of variables whose values are credentials.
const CREDENTIALS: [&str; 5] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"];

fn run(app: &mut App, _args: &str) {
    let choices = KINDS.iter().map(|(label, about)| Choice::plain(*label, *about)).collect();
    app.menu(
        "How was this?",
        "What you choose stays on this machine, in a folder that you can send to whom you like.",
        choices,
        0,
        |app, row| {
            let kind = KINDS.get(row).map_or("other", |(label, _)| *label);
            app.prompt("Anything to add?", "a sentence or two, or - for none", "", move |app, words| ask(app, kind, words));
        },
    );
}

fn ask(app: &mut App, kind: &'static str, words: String) {
    let choices = vec![
        Choice::plain("Yes, with the conversation", "Known secrets are blacked out; read it before you pass it on"),
        Choice::plain("Yes, without it", "Facts about this program and the end of its log"),
        Choice::plain("No", "Nothing is written"),
    ];
    app.menu("Write the folder?", "", choices, 0, move |app, row| {
        if row < 2 {
            write(app, kind, words, row == 0);
        }
    });
}

/// What goes into the folder.
struct Bundle {
    folder: PathBuf,
    about: String,
    log: PathBuf,
    redactor: Redactor,
    conversation: Option<(SessionStore, codex_protocol::ThreadId)>,
}

fn write(app: &mut App, kind: &'static str, words: String, with_conversation: bool) {
    let facts = &app.chat.facts;
    let runtime = &app.surroundings.runtime;
    let thread = app.thread();
    let text = |name: &str| runtime.env_text(name).unwrap_or("-").to_owned();
    let about = format!(
        "kind: {kind}\nwords: {words}\nversion: {}\nsystem: {} {}\nterminal: TERM={} TERM_PROGRAM={} COLORTERM={}\nmodel: {}\nprovider: {}\n\
         sandbox: {}\nsession: {}\n",
        facts.version,
        std::env::consts::OS,
        std::env::consts::ARCH,
        text("TERM"),
        text("TERM_PROGRAM"),
        text("COLORTERM"),
        facts.model_with_effort(),
        facts.provider.0,
        facts.sandbox.kind(),
        thread.map_or_else(|| "-".to_owned(), |thread| thread.to_string()),
    );
    let holds_credential = |name: &str| CREDENTIALS.iter().any(|part| name.to_ascii_uppercase().contains(part));
    let secrets = runtime.env.iter().filter(|(name, _)| holds_credential(&name.to_string_lossy()));
    let redactor = Redactor::new(secrets.filter_map(|(_, value)| value.to_str().map(str::to_owned)));
    let store = SessionStore::new(&app.config.codex_home).with_index_in(&app.config.sqlite_home);
    let bundle = Bundle {
        folder: app.config.codex_home.join("feedback").join(format!("{}-{}", crate::app::seconds_now(), std::process::id())),
        about,
        log: app.config.log_dir.join("codex.log"),
        redactor,
        conversation: thread.filter(|_| with_conversation).map(|thread| (store, thread)),
    };
    app.engine.find(move || {
        Some(match written(&bundle) {
            Ok(()) => {
                let folder = bundle.folder.display();
                Found::Note(Notice::Info, format!("Written to {folder}; nothing was sent. Read it before you pass it on."))
            }
            Err(why) => Found::Note(Notice::Error, format!("The folder was not written: {why}")),
        })
    });
}

fn written(bundle: &Bundle) -> Result<(), String> {
    let told = |error: io::Error| format!("{}: {error}", bundle.folder.display());
    DirBuilder::new().recursive(true).mode(0o700).create(&bundle.folder).map_err(told)?;
    file(&bundle.folder, "about.txt", bundle.redactor.redact(&bundle.about).as_bytes()).map_err(told)?;
    if let Ok(log) = std::fs::read(&bundle.log) {
        let tail = &log[log.len().saturating_sub(LOG)..];
        let tail = String::from_utf8_lossy(tail);
        file(&bundle.folder, "log.txt", bundle.redactor.redact(&tail).as_bytes()).map_err(told)?;
    }
    if let Some((store, thread)) = &bundle.conversation
        && let Ok(summary) = store.summary(*thread)
    {
        let mut document = Vec::new();
        export(&summary, ExportFormat::Markdown, Some(&bundle.redactor), &mut document).map_err(|error| with_causes(&error))?;
        file(&bundle.folder, "conversation.md", &document).map_err(told)?;
    }
    Ok(())
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(name))?.write_all(bytes)
}
