//! `/rename [NAME]`: gives this thread a name, by which it can be resumed.

use codex_state::SessionStore;

use super::SlashCommand;
use crate::app::{App, Found, with_causes};
use crate::chat::Notice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("rename", "give this conversation a name", run).any_time().with_words();

fn run(app: &mut App, args: &str) {
    match args {
        "" => {
            let present = app.chat.facts.name.clone().unwrap_or_default();
            app.prompt("Name thread", "Type a name", &present, |app, name| rename(app, &name));
        }
        name => rename(app, name),
    }
}

fn rename(app: &mut App, name: &str) {
    let Some(thread) = app.thread() else {
        app.note(Notice::Info, "The thread is not there yet.");
        return;
    };
    let name = name.trim().to_owned();
    if let Some(server) = app.server.clone() {
        app.find_out(async move {
            match server.rename(thread, &name).await {
                Ok(()) => Found::Named(name),
                Err(message) => Found::Note(Notice::Error, format!("Not renamed: {message}")),
            }
        });
        return;
    }
    let store = SessionStore::new(&app.config.codex_home).with_index_in(&app.config.sqlite_home);
    app.engine.find(move || {
        Some(match store.rename(thread, &name) {
            Ok(()) => Found::Named(name),
            Err(error) => Found::Note(Notice::Error, format!("Not renamed: {}", with_causes(&error))),
        })
    });
}
