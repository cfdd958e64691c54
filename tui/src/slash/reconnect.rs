//! `/reconnect`: the conversation again, after the way to its server was lost.

use super::{SlashCommand, Where};
use crate::app::App;

pub(super) const COMMAND: SlashCommand =
    SlashCommand::new("reconnect", "connect to the server again and show the conversation", run).only(Where::AtAServer).any_time();

fn run(app: &mut App, _args: &str) {
    app.reconnect();
}
