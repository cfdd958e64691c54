//! `/transcript`: the whole conversation with everything in full, as Ctrl-T shows it.

use super::SlashCommand;
use crate::app::App;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("transcript", "show everything in full (ctrl + t)", run).any_time();

fn run(app: &mut App, _args: &str) {
    app.show_transcript();
}
