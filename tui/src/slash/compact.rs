//! `/compact`: replaces the history by a summary, so that there is room again.

use codex_protocol::Op;

use super::SlashCommand;
use crate::app::App;

pub(super) const COMMAND: SlashCommand = SlashCommand::new("compact", "summarise the conversation to make room in the context", run);

fn run(app: &mut App, _args: &str) {
    app.submit(Op::Compact);
}
