//! `/mention`: begins to name a file.

use super::SlashCommand;
use crate::app::App;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("mention", "name a file", run).any_time();

fn run(app: &mut App, _args: &str) {
    app.composer.insert_text("@");
    app.look_for_files();
}
