//! `/new` and `/clear`: another conversation; `/clear` on an empty screen.

use super::SlashCommand;
use crate::app::{App, Beginning};

pub(super) const NEW: SlashCommand = SlashCommand::new("new", "begin another conversation", run);
pub(super) const CLEAR: SlashCommand = SlashCommand::new("clear", "empty the screen and begin another conversation", clear);

fn run(app: &mut App, _args: &str) {
    app.change_thread(Beginning::New);
}

fn clear(app: &mut App, _args: &str) {
    // What cannot be written now cannot be written by the next frame, which tells.
    let _ = app.screen.wipe(false);
    app.change_thread(Beginning::New);
}
