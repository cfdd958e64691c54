//! `/init`: has the model write instructions for itself, once.

use super::{SlashCommand, Where};
use crate::app::App;
use crate::chat::Notice;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("init", "have the model write an AGENTS.md for this folder", run).only(Where::SameFiles);

const WORDS: &str = "Look around in this repository and write a file AGENTS.md at its root: a short guide for a coding agent that \
works here and has never seen it. Say how the code is laid out, how it is built, tested and checked (the exact commands), which \
conventions of style and naming hold, and what commits and reviews expect. Only write what you found to be so; leave out what is \
plain from the files themselves. Keep it under a page.";

fn run(app: &mut App, _args: &str) {
    if app.config.cwd.join("AGENTS.md").exists() {
        app.note(Notice::Info, "AGENTS.md is there already; it was left as it is.");
        return;
    }
    app.send_text(WORDS);
}
