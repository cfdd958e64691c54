//! `/export [FILE]`: the conversation as Markdown, HTML or JSON, by the name of the file.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use codex_protocol::ThreadId;
use codex_state::{ExportFormat, SessionStore, export};

use super::{SlashCommand, Where};
use crate::app::{App, Found, with_causes};
use crate::chat::Notice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("export", "write the conversation to a file (.md, .html or .json)", run)
    .any_time()
    .with_words()
    .only(Where::SameFiles);

fn run(app: &mut App, args: &str) {
    let Some(thread) = app.thread().filter(|_| app.chat.had_turn || app.rollout.as_ref().is_some_and(|path| path.exists())) else {
        app.note(Notice::Info, "There is nothing to export yet.");
        return;
    };
    let name = if args.is_empty() { format!("codex-{thread}.md") } else { args.to_owned() };
    let path = app.config.cwd.join(name);
    let store = SessionStore::new(&app.config.codex_home).with_index_in(&app.config.sqlite_home);
    app.engine.find(move || {
        Some(match written(&store, thread, &path) {
            Ok(()) => Found::Note(Notice::Info, format!("Written to {}", path.display())),
            Err(message) => Found::Note(Notice::Error, format!("Nothing was exported: {message}")),
        })
    });
}

fn written(store: &SessionStore, thread: ThreadId, path: &PathBuf) -> Result<(), String> {
    let format = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => ExportFormat::Html,
        Some("json") => ExportFormat::Json,
        _ => ExportFormat::Markdown,
    };
    let summary = store.summary(thread).map_err(|error| with_causes(&error))?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = file.map_err(|error| format!("{}: {error}", path.display()))?;
    export(&summary, format, None, &mut BufWriter::new(file)).map_err(|error| {
        // Half a document would be taken for the whole.
        let _ = std::fs::remove_file(path);
        with_causes(&error)
    })
}
