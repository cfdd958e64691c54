//! `/init`: has the model write instructions for itself, once.

use super::SlashCommand;
use crate::app::{App, Found};
use crate::chat::Notice;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("init", "have the model write an AGENTS.md for this folder", run);

const WORDS: &str = "Look around in this repository and write a file AGENTS.md at its root: a short guide for a coding agent that \
works here and has never seen it. Say how the code is laid out, how it is built, tested and checked (the exact commands), which \
conventions of style and naming hold, and what commits and reviews expect. Only write what you found to be so; leave out what is \
plain from the files themselves. Keep it under a page.";

fn run(app: &mut App, _args: &str) {
    let file = app.chat.facts.cwd.join("AGENTS.md");
    let Some(server) = app.server.clone() else {
        let there = file.exists();
        return begin(app, there);
    };
    app.find_out(async move {
        let there = server.has_file(&file).await;
        Found::Ask(Box::new(move |app| begin(app, there)))
    });
}

fn begin(app: &mut App, is_there: bool) {
    match is_there {
        true => app.note(Notice::Info, "AGENTS.md is there already; it was left as it is."),
        false => app.send_text(WORDS),
    }
}
