//! `/redraw`: empties screen and scrollback and shows the conversation again at the present width.

use super::SlashCommand;
use crate::app::App;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("redraw", "show the conversation again at this width", run).any_time();

fn run(app: &mut App, _args: &str) {
    app.redraw_all();
}
