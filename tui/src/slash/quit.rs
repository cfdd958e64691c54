//! `/quit` and `/exit`.

use super::SlashCommand;
use crate::app::App;

pub(super) const QUIT: SlashCommand = SlashCommand::new("quit", "leave", run).any_time();
pub(super) const EXIT: SlashCommand = SlashCommand::new("exit", "leave", run).any_time();

fn run(app: &mut App, _args: &str) {
    app.leave(0);
}
